"""How the wizard is opened and ended, on a terminal of its own."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from installer.cli.main import catherd
from runbook.errors import BadInput

CATHERD = [sys.executable, "-c", "from installer.cli.main import main; main()"]


class Terminal:
    """A terminal with ``catherd`` on it."""

    def __init__(self, place: Path, *words: str) -> None:
        self.seen = b""
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            os.chdir(place)
            os.environ |= {
                "TERM": "xterm-256color",
                "XDG_STATE_HOME": str(place / "state"),
                "PYTHONPATH": str(Path(__file__).parents[3]),
            }
            fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
            os.execv(CATHERD[0], [*CATHERD, *words])

    def until(self, text: str, seconds: float = 60) -> None:
        end = time.monotonic() + seconds
        while text.encode() not in self.seen:
            assert time.monotonic() < end, self.seen.decode("utf-8", "replace")
            self._read()

    def _read(self) -> bool:
        if not select.select([self._end], [], [], 0.2)[0]:
            return True
        try:
            self.seen += (more := os.read(self._end, 1 << 16))
        except OSError:
            return False
        return bool(more)

    def type(self, text: str) -> None:
        os.write(self._end, text.encode())

    def close(self) -> None:
        os.close(self._end)

    def code(self, seconds: float = 60) -> int:
        """The exit code, once it has ended."""
        end = time.monotonic() + seconds
        reading = True
        while True:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                return os.waitstatus_to_exitcode(status)
            if time.monotonic() > end:
                os.kill(self.pid, signal.SIGKILL)
                os.waitpid(self.pid, 0)
                raise AssertionError("it does not end")
            try:
                reading = reading and self._read()
            except (OSError, ValueError):
                reading = False
            if not reading:
                time.sleep(0.05)


def test_catherd_alone_opens_the_wizard_and_q_leaves_it(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.until("New installation")
    terminal.type("q")
    assert terminal.code() == 0
    assert b"Traceback" not in terminal.seen


def test_answers_are_named_on_the_command_line(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path, "wizard", "-c", "other.toml")
    terminal.until("other.toml")
    terminal.type("q")
    assert terminal.code() == 0


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP], ids=str)
def test_signals_end_it_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    terminal = Terminal(tmp_path)
    terminal.until("New installation")
    os.kill(terminal.pid, number)
    assert terminal.code() == 130
    assert b"\x1b[?1049l" in terminal.seen, "the screen is given back"
    assert b"Traceback" not in terminal.seen


def test_a_terminal_that_vanishes_ends_it(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.until("New installation")
    terminal.close()
    assert terminal.code() in (130, -signal.SIGHUP)
    assert not (tmp_path / "state" / "catherd" / "faults").exists()


def test_without_a_terminal_there_is_help() -> None:
    result = CliRunner().invoke(catherd, [])
    assert result.exit_code == 0
    assert "Usage:" in result.output
    wizard = CliRunner().invoke(catherd, ["wizard"])
    assert isinstance(wizard.exception, BadInput)
    assert wizard.exception.remedy


@pytest.mark.parametrize(
    "words",
    [["--version"], ["--help"], [], ["plan", "--help"], ["verify"], ["wizard"], ["lab", "--help"]],
    ids=" ".join,
)
def test_a_command_without_the_screen_does_not_load_it(tmp_path: Path, words: list[str]) -> None:
    script = (
        "import sys\n"
        "from installer.cli.main import main\n"
        f"sys.argv = ['catherd', *{words!r}]\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.exit(any(name.partition('.')[0] == 'textual' for name in sys.modules))"
    )
    root = str(Path(__file__).parents[3])
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": root},
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()


def test_the_first_frame_needs_nothing_heavy() -> None:
    script = (
        "import sys\n"
        "import installer.tui.app\n"
        "from installer.tui.screens import catalogue\n"
        "catalogue.screen('home')\n"
        "heavy = {'paramiko', 'fabric', 'pydantic', 'lxml', 'sqlite3', 'httpx', 'jinja2'}\n"
        "print(*sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": str(Path(__file__).parents[3])},
        capture_output=True,
        check=True,
    )
    assert done.stdout.decode().split() == []
