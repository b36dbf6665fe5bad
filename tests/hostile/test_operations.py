"""Every operation with hostile names and contents, carried out by a real shell on real files."""

from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.remote.operations import (
    AddAccount,
    Extract,
    Move,
    Operation,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    WriteFile,
    from_json,
    to_json,
)
from installer.remote.script import INVALID, Script, encode, quote
from installer.remote.scripts import render
from runbook.errors import BadInput
from tests.hostile.test_shell_words import run
from tests.hostile.values import CANARY, INJECTIONS, examples, names, words
from tests.unit.remote.running import GROUP, USER

pair = st.lists(names, min_size=2, max_size=2, unique_by=lambda name: encode(name)[:200])


def do(operation: Operation, place: Path) -> int:
    """Carry an operation out as the journal has it, in ``place``; its exit code."""
    kept = from_json(json.loads(json.dumps(to_json(operation))))
    assert kept == operation
    result = run(render(kept), place)
    assert not list(place.rglob("*.catherd-new*")), "something half done was left"
    return result.code


@examples(25)
@given(pair, st.binary(max_size=200), st.binary(max_size=200))
def test_a_file_is_written_saved_restored_moved_and_removed(
    tmp_path_factory: pytest.TempPathFactory, two: list[str], old: bytes, new: bytes
) -> None:
    place = tmp_path_factory.mktemp("host")
    path, other = (f"{place}/in {name}/{name}" for name in two)
    saved = f"{place}/saved {two[0]}/{two[1]}"
    Path(path).parent.mkdir()
    Path(path).write_bytes(old)
    write = WriteFile(path, new, 0o640, USER, GROUP, save_to=saved, validate='[ -f "$1" ]')
    assert do(write, place) == 0
    assert Path(path).read_bytes() == new
    if old != new:
        assert Path(saved).read_bytes() == old
        assert do(RestoreFile(path, saved), place) == 0
        assert Path(path).read_bytes() == old
    now = Path(path).read_bytes()
    assert do(Move(path, other), place) == 0
    assert Path(other).read_bytes() == now
    assert not Path(path).exists()
    assert do(Remove(other, keep=str(place)), place) == 0
    assert not Path(other).parent.exists()


@examples(15)
@given(words, names)
def test_scripts_of_steps_see_their_words(
    tmp_path_factory: pytest.TempPathFactory, value: str, name: str
) -> None:
    """What a ``Shell`` and a ``validate`` are given, they are given to the byte."""
    place = tmp_path_factory.mktemp("host")
    out = f"{place}/{name}"
    assert do(Shell(f"printf %s {quote(value)} >{quote(out)}"), place) == 0
    assert Path(out).read_bytes() == encode(value)
    judged = f'printf %s "$1" >{quote(out)}; [ {quote(value)} = {quote("no " + value)} ]'
    path = f"{place}/x {name}"
    assert do(WriteFile(path, b"new", 0o600, USER, GROUP, validate=judged), place) == INVALID
    assert not Path(path).exists()


@examples(15)
@given(pair, names, st.binary(max_size=100))
def test_archives_are_unpacked_wherever_that_is(
    tmp_path_factory: pytest.TempPathFactory, two: list[str], inner: str, receipt: bytes
) -> None:
    place = tmp_path_factory.mktemp("host")
    archive = place / f"archive {two[0]}"
    with tarfile.open(archive, "w:gz") as tar:
        info = tarfile.TarInfo(f"top/{inner}")
        info.size = 3
        tar.addfile(info, io.BytesIO(b"abc"))
    to, aside = f"{place}/to/{two[0]}", f"{place}/aside {two[1]}"
    Path(to).mkdir(parents=True)
    extract = Extract(
        str(archive), to, 1, USER, GROUP, (f"w {inner}",), USER, aside, receipt=receipt
    )
    assert do(extract, place) == 0
    assert {path.name for path in Path(to).iterdir()} == {inner, f"w {inner}", ".catherd"}
    assert Path(to, inner).read_bytes() == b"abc"
    assert Path(to, ".catherd").read_bytes() == receipt
    assert Path(aside).is_dir()


@examples(20)
@given(words, words, words)
def test_names_of_accounts(tmp_path: Path, name: str, home: str, shell: str) -> None:
    heard = tmp_path / "words"
    heard.unlink(missing_ok=True)
    programs = "".join(
        f'{each}() {{ printf "%s\\0" {each} "$@" >>{quote(str(heard))}; }}\n'
        for each in ("useradd", "userdel", "groupadd", "groupdel")
    )

    def carried_out(operation: Operation, known: int) -> list[bytes]:
        text = f"{programs}getent() {{ return {known}; }}\n{render(operation).text}"
        assert run(Script(text), tmp_path).ok
        said = heard.read_bytes().split(b"\0")[:-1]
        heard.unlink()
        return said

    added = carried_out(AddAccount(name, home, shell), 2)
    assert added[:6] == [b"groupadd", b"-r", encode(name), b"useradd", b"-r", b"-M"]
    assert added[6:10] == [b"-g", encode(name), b"-d", encode(home)]
    assert added[10] == b"-s"
    assert added[12:] == [encode(name)]
    removed = carried_out(RemoveAccount(name), 0)
    assert removed == [b"userdel", encode(name), b"groupdel", encode(name)]


SYSTEMCTL = """
systemctl() {
  case $1 in
    show) case $3 in
      LoadState) echo "$3=loaded" ;; ActiveState) echo "$3=active" ;; MainPID) echo "$3=$$" ;;
      *) echo "$3=" ;;
    esac ;;
  esac
}
"""


@examples(15)
@given(st.dictionaries(names, st.binary(max_size=20), min_size=1, max_size=4))
def test_files_that_a_service_reads(
    tmp_path_factory: pytest.TempPathFactory, contents: dict[str, bytes]
) -> None:
    place = tmp_path_factory.mktemp("host")
    for name, content in contents.items():
        Path(place, name).write_bytes(content)
    start = SetService("httpd", True, "start", tuple(f"{place}/{name}" for name in contents))
    text = render(start).text.replace("/run/systemd/system", str(place))
    text = text.replace("/run/catherd-httpd", f"{place}/record")
    result = run(Script(SYSTEMCTL + text), place)
    assert result.ok, result.text
    first, _, digests = (place / "record").read_bytes().partition(b"\n")
    assert first.startswith(b"catherd-service httpd ")
    assert digests.count(b"\n") == len(contents)


@examples(300)
@given(
    words.filter(lambda text: not text.replace("_", "a").isalnum()) | st.sampled_from(INJECTIONS)
)
def test_names_that_no_service_has_and_paths_that_are_not_plain(text: str) -> None:
    """Nothing odd gets as far as a script where only a plain name can be meant."""
    try:
        script = render(SetService(text, action="start")).text
    except BadInput:
        pass
    else:
        assert f"name='{text}'" in script
        assert CANARY not in script or f"'{text}'" in script
    for path in (text.lstrip("/"), f"/a/../{text}", f"/a//{text}", f"//{text}", f"/{text}/"):
        for operation in (Remove(path), Move(path, "/a"), Move("/a", path), WriteFile(path, b"")):
            with pytest.raises(BadInput):
                render(operation)
