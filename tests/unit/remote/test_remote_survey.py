"""Surveys, run by a real shell and taken apart again."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.remote.answers import parse_survey
from installer.remote.received import Torn
from installer.remote.survey import CONTENT_LIMIT, Questions, survey_script
from runbook.errors import BadInput
from runbook.probes import (
    AccountAt,
    AccountState,
    Answer,
    FileAt,
    FileState,
    Output,
    Probe,
    ServiceAt,
    Sh,
)
from tests.unit.remote.running import GROUP, USER, old_host, run


def survey(
    probes: Iterable[Probe], shell: str = "sh", path: Path | None = None
) -> dict[Probe, Answer]:
    questions = Questions.of(probes)
    result = run(survey_script(questions), shell, path=path)
    assert result.ok, result.text
    return parse_survey(questions, result.output)


def test_scripts_answer_with_both_streams_and_their_code(shell: str) -> None:
    probes = [
        Sh("echo out; echo err >&2; exit 3"),
        Sh("cat; echo after"),
        Sh("if then"),
        Sh("exec false"),
        Sh("printf '=\\nz 4\\n\\0\\377'"),
        Sh("echo x >&3"),
        Sh("pwd; umask"),
        Sh(""),
    ]
    answers = survey(probes, shell)
    assert answers[probes[0]] == Output(3, b"out\nerr\n")
    assert answers[probes[1]] == Output(0, b"after\n")
    assert answers[probes[2]].code != 0  # type: ignore[union-attr]
    assert answers[probes[3]] == Output(1, b"")
    assert answers[probes[4]] == Output(0, b"=\nz 4\n\0\xff")
    refused = answers[probes[5]]
    assert isinstance(refused, Output)
    assert b"escriptor" in refused.data
    assert answers[probes[6]] == Output(0, b"/\n0022\n")
    assert answers[probes[7]] == Output(0, b"")


def test_endless_output_is_cut_off(shell: str) -> None:
    endless, long = Sh("yes", limit=5000), Sh("head -c 300000 /dev/zero")
    answers = survey([endless, long], shell)
    first, second = answers[endless], answers[long]
    assert isinstance(first, Output)
    assert first.data == b"y\n" * 2500
    assert isinstance(second, Output)
    assert len(second.data) == long.limit


def test_files_of_all_kinds(shell: str, tmp_path: Path) -> None:
    content = bytes(range(256))
    plain = tmp_path / "it's $(touch pwned)\n-n"
    plain.write_bytes(content)
    plain.chmod(0o4640)
    (tmp_path / "link").symlink_to("to\nthere")
    (tmp_path / "broken").symlink_to("/nowhere")
    (tmp_path / "big").write_bytes(b"\0" * (CONTENT_LIMIT + 1))
    (tmp_path / "empty").write_bytes(b"")
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
    root = str(tmp_path)
    mode = 0o100666 & ~0o022
    expected = {
        FileAt(f"{root}/big"): FileState("file", mode & 0o7777, USER, GROUP, None, "", root),
        FileAt(f"{root}/link"): FileState("link", 0o777, USER, GROUP, None, "to\nthere", root),
        FileAt(f"{root}/broken"): FileState("link", 0o777, USER, GROUP, None, "/nowhere", root),
        FileAt(str(plain)): FileState("file", 0o4640, USER, GROUP, content, "", root),
        FileAt(str(plain), content=False): FileState("file", 0o4640, USER, GROUP, None, "", root),
        FileAt(f"{root}/empty"): FileState("file", mode & 0o7777, USER, GROUP, b"", "", root),
        FileAt(f"{root}/no/such/file"): FileState(ancestor=root),
        FileAt(f"{root}/empty/below"): FileState(ancestor=root),
        FileAt("/no-such-thing"): FileState(ancestor="/"),
    }
    answers = survey(
        [*expected, FileAt(f"{root}/fifo"), FileAt(f"{root}/socket"), FileAt(root), FileAt("/")],
        shell,
    )
    for probe, state in expected.items():
        assert answers[probe] == state, probe
    assert answers[FileAt(f"{root}/fifo")].kind == "other"  # type: ignore[union-attr]
    assert answers[FileAt(f"{root}/socket")].kind == "other"  # type: ignore[union-attr]
    assert answers[FileAt(root)].kind == "directory"  # type: ignore[union-attr]
    assert answers[FileAt("/")].kind == "directory"  # type: ignore[union-attr]
    assert not (tmp_path / "pwned").exists()


def test_accounts(shell: str) -> None:
    answers = survey([AccountAt("root"), AccountAt("no-such-user"), AccountAt("0")], shell)
    root = answers[AccountAt("root")]
    assert isinstance(root, AccountState)
    assert (root.exists, root.uid, root.group, root.home) == (True, 0, "root", "/root")
    assert answers[AccountAt("no-such-user")] == AccountState()
    assert answers[AccountAt("0")] == AccountState()


def test_nothing_is_left_behind(shell: str) -> None:
    where = Sh('[ -d "$w" ] && echo "$w"')
    answer = survey([where, FileAt("/etc/passwd")], shell)[where]
    assert isinstance(answer, Output)
    work = Path(answer.text.strip())
    assert work.name.startswith(".catherd-survey-")
    assert not work.exists()


def test_an_old_host_answers_the_same(tmp_path: Path) -> None:
    probes: list[Probe] = [
        Sh("echo a"),
        FileAt("/etc/passwd"),
        AccountAt("root"),
        ServiceAt("sshd", ("/etc/passwd",)),
    ]
    assert survey(probes, path=old_host(tmp_path / "bin")) == survey(probes)


def test_paths_must_be_plain() -> None:
    for path in ("etc/passwd", "/etc/../x", "//x", "/x/", ""):
        with pytest.raises(BadInput):
            survey_script(Questions.of([FileAt(path)]))
    with pytest.raises(BadInput):
        survey_script(Questions.of([ServiceAt("a b")]))
    with pytest.raises(BadInput):
        survey_script(Questions.of([Sh("a\0b")]))


@pytest.mark.parametrize("cut", [0, 5, 50, -1])
def test_output_that_was_cut_off_is_noticed(cut: int) -> None:
    questions = Questions.of([Sh("echo hello"), FileAt("/etc/passwd"), AccountAt("root")])
    output = run(survey_script(questions)).output
    with pytest.raises(Torn):
        parse_survey(questions, output[:cut])


chunks = st.binary(max_size=30) | st.sampled_from([b"=\n", b"z 3\n", b"s 0 0\n", b"\x1b[2J", b"\n"])


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.lists(chunks).map(b"".join), min_size=1, max_size=6))
def test_no_output_and_no_content_breaks_the_framing(tmp_path: Path, contents: list[bytes]) -> None:
    files, shells = [], []
    for number, content in enumerate(contents):
        path = tmp_path / f"f{number}"
        path.write_bytes(content)
        files.append(FileAt(str(path)))
        shells.append(Sh(f"cat '{path}'; exit {number}"))
    answers = survey([*shells, *files])
    for number, content in enumerate(contents):
        assert answers[shells[number]] == Output(number, content)
        assert answers[files[number]].data == content  # type: ignore[union-attr]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"z x\n",
                b"z 3\n",
                b"s 0 0\n",
                b"f 0 +\n",
                b"f 0 1\n",
                b"=\n",
                b"abc",
                b"c +\n",
                b"l 0\n",
            ]
        )
    ).map(b"".join)
    | st.binary(max_size=400)
)
def test_rubbish_is_refused_in_one_way_only(data: bytes) -> None:
    questions = Questions.of([Sh("echo hello"), FileAt("/etc/passwd")])
    with pytest.raises(Torn):
        parse_survey(questions, data)
