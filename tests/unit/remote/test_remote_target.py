"""FabricTarget against a server that cuts connections, refuses forwarding and fills up."""

from __future__ import annotations

import hashlib
import http.server
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from installer.remote import jobs, locking, running
from installer.remote.host import FabricTarget
from installer.remote.operations import Shell, WriteFile
from installer.remote.script import Script
from installer.remote.target import Job
from runbook.errors import Failed, Locked, Unreachable
from runbook.probes import Http, Output, Reply, Sh
from tests.unit.remote.running import GROUP, USER
from tests.unit.remote.sshd import Sshd, settings

pytestmark = pytest.mark.usefixtures("impatient")


@pytest.fixture
def target(
    sshd: Sshd, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[FabricTarget]:
    monkeypatch.setattr(jobs, "JOBS", str(tmp_path / "lib" / "jobs"))
    monkeypatch.setattr(locking, "LOCK", str(tmp_path / "lib" / "lock"))
    target = FabricTarget(settings(sshd, home), patience=5)
    target.connect()
    yield target
    target.close()


def later(seconds: float, action: object) -> None:
    threading.Timer(seconds, action).start()  # type: ignore[arg-type]


def test_output_comes_as_it_is_printed_and_both_streams(target: FabricTarget) -> None:
    times: list[float] = []
    result = target.apply(
        Shell("echo one; sleep 0.3; echo two >&2; cat"), lambda _: times.append(time.monotonic())
    )
    assert (result.code, result.output) == (0, b"one\ntwo\n")
    assert times[-1] - times[0] > 0.2


def test_of_much_output_only_the_end_is_kept(target: FabricTarget) -> None:
    seen: list[int] = []
    result = target.apply(
        Shell("head -c 8000000 /dev/zero; echo end"), lambda chunk: seen.append(len(chunk))
    )
    assert sum(seen) == 8_000_004
    assert len(result.output) == 1 << 20
    assert result.output.endswith(b"end\n")


def test_a_failing_command_is_told_with_its_words(target: FabricTarget) -> None:
    with pytest.raises(Failed, match=r"(?s)exit code 3.*On tomcat1: oops"):
        target.apply(Shell("echo oops; exit 3"))


def test_a_full_disk_is_named(target: FabricTarget) -> None:
    with pytest.raises(Failed, match="disk is full"):
        target.apply(Shell("cat /etc/passwd >/dev/full"))


def test_a_command_that_takes_too_long_is_ended(target: FabricTarget, tmp_path: Path) -> None:
    began = time.monotonic()
    with pytest.raises(Failed, match="did not end within 1 s"):
        target.apply(Shell(f"echo $$; sleep 30; touch {tmp_path}/late", timeout=1.0))
    assert time.monotonic() - began < 10
    time.sleep(0.3)
    assert not (tmp_path / "late").exists()


def test_a_daemon_that_holds_the_output_does_not_hold_us(
    target: FabricTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running, "_IDLE", 0.3)
    began = time.monotonic()
    assert target.apply(Shell("sleep 60 & echo started")).text == "started"
    assert time.monotonic() - began < 50


def test_a_change_is_not_repeated_when_the_connection_is_lost(
    target: FabricTarget, sshd: Sshd, tmp_path: Path
) -> None:
    later(0.5, sshd.drop)
    with pytest.raises(Unreachable, match="connection to tomcat1 was lost"):
        target.apply(Shell(f"echo x >>{tmp_path}/count; sleep 3"))
    write = WriteFile(str(tmp_path / "file"), b"x" * 100_000, 0o600, USER, GROUP)
    assert target.apply(write).ok, "the next one opens it anew"
    sshd.drop()
    assert target.apply(replace(write, content=b"y")).ok
    assert (tmp_path / "count").read_text() == "x\n"


def test_a_survey_goes_on_after_a_lost_connection(target: FabricTarget, sshd: Sshd) -> None:
    probe = Sh("sleep 0.6; echo done")
    later(0.3, sshd.drop)
    assert target.survey([probe])[probe].data == b"done\n"  # type: ignore[union-attr]
    assert sshd.logins == 2


def test_a_job_goes_on_where_its_output_was(
    target: FabricTarget, sshd: Sshd, tmp_path: Path
) -> None:
    job = Job(
        "build",
        f"cd {tmp_path}; echo x >>count; for i in 1 2 3 4 5 6; do echo $i;"
        " until [ -e $i ] || [ $((i % 2)) = 1 ]; do sleep 0.1; done; done; exit 7",
    )
    output: list[bytes] = []

    def cut(number: str) -> None:
        sshd.drop()
        (tmp_path / number).touch()

    def arrived(data: bytes) -> None:
        output.append(data)
        for number in "246":
            if number.encode() in data:
                later(0, lambda number=number: cut(number))

    result = target.run_job(job, arrived)
    assert (result.code, b"".join(output)) == (7, b"1\n2\n3\n4\n5\n6\n")
    assert result.output == b"1\n2\n3\n4\n5\n6\n"
    assert (tmp_path / "count").read_text() == "x\n"
    assert sshd.logins > 3
    target.forget_job("build")


def test_closing_ends_what_follows_a_job(target: FabricTarget, tmp_path: Path) -> None:
    later(0.5, target.close)
    began = time.monotonic()
    with pytest.raises(Unreachable):
        target.run_job(Job("build", "sleep 60"))
    assert time.monotonic() - began < 50


def test_a_cancelled_job(target: FabricTarget) -> None:
    later(0.5, lambda: target.cancel_job("build"))
    assert target.run_job(Job("build", "echo a; sleep 30")).code == jobs.ENDED
    assert target.run_job(Job("build", "echo b")).output == b"b\n"


def test_the_host_is_held_by_one(target: FabricTarget, sshd: Sshd, home: Path) -> None:
    target.lock(locking.holder("step one"))
    target.lock(locking.holder("step two"))
    other = FabricTarget(settings(sshd, home))
    with pytest.raises(Locked, match="step two"):
        other.lock("bob")
    other.unlock()
    with pytest.raises(Locked):
        other.lock("bob")
    other.lock("bob", takeover=True)
    target.unlock()
    with pytest.raises(Locked, match="bob"):
        target.lock(locking.holder())
    other.unlock()
    target.lock(locking.holder())
    other.close()


def test_a_run_whose_host_was_taken_over_changes_nothing_more(
    target: FabricTarget, sshd: Sshd, home: Path, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    target.lock(locking.holder("the first run"))
    target.at_step("jdk")
    assert target.apply(Shell(f"echo one >>{mark}")).ok
    other = FabricTarget(settings(sshd, home))
    with pytest.raises(Locked, match="the first run, step jdk"):
        other.lock("bob")
    other.lock("bob", takeover=True)
    with pytest.raises(Locked, match=r"(?s)no longer ours.*bob"):
        target.apply(Shell(f"echo two >>{mark}"))
    with pytest.raises(Locked, match="no longer ours"):
        target.run_job(Job("build", f"echo three >>{mark}"))
    other.unlock()
    with pytest.raises(Locked, match="removed it"):
        target.apply(Shell(f"echo four >>{mark}"))
    assert mark.read_text() == "one\n"
    target.lock(locking.holder("the first run again"))
    assert target.apply(Shell(f"echo five >>{mark}")).ok
    target.unlock()
    other.close()


def test_a_lock_whose_answer_was_lost_is_given_back_all_the_same(
    target: FabricTarget, sshd: Sshd
) -> None:
    ours = locking.holder("a run")
    target.connect()
    before = target._runner.run

    def cut(*words: object, **more: object) -> object:
        result = before(*words, **more)  # type: ignore[arg-type]
        target._runner.run = before  # type: ignore[method-assign]
        sshd.drop()
        raise Unreachable(f"cut off after {result.code}")

    target._runner.run = cut  # type: ignore[assignment,method-assign]
    with pytest.raises(Unreachable):
        target.lock(ours)
    assert Path(locking.LOCK).exists()
    target.unlock()
    assert not Path(locking.LOCK).exists()


@pytest.fixture
def artefact(tmp_path: Path) -> tuple[Path, str]:
    path = tmp_path / "jdk.tar.gz"
    path.write_bytes(hashlib.sha256(b"seed").digest() * 20_000)
    return path, hashlib.sha256(path.read_bytes()).hexdigest()


def test_an_upload_is_made_once_and_whole(
    target: FabricTarget, sshd: Sshd, artefact: tuple[Path, str]
) -> None:
    path, sha256 = artefact
    progress: list[tuple[int, int]] = []
    place = Path(target.stage(path, sha256, lambda *step: progress.append(step)))
    assert place == sshd.home / ".catherd-stage" / sha256
    assert place.read_bytes() == path.read_bytes()
    assert place.parent.stat().st_mode & 0o777 == 0o700
    assert (progress[0], progress[-1]) == ((0, 640_000), (640_000, 640_000))
    progress.clear()
    assert target.stage(path, sha256, lambda *step: progress.append(step)) == str(place)
    assert progress == [(640_000, 640_000)]
    place.write_bytes(b"\0" * 640_000)
    target.stage(path, sha256)
    assert place.read_bytes() == path.read_bytes()
    target.unstage()
    assert not place.parent.exists()


@pytest.mark.parametrize("rubbish", [False, True])
def test_an_upload_goes_on_where_it_was_cut_off(
    target: FabricTarget, sshd: Sshd, artefact: tuple[Path, str], rubbish: bool
) -> None:
    path, sha256 = artefact
    part = sshd.home / ".catherd-stage" / f"{sha256}.part"
    part.parent.mkdir(mode=0o700)
    part.write_bytes(b"?" * 100_000 if rubbish else path.read_bytes()[:100_000])
    progress: list[int] = []
    place = target.stage(path, sha256, lambda done, _: progress.append(done))
    assert progress[0] == 100_000
    assert (0 in progress) == rubbish
    assert Path(place).read_bytes() == path.read_bytes()


def test_an_upload_that_does_not_fit_is_told(
    target: FabricTarget, sshd: Sshd, artefact: tuple[Path, str]
) -> None:
    path, sha256 = artefact
    sshd.room = 400_000
    with pytest.raises(Failed, match=r"(?s)could not be uploaded.*Make room"):
        target.stage(path, sha256)
    sshd.room = None
    assert Path(target.stage(path, sha256)).read_bytes() == path.read_bytes()


class _Page(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        if self.path == "/slow":
            time.sleep(2)
        body = f"{self.path} {self.headers['Host']} {self.headers['Referer']}".encode()
        self.send_response(404 if self.path == "/none" else 200)
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Content-Length", str(len(body)))
        if self.path == "/3":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def web() -> Iterator[int]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


def test_pages_are_read_from_the_host_itself(target: FabricTarget, web: int) -> None:
    page = Http(web, "/manager", headers=(("Referer", "http://x/"), ("Host", "www")))
    none, slow, echo = Http(web, "/none"), Http(web, "/slow", timeout=0.3), Sh("echo a")
    answers = target.survey([page, none, Http(1), slow, echo])
    reply = answers[page]
    assert isinstance(reply, Reply)
    assert (reply.status, reply.body) == (200, b"/manager www http://x/")
    assert [value for name, value in reply.headers if name == "Set-Cookie"] == ["a=1", "b=2"]
    assert answers[none].status == 404  # type: ignore[union-attr]
    assert answers[Http(1)] == Reply(0, error="connection refused")
    assert answers[slow].status == 0  # type: ignore[union-attr]
    assert "timed out" in answers[slow].error  # type: ignore[union-attr]
    assert answers[echo] == Output(0, b"a\n")


def test_a_connection_for_many_requests(target: FabricTarget, web: int) -> None:
    with target.http("127.0.0.1", web, 5) as connection:
        for number in range(6):
            connection.request("GET", f"/{number}")
            response = connection.getresponse()
            assert response.read().startswith(f"/{number} ".encode())


def test_where_sshd_forwards_nothing_a_shell_carries_the_pages(
    target: FabricTarget, sshd: Sshd, web: int
) -> None:
    sshd.forwards = False
    page, closed, slow = Http(web), Http(1), Http(web, "/slow", timeout=0.4)
    answers = target.survey([page, closed, slow])
    assert answers[page].status == 200  # type: ignore[union-attr]
    assert answers[closed].error == "connection refused"  # type: ignore[union-attr]
    assert "timed out" in answers[slow].error  # type: ignore[union-attr]
    with target.http("127.0.0.1", web, 5) as connection:
        for number in range(3):
            connection.request("GET", f"/{number}")
            assert connection.getresponse().read().startswith(f"/{number} ".encode())
    (sshd.root / "bin" / "bash").write_text("#!/bin/sh\nexit 127\n")
    (sshd.root / "bin" / "bash").chmod(0o755)
    reply = target.survey([page])[page]
    assert "AllowTcpForwarding" in reply.error  # type: ignore[union-attr]


def test_the_script_is_not_in_the_process_table(target: FabricTarget) -> None:
    script = Script("tr '\\0' ' ' </proc/$$/cmdline; : s3cret", b"")
    assert b"s3cret" not in target._runner.run(script).output
