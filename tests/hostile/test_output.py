"""What a host may send: anything, without end. Nothing hangs, grows, or reaches the terminal."""

from __future__ import annotations

import io
import json
import re
import time
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.panel import Panel
from rich.table import Table
from rich.text import Text as Styled

from installer.cli import documents, show
from installer.cli.display import LONGEST, Lane, RunDisplay
from installer.engine.change import Change
from installer.remote.answers import parse_survey
from installer.remote.jobs import Following
from installer.remote.locking import holder, is_ours, locked
from installer.remote.operations import Shell, WriteFile
from installer.remote.outcome import failure
from installer.remote.output import Tail
from installer.remote.received import Torn
from installer.remote.start import Begun, Start
from installer.remote.sudo import refusal
from installer.remote.survey import Questions
from installer.remote.target import Result
from runbook.errors import BadInput, CatherdError, Failed
from runbook.judges import values
from runbook.probe_page import read_page
from runbook.probes import AccountAt, FileAt, ServiceAt, Sh
from runbook.software.balancer_manager import parse_members, parse_nonce
from tests.hostile.values import examples, texts

STEERS = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]"
)
"""What moves the cursor, changes the title or turns the direction of writing."""

ANSI = [
    b"\x1b[2J", b"\x1b]0;owned\x07", b"\x1b]52;c;cm0gLXJm\x07", b"\x1b[31m", b"\x9b2J", b"\r",
    b"\x1bP+q\x1b\\", b"\xc2\x9b31m", b"\xe2\x80\xae", b"\xff\xfe", b"\0", b"\x08\x08", b"\x7f",
    b"[red]", b"[/x]", b"[bold", b"\\[", b"{0}", b"%s", b"\n", b" ", b"=", b"x" * 40,
]  # fmt: skip
noise = st.lists(st.sampled_from(ANSI) | st.binary(max_size=8), max_size=12).map(b"".join)
said = noise.map(lambda data: data.decode("utf-8", "surrogateescape")) | texts

QUESTIONS = Questions.of(
    [
        Sh("a"),
        FileAt("/a"),
        FileAt("/b/c", content=False),
        ServiceAt("httpd", ("/a", "/b")),
        AccountAt("tomcat"),
    ]
)
NUMBERS = st.sampled_from([b"0", b"1", b"2", b"-1", b"99", b"9" * 30, b"9" * 5000, b"x", b""])
HEADS = st.builds(
    b"%b %b\n".__mod__,
    st.tuples(st.sampled_from([b"s 0", b"f 0", b"f 1", b"f 9", b"f", b"l", b"z", b"c", b"r", b"m"]),
              NUMBERS | st.sampled_from([b"+", b"-", b"none"])),
)  # fmt: skip
FACTS = [
    b"btime 1\n", b"btime \n", b"btime x\n", b"btime " + b"9" * 5000 + b"\n", b"1 (a) S 1\n",
    b"catherd-service httpd 1 (a) S" + b" 1" * 20 + b"\n", b"catherd-service httpd\n", b"1 (",
    b"MainPID=1\n", b"MainPID=" + b"9" * 5000 + b"\n", b"ActiveState=active\n", b"LoadState=loaded",
    b"tomcat:x:1:1:::/bin/sh\n", b"tomcat:::\n", b"tomcat:x:y:z:a:b:c\n", b":::::::\n",
    b"81a4 5 root root\n", b"81a4 5\n", b"fffffffffffffffffff 5 root root\n", b"8000 -1 a b\n",
    b"a" * 64 + b"  /a\n", b"1\n", b"\n\n",
]  # fmt: skip


@st.composite
def surveys(draw: st.DrawFn) -> bytes:
    """A survey that fits together at first sight, with anything in its parts."""
    bodies = [
        draw(st.lists(st.sampled_from(FACTS) | noise, max_size=4).map(b"".join))
        for _ in QUESTIONS.blobs
    ]
    found = [draw(st.sampled_from([b"+", b"0", b"1", b"7", b"9999"])) for _ in range(2)]
    head = b"s 0 %b\n" % draw(st.sampled_from([b"0", b"255"]))
    head += b"".join(b"f %d %b\n" % each for each in enumerate(found))
    head += b"".join(draw(st.sampled_from([b"r +\n", b"r -\n"])) for _ in range(2))
    copied = draw(st.sampled_from([b"", b"c +\n", b"c -\n"]))
    bodies += [draw(noise)] if copied == b"c +\n" else []
    head += copied + draw(st.sampled_from([b"", b"", b"", b"m none\n"]))
    sizes = b"".join(b"z %d\n" % len(body) for body in bodies)
    return head + sizes + b"=\n" + b"".join(bodies)


@examples(700)
@given(
    surveys()
    | st.tuples(st.lists(HEADS, max_size=12).map(b"".join), noise).map(b"=\n".join)
    | st.binary(max_size=200)
)
def test_surveys(data: bytes) -> None:
    try:
        answers = parse_survey(QUESTIONS, data)
    except (Torn, Failed):
        return
    assert set(answers) == set(QUESTIONS.probes)


LINES = [
    b"H\n", b"L 3\n", b"L -5\n", b"L 0\n", b"L x\n", b"L\n", b"X 0\n", b"X x\n", b"X -1\n",
    b"X 9 9\n", b"D\n", b"N\n", b"L " + b"9" * 5000 + b"\n", b"X " + b"9" * 5000 + b"\n",
]  # fmt: skip


