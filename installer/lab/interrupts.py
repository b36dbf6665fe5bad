"""Interruptions: what a call has made so far is taken back, and nothing disturbs that."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager, suppress
from types import FrameType
from typing import TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def undone_unless_finished(on_interrupt: Callable[[], None]) -> Iterator[ExitStack]:
    """A stack of undos that run, last first, if the block fails or the call is interrupted.

    Ctrl-C, SIGTERM and SIGHUP interrupt the block; while the undos run they are ignored.

    :param on_interrupt: tells whoever pressed Ctrl-C that the end takes a moment
    """
    undos = ExitStack()
    with _signals(_interrupt):
        try:
            yield undos
        except BaseException as reason:
            with shielded():
                if isinstance(reason, KeyboardInterrupt):
                    on_interrupt()
                with suppress(Exception):  # the next run mends what could not be undone
                    undos.close()
            raise
    undos.pop_all()


@contextmanager
def shielded() -> Iterator[list[int]]:
    """Let no signal interrupt the block; those that came meanwhile are in the list.

    Unlike with SIG_IGN, programs that are started in the block do not inherit this.
    """
    came: list[int] = []
    with _signals(lambda number, frame: came.append(number)):
        yield came


def in_parallel(
    work: Callable[[Item, threading.Event], Result], items: Sequence[Item]
) -> list[Result]:
    """Do ``work`` for all items at once; after a failure the others are told through the event."""
    if not items:
        return []
    stop = threading.Event()
    with ThreadPoolExecutor(min(len(items), 16)) as pool:
        futures = [pool.submit(work, item, stop) for item in items]
        try:
            for future in wait(futures, return_when=FIRST_EXCEPTION).done:
                future.result()
            return [future.result() for future in futures]
        except BaseException:
            with shielded() as came:
                stop.set()
                pool.shutdown(cancel_futures=True)
            if came:  # whoever goes on after the failure must not go on after that
                raise KeyboardInterrupt from None
            raise


@contextmanager
def _signals(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield  # only the main thread may set handlers, and only it is interrupted
        return
    heard = [number for number in _SIGNALS if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.signal(number, handler) for number in heard}
    try:
        yield
    finally:
        for number, previous in before.items():
            signal.signal(number, previous)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
