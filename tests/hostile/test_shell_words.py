"""Values on their way through a real shell: every byte arrives, and none of it is acted on."""

from __future__ import annotations

import itertools
import json
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.remote import jobs, locking
from installer.remote.answers import parse_survey
from installer.remote.jobs import Following
from installer.remote.script import PREAMBLE, Script, encode, quote
from installer.remote.start import Begun, Start
from installer.remote.survey import Questions, survey_script
from installer.remote.target import Job, Result
from runbook.errors import BadInput
from runbook.probes import AccountAt, AccountState, FileAt, Output, Sh
from tests.hostile.values import CANARY, examples, names, words

SHELLS = [shell for shell in ("sh", "bash --posix", "busybox sh") if shutil.which(shell.split()[0])]
"""Those of the shells that hosts have which this machine has too; ``sh`` is dash on Debian."""


def run(script: Script, place: Path, shell: str = "sh") -> Result:
    """As on a host, but in ``place``, so that a canary would show; none may."""
    text = encode(PREAMBLE.replace("\ncd /\n", f"\ncd {quote(str(place))}\n") + script.text)
    done = subprocess.run(
        [*shell.split(), "-c", f'eval "$(head -c {len(text)})"'],
        input=text + script.data,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        timeout=60,
        check=False,
        cwd=place,
    )
    assert not list(place.rglob(CANARY)), "a value was carried out as a command"
    return Result(done.returncode, done.stdout)


@pytest.mark.parametrize("shell", SHELLS)
@examples(40)
@given(st.lists(words, min_size=60, max_size=60))
def test_words_in_a_script(tmp_path: Path, shell: str, values: list[str]) -> None:
    """As a word, within ``eval`` of a word, in an assignment and as a positional parameter."""
    lines = []
    for value in values:
        lines += [
            f"printf '%s\\0' {quote(value)}",
            f"eval {quote('printf %s ' + quote(value))}; printf '\\0'",
            f"v={quote(value)}; printf '%s\\0' \"$v\"",
            f"set -- {quote(value)}; printf '%s\\0' \"$1\"",
        ]
    result = run(Script("\n".join(lines) + "\n"), tmp_path, shell)
    arrived = result.output.split(b"\0")[:-1]
    assert arrived == [encode(value) for value in values for _ in range(4)]


@examples(300)
@given(words, st.integers(0, 40), st.sampled_from(["\0", "\ud800", "\udfff"]))
def test_what_no_command_can_hold_is_refused(value: str, at: int, half: str) -> None:
    with pytest.raises(BadInput):
        encode(quote(value[:at] + half + value[at:]))


@pytest.mark.parametrize("shell", SHELLS)
@examples(25)
@given(st.lists(words, min_size=20, max_size=20))
def test_probes_of_a_survey(tmp_path: Path, shell: str, values: list[str]) -> None:
    shells = [Sh(f"printf %s {quote(value)}; exit {i}") for i, value in enumerate(values)]
    accounts = [AccountAt("no such " + value) for value in values]
    files = [FileAt(f"{tmp_path}/none/{value.strip('/.') or 'x'}x") for value in values]
    files = [
        f for f in files if "//" not in f.path and "/./" not in f.path and "/../" not in f.path
    ]
    questions = Questions.of([*shells, *files, *accounts])
    answers = parse_survey(questions, run(survey_script(questions), tmp_path, shell).output)
    for i, value in enumerate(values):
        assert answers[shells[i]] == Output(i, encode(value))
        assert answers[accounts[i]] == AccountState()
    for file in files:
        assert not answers[file].exists  # type: ignore[union-attr]


@examples(25)
@given(st.dictionaries(names, st.binary(max_size=50), min_size=8, max_size=8))
def test_files_that_a_survey_reads(
    tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]
) -> None:
    place = tmp_path_factory.mktemp("files")
    for name, content in contents.items():
        Path(place, name).write_bytes(content)
        Path(place, name).with_name("l" + name).symlink_to(name)
    files = {FileAt(f"{place}/{name}"): content for name, content in contents.items()}
    links = {FileAt(f"{place}/l{name}"): name for name in contents}
    questions = Questions.of([*files, *links])
    answers = parse_survey(questions, run(survey_script(questions), place).output)
    for probe, content in files.items():
        if probe not in links:
            assert answers[probe].data == content  # type: ignore[union-attr]
    for probe, name in links.items():
        assert answers[probe].target == name  # type: ignore[union-attr]


