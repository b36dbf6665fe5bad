"""The terminal may vanish at any moment."""

from __future__ import annotations

import io

from textual.drivers._writer_thread import MAX_QUEUED_WRITES, WriterThread

from installer.tui.driver import Vanishing


class Closed(io.StringIO):
    """A terminal that was closed."""

    def write(self, text: str) -> int:
        raise OSError(5, "Input/output error")

    def flush(self) -> None:
        raise OSError(5, "Input/output error")


def test_what_a_closed_terminal_does_not_take_keeps_nobody_waiting() -> None:
    thread = WriterThread(Vanishing(Closed()))  # type: ignore[arg-type]
    thread.start()
    for _ in range(10 * MAX_QUEUED_WRITES):
        assert thread.is_alive()
        thread.write("more")
    thread.stop()
    assert not thread.is_alive()


def test_what_an_open_terminal_takes_arrives() -> None:
    terminal = io.StringIO()
    thread = WriterThread(Vanishing(terminal))  # type: ignore[arg-type]
    thread.start()
    thread.write("seen")
    thread.stop()
    assert terminal.getvalue() == "seen"
