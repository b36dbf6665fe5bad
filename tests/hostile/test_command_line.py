"""The command itself on hostile files: exit code 65, an error people can read, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hostile.test_answers import FULL, HUGE
from tests.hostile.test_output import STEERS
from tests.hostile.values import INJECTIONS

FILES: dict[str, bytes] = {
    "empty": b"",
    "nothing but a mark": b"\xef\xbb\xbf",
    "utf-16": FULL.encode("utf-16"),
    "latin-1": b'[cluster]\nname = "\xe9"\n',
    "binary": bytes(range(256)) * 20,
    "zeros": bytes(5_000),
    "too large": b"# x\n" * 200_000,
    "escapes": b'"\\u001b]0;owned\\u0007" = "\\u009b31m"\n',
    "raw escapes": b'\x1b]0;owned\x07 = "\x1b[2J"\n',
    "raw escapes in a comment": b"# \x1b[2J\nx = 1\n",
    "bidi": '[cluster]\nname = "\u202egnp.exe"\n"\u2066a\u2069" = 1\n'.encode(),
    "markup": b'"[red]x[/nothing]" = "[/]"\n[cluster]\nname = "[bold"\n',
    "braces": b'"{0}{x.__class__}" = "{"\n[cluster]\nname = "{}"\n',
    "wrong kinds": b"cluster = 1\nsoftware = []\nhosts = {}\noptions = true\napplications = 1.5\n",
    "everything twice": (FULL + FULL).encode(),
    **{f"huge: {name}": text.encode() for name, text in HUGE.items() if "many" not in name},
    **{
        f"injected: {value!r}": FULL.replace(
            '"tomcatcluster"', '"""' + value.replace("\\", "\\\\").replace('"', '\\"') + '"""'
        ).encode("utf-8", "replace")
        for value in INJECTIONS[::2]
    },
}


def python(
    code: str, *words: str, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    root = str(Path(__file__).parents[2])
    usual = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONPATH": root, "LANG": "C.UTF-8"}
    return subprocess.run(
        [sys.executable, "-c", code, *words],
        cwd=cwd,
        env={**usual, **environment},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=200,
        check=False,
    )


def catherd(*words: str, cwd: Path, **environment: str) -> subprocess.CompletedProcess[bytes]:
    return python("from installer.cli.main import main; main()", *words, cwd=cwd, **environment)


FORKING = """
import os, sys
from installer.cli.main import main
import installer.cli.commands.plan, installer.frontend.session, installer.cli.show
for path in sys.argv[1:]:
    if not os.fork():
        out = os.open(path + ".said", os.O_WRONLY | os.O_CREAT)
        os.dup2(out, 1), os.dup2(out, 2)
        sys.argv = ["catherd", "plan", "-c", path]
        main()
    print(os.waitstatus_to_exitcode(os.wait()[1]))
"""
"""Starts the command once for each file, without loading Python anew each time."""


def test_plan_with_hostile_files(tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.toml" for number in range(len(FILES))]
    for path, content in zip(paths, FILES.values(), strict=True):
        path.write_bytes(content)
    done = python(FORKING, *map(str, paths), cwd=tmp_path)
    codes = done.stdout.decode().split()
    assert len(codes) == len(FILES), done.stderr
    for name, path, code in zip(FILES, paths, codes, strict=True):
        shown = path.with_name(path.name + ".said").read_bytes().decode("utf-8")
        assert code == "65", (name, shown)
        assert shown.startswith("error: "), (name, shown)
        assert "Traceback" not in shown, (name, shown)
        assert "→" in shown, (name, "no remedy", shown)
        assert not STEERS.search(shown), (name, shown)
        assert len(shown) < 60_000, name


@pytest.mark.parametrize("encoding", ["ascii", "latin-1"])
def test_a_terminal_that_knows_few_characters(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "cluster.toml").write_bytes(FILES["bidi"])
    done = catherd("plan", cwd=tmp_path, PYTHONIOENCODING=encoding)
    assert done.returncode == 65
    assert b"Traceback" not in done.stderr
    assert done.stderr.startswith(b"error: ")


def test_names_of_files_that_are_hostile_themselves(tmp_path: Path) -> None:
    for name in ("\x1b[2J\u202e.toml", "[/x].toml", "{0}.toml", "\udcff.toml", "a\nb.toml"):
        done = catherd("plan", "-c", name, cwd=tmp_path)
        assert done.returncode == 65
        assert b"Traceback" not in done.stderr
        assert b"\x1b" not in done.stderr
    assert catherd("plan", "-c", "/dev/zero", cwd=tmp_path).returncode == 65
    assert catherd("plan", "-c", "/", cwd=tmp_path).returncode == 65