@pytest.mark.parametrize("shell", SHELLS)
@examples(6)
@given(st.lists(words, min_size=30, max_size=30))
def test_the_script_of_a_job(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shell: str, values: list[str]
) -> None:
    monkeypatch.setattr(jobs, "JOBS", str(tmp_path / "it's $(jobs)"))
    job = Job("job", "".join(f"printf '%s\\0' {quote(value)}\n" for value in values))
    following = Following()
    output = following.feed(run(jobs.start_script(job), tmp_path, shell).output)
    assert following.code == 0
    assert output == b"".join(encode(value) + b"\0" for value in values)
    assert run(jobs.forget_script("job"), tmp_path, shell).ok


@examples(15)
@given(st.lists(words, min_size=2, max_size=6, unique=True))
def test_holders_of_a_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, values: list[str]
) -> None:
    """What is told of a holder is told to the byte; each script finds its own holder again."""
    lock = tmp_path / "lib" / "lock"
    monkeypatch.setattr(locking, "LOCK", str(lock))
    lock.unlink(missing_ok=True)
    holders = [
        json.dumps({"operator": value, "step": value, "token": f"{number:08x}"})
        for number, value in enumerate(values)
    ]
    assert run(locking.take_script(holders[0], None), tmp_path).ok
    for before, after in itertools.pairwise(holders):
        refused = run(locking.take_script(after, None), tmp_path)
        assert (refused.code, refused.output) == (locking.HELD, encode(before) + b"\n")
        stopped = run(Script(locking.guard(after, tell=True)), tmp_path)
        assert locking.taken_over_by(stopped.code, stopped.text) == before
        assert run(locking.take_script(after, before), tmp_path).ok
        assert run(Script(locking.guard(after, tell=True)), tmp_path).ok
        assert lock.read_text() == after + "\n"
    assert run(locking.release_script(holders[0]), tmp_path).ok
    assert lock.exists()
    assert run(locking.release_script(holders[-1]), tmp_path).ok
    assert not lock.exists()


SUDO = """#!/bin/sh
# Stands for sudo where a test may not be root: asks as told, takes one line, runs what follows.
while [ $# -gt 0 ]; do
  case $1 in
    -p) prompt=$2; shift 2 ;;
    -S) asks=1; shift ;;
    -*) shift ;;
    *) break ;;
  esac
done
if [ -n "$asks" ]; then
  printf %s "$prompt" >&2
  password=; while :; do
    c=$(dd bs=1 count=1 2>/dev/null; echo .); c=${c%.}
    case $c in '' | '
') break ;; *) password=$password$c ;; esac
  done
  printf %s "$password" >"$PASSWORD"
fi
exec "$@"
"""


@examples(15)
@given(words.filter(lambda text: "\n" not in text and "\r" not in text), words)
def test_a_password_for_sudo(tmp_path: Path, password: str, value: str) -> None:
    """Through the command line that a host is given: neither shell nor sudo change a byte."""
    (tmp_path / "sudo").write_text(SUDO)
    (tmp_path / "sudo").chmod(0o755)
    text = encode(f"printf '%s\\0' {quote(value)}; cat")
    start = Start("password", len(text))
    done = subprocess.run(
        ["sh", "-c", start.command],
        input=encode(password) + b"\n" + text + b"data",
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "PASSWORD": str(tmp_path / "heard")},
        cwd=tmp_path,
        timeout=30,
        check=False,
    )
    begun = start.read(done.stdout)
    assert isinstance(begun, Begun)
    assert begun.output == encode(value) + b"\0data"
    assert (tmp_path / "heard").read_bytes() == encode(password)
    assert not list(tmp_path.rglob(CANARY))
