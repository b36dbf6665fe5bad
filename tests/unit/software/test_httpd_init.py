"""The init script of httpd carried out for real: every verb, every exit code; in strict shells."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from runbook.templates import render
from tests.unit.software.init_scripts import (
    HTTPD,
    Init,
    end,
    install,
    program,
)


@pytest.fixture
def httpd(tmp_path: Path, shell: str) -> Iterator[Init]:
    script = render("httpd.init.j2", prefix=str(tmp_path), cluster="tomcatcluster")
    init = install(tmp_path, script, shell)
    program(tmp_path / "bin/httpd", HTTPD.replace("ROOT", str(tmp_path)))
    yield init
    end(tmp_path)


@pytest.mark.erratum("apachectl-return-codes", "no-subsys-lock")
def test_httpd_from_start_to_stop(httpd: Init) -> None:
    assert "stopped" in httpd("status", 3)
    httpd("stop", 0)
    httpd("reload", 7)
    httpd("graceful", 7)
    httpd("condrestart", 0)
    httpd("try-restart", 0)
    httpd("status", 3)
    httpd("start", 0)
    pid = int((httpd.root / "logs/httpd.pid").read_text())
    assert f"(pid {pid}) is running" in httpd("status", 0)
    assert (httpd.root / "lock/subsys/httpd").exists()
    httpd("start", 0)
    assert httpd.calls.count("-k start") == 1
    for verb in ("reload", "graceful", "force-reload"):
        httpd(verb, 0)
    assert httpd.calls.count("reloaded") == 3
    for verb in ("restart", "condrestart", "try-restart"):
        httpd(verb, 0)
        assert int((httpd.root / "logs/httpd.pid").read_text()) != pid
        pid = int((httpd.root / "logs/httpd.pid").read_text())
    httpd("stop", 0)
    assert (
        not Path(f"/proc/{pid}/cmdline").exists() or not Path(f"/proc/{pid}/cmdline").read_bytes()
    )
    assert not (httpd.root / "lock/subsys/httpd").exists()
    httpd("status", 3)
    httpd("restart", 0)
    httpd("graceful-stop", 0)
    httpd("status", 3)


@pytest.mark.erratum("apachectl-return-codes")
def test_httpd_says_what_is_in_the_way(httpd: Init) -> None:
    assert "usage" in httpd("", 2)
    assert "usage" in httpd("fullstatus", 2)
    dies = httpd.has("dies")
    (httpd.root / "logs/error_log").write_text("AH01183: Cannot share balancer\n")
    # A real start that fails waits for ten seconds; here for less.
    text = (httpd.root / "init").read_text().replace("left=50", "left=3")
    (httpd.root / "init").write_text(text)
    assert "AH01183" in httpd("start", 1)
    dies.unlink()
    broken = httpd.has("broken")
    assert "line 3" in httpd("start", 6)
    httpd("configtest", 1)
    broken.unlink()
    httpd("start", 0)
    httpd.has("broken")
    httpd("reload", 6)
    httpd("restart", 6)
    httpd("status", 0)
    (httpd.root / "uid").write_text("1000\n")
    for verb in ("start", "stop", "restart", "reload"):
        httpd(verb, 4)
    (httpd.root / "uid").write_text("0\n")
    httpd("stop", 0)
    (httpd.root / "bin/httpd").unlink()
    httpd("start", 5)


def test_httpd_that_was_killed(httpd: Init) -> None:
    httpd("start", 0)
    pid = int((httpd.root / "logs/httpd.pid").read_text())
    os.kill(pid, signal.SIGKILL)
    httpd.wait(pid)
    assert "pid file" in httpd("status", 1)
    httpd("reload", 7)
    (httpd.root / "logs/httpd.pid").unlink()
    assert "lock" in httpd("status", 2)
    (httpd.root / "logs/httpd.pid").write_text(f"{os.getpid()}\n")
    assert "pid file" in httpd("status", 1), "the number is another process by now"
    httpd("start", 0)
    httpd("stop", 0)
    httpd("status", 3)


def test_httpd_that_does_not_want_to_end(httpd: Init) -> None:
    httpd.has("stubborn")
    text = (
        (httpd.root / "init").read_text().replace('gone "$pid" 25 || kill', 'gone "$pid" 3 || kill')
    )
    (httpd.root / "init").write_text(text)
    httpd("start", 0)
    httpd("stop", 0)
    httpd("status", 3)