@examples(800)
@given(st.lists(st.lists(st.sampled_from(LINES) | noise, max_size=5).map(b"".join), max_size=4))
def test_what_follows_a_job(pieces: list[bytes]) -> None:
    following, output = Following(), b""
    for piece in pieces:
        output += following.feed(piece)
    assert following.done == len(output) <= sum(map(len, pieces))
    assert following.code is None or following.code >= 0
    assert len(following.said) < 100_000
    following.restart()
    assert following.feed(b"H\nL 3\nabcX 7\n") == b"abc"
    assert following.code == 7


@pytest.mark.parametrize("chunk", [b"y" * 32_768, b"y\n" * 16_384, b"L 1\n" * 8_192, b"\x1b[2J\n"])
def test_endless_output_takes_no_more_than_its_share(chunk: bytes) -> None:
    """However much of it comes, no more than the end is kept, and looked at once."""
    following, tail = Following(), Tail(1 << 16)
    display = RunDisplay((), live=False)
    lane = Lane(None, 0.0)  # type: ignore[arg-type]
    tracemalloc.start()
    began = time.process_time()
    for _ in range(25):
        following.feed(chunk)
        tail.add(chunk)
        display._output(lane, chunk)
    grown, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert grown < 400_000
    assert time.process_time() - began < 15
    assert len(lane.rest) <= LONGEST
    assert len(tail.text) < 10_000


@examples(400)
@given(said, st.sampled_from(["where", "what", "remedy"]))
def test_errors_on_the_terminal(text: str, part: str) -> None:
    texts = {"what": "what", "where": "where", "remedy": "remedy", part: text}
    with pytest.MonkeyPatch.context() as patch:
        screen = io.StringIO()
        console = show.HarmlessConsole(
            file=screen, force_terminal=True, color_system=None, highlight=False, width=200
        )
        patch.setattr(show, "err", lambda: console)
        patch.setattr(show, "out", lambda: console)
        show.show_error(CatherdError(**texts))
        show.show_change("host", change_of(text))
        console.print(Styled(text))
        console.print(text, markup=False)
        table = Table(title=Styled(text))
        table.add_row(Panel(Styled(text)))
        console.print(table)
    assert not STEERS.search(screen.getvalue())
    screen.getvalue().encode("utf-8")


def change_of(text: str) -> Change:
    """A file whose content and place are just as they were told."""
    diff = "".join(f"+{line}\n" for line in text.split("\n"))
    return Change(
        kind="put", target=text, summary=text, why=text, diff=diff, details=((text, text),)
    )


@examples(800)
@given(said)
def test_json_holds_all_and_steers_nothing(text: str) -> None:
    document = {"seen": text, text: [text, None, {"diff": text}]}
    whole = documents.escaped(json.dumps(document, ensure_ascii=False))
    assert not STEERS.search(whole)
    assert json.loads(whole) == document
    whole.encode("utf-8")


@examples(500)
@given(said)
def test_what_a_host_says_when_something_fails(text: str) -> None:
    """Cut to a few lines, and never an error of its own."""
    result = Result(82, text.encode("utf-8", "surrogateescape") if encodable(text) else b"")
    for error in (
        failure("host", WriteFile("/a", b""), result),
        failure("host", Shell(text), result),
        refusal("host", "user", text, with_sudo=True),
        locked("host", text),
        locked("host", json.dumps({"operator": text, "machine": [text], "pid": {"a": text}})),
    ):
        assert str(error)
    is_ours(text, holder())
    is_ours(json.dumps({"pid": 10**30, "operator": text}), holder())
    assert "\n" not in show.first_lines(text, 1).partition("\n")[0]
    values(text)


def encodable(text: str) -> bool:
    try:
        text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return False
    return True


def test_a_lock_that_is_no_lock() -> None:
    for held in ("[" * 100_000, "9" * 100_000, '{"pid": ' + "9" * 4000 + "}", "\x1b[2J" * 100_000):
        assert not is_ours(held, holder())
        assert len(str(locked("host", held))) < 20_000


def test_long_lines_of_a_host_are_cut() -> None:
    endless = Result(1, b"x" * (1 << 20))
    assert len(str(failure("host", Shell("make"), endless))) < 2_000
    assert len(str(refusal("host", "user", "x" * 40_000, with_sudo=True))) < 2_000
    assert len(show.first_lines("x" * 40_000)) < 2_000


@examples(300)
@given(noise, st.integers(0, 3))
def test_what_comes_before_a_script_begins(words: bytes, at: int) -> None:
    start = Start("sudo", 5)
    pid = [b"", b"1", b"12", b"9" * 5000][at]
    seen = words + b"catherd %b %b\n" % (start.nonce.encode(), pid) + words
    found = start.read(seen)
    assert isinstance(found, Begun) == (at in (1, 2))


MANAGER = [
    b"<?xml version='1.0'?>", b"<httpd:manager xmlns:httpd='h'>", b"<balancer><name>balancer://c</name>",
    b"<httpd:balancer>", b"<worker><name>http://a</name><elected>", b"1e999", b"nan", b"9" * 400,
    b"</elected></worker>", b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", b"&e;",
    b"<table><tr><th>Worker URL</th><th>Elected</th></tr><tr><td>x</td><td>",
    b"<a href='//[?b=c&nonce=1'>", b"<a href='?b=c&nonce=1'>",
    b"Load Balancer Manager", b"</table>", b"<!--", b"<![CDATA[",
]  # fmt: skip


@examples(600)
@given(st.lists(st.sampled_from(MANAGER) | noise, max_size=9).map(b"".join))
def test_pages_that_are_not_what_they_should_be(body: bytes) -> None:
    try:
        for member in parse_members(body):
            assert "root:" not in member.worker_url + member.status
    except BadInput:
        pass
    parse_nonce(body, "c")
    read_page(200, body)
    read_page(200, b"node=a\ncounter=" + body)
