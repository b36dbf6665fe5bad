"""Ends a command in good order when somebody ends it from outside."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class Leaving(KeyboardInterrupt):
    """The run is to be left at once: there is nobody to ask, or nobody who wants to be asked."""


@contextmanager
def signals_interrupt() -> Iterator[None]:
    """SIGTERM, and SIGHUP of a terminal that closes, are as Ctrl-C, but nobody is asked.

    A signal that is ignored (nohup) stays so.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise Leaving

    wanted = [signal.SIGTERM, signal.SIGHUP]
    before = {each: signal.getsignal(each) for each in wanted}
    for each in wanted:
        if before[each] is not signal.SIG_IGN:
            signal.signal(each, interrupt)
    try:
        yield
    finally:
        for each in wanted:
            signal.signal(each, before[each])
