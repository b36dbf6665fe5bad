"""The wizard: screens over one conductor; whatever waits, waits in a thread of its own."""

from __future__ import annotations

import asyncio
import gc
import queue
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from textual.app import App
from textual.binding import BindingType
from textual.screen import ModalScreen

from installer.frontend.where import Where
from installer.frontend.wrapping import teach_rich
from installer.tui import themes
from installer.tui.keys import key
from installer.tui.operator import AtTheWizard
from runbook.errors import CatherdError
from runbook.text import T, Text, use_language

if TYPE_CHECKING:
    from textual.driver import Driver

    from installer.engine.events import Event
    from installer.engine.plan import StepPlan
    from installer.frontend.board import Board
    from installer.frontend.conductor import Conductor

Result = TypeVar("Result")
ENDED = 130
"""Exit code where somebody ends the wizard from outside."""
DRAIN = 1 / 20
"""Seconds between two looks at what the engine has told."""


SWITCH = 0.001
"""Seconds after which a thread that computes lets the screen draw; five times less than usual."""


PAUSE = 0.0005
"""Seconds that whoever hears output rests after each piece: a flood lets the screen draw."""


class CatherdApp(App[int]):
    """Owns the cluster that is open, its conductor and its board; screens only show them."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    TITLE = "catherd"
    ENABLE_COMMAND_PALETTE = False  # ours speaks the operator's language
    BINDINGS: ClassVar[list[BindingType]] = [
        key(
            "ctrl+p",
            "palette",
            T("Commands"),
            more=T("Search all that can be done now"),
            shown=False,
        ),
        key("ctrl+q", "leave", T("Quit"), more=T("Leave Catherd"), shown=False),
        key("ctrl+t", "next_theme", T("Theme"), more=T("Dark, light, high contrast"), shown=False),
    ]

    def __init__(
        self, where: Where, start: str = "home", driver: type[Driver] | None = None
    ) -> None:
        super().__init__(driver)
        teach_rich()
        self.where, self._start = where, start
        self.operator = AtTheWizard(self)
        self.conductor: Conductor | None = None
        self.board: Board | None = None
        self.training_at_work = False
        """Whether the trainer is at work on the hosts of its lab, on whichever screen one is."""
        self.crash: BaseException | None = None
        """A fault in Catherd itself, for whoever started the wizard."""
        self._told: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self._asked: list[Future[Any]] = []
        self._listeners: list[Callable[[Event], None]] = []
        self._opening = threading.Lock()

    def on_mount(self) -> None:
        """Open the first screen, and begin to listen to the engine."""
        sys.setswitchinterval(SWITCH)
        themes.register(self)
        self.set_interval(DRAIN, self._drain)
        if not self.is_headless:
            self._end_on_signals()
        self.show(self._start)

    def _end_on_signals(self) -> None:
        """SIGTERM, and SIGHUP of a terminal that closes, end the wizard in good order."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self.exit, ENDED)

    def show(self, name: str, *given: object) -> None:
        """Open a screen by its name; what it is given, its own docstring tells."""
        from installer.tui.screens import catalogue

        self.push_screen(catalogue.screen(name, *given))

    def show_instead(self, name: str, *given: object) -> None:
        """Open a screen in place of the one that is shown."""
        from installer.tui.screens import catalogue

        self.switch_screen(catalogue.screen(name, *given))

    # Work that waits

    def background(
        self,
        work: Callable[[], Result],
        then: Callable[[Result], object] = lambda result: None,
        failed: Callable[[CatherdError], object] | None = None,
        doing: Text = "",
    ) -> None:
        """Do ``work`` in a thread, then ``then`` with its result here; errors are told.

        :param doing: what the status line says meanwhile
        """

        def run() -> None:
            try:
                result = work()
            except CatherdError as problem:
                told, handle = problem, failed or self.tell
                self.soon(lambda: handle(told))
            except BaseException as error:
                fault = error
                self.soon(lambda: self.end_by(fault))
            else:
                self.soon(lambda: then(result))
            finally:
                if doing:
                    self.status("")

        if doing:
            self.status(doing)
        threading.Thread(target=run, name="wizard", daemon=True).start()

    def soon(self, act: Callable[[], object]) -> bool:
        """Act in the thread of the screen, from any other; False where there is none any more."""
        if not self.is_running:
            return False
        if threading.get_ident() == self._thread_id:
            act()
        else:
            self.call_later_from_thread(act)
        return True

    def call_later_from_thread(self, act: Callable[[], object]) -> None:
        """Hand ``act`` over and do not wait."""
        loop = self._loop
        if loop is not None and not loop.is_closed():
            loop.call_soon_threadsafe(self.call_later, act)

    def tell(self, error: CatherdError) -> None:
        """Show an error over the screen."""
        from installer.tui.screens.dialogs import Told

        self.push_screen(Told(error))

    def status(self, text: Text) -> None:
        """A remark in the heading of the screen; from any thread."""
        from installer.tui.screens.base import CatherdScreen

        def show() -> None:
            for screen in reversed(self.screen_stack):
                if isinstance(screen, CatherdScreen) and screen.is_mounted:
                    screen.say(text)
                    return

        self.soon(show)

    def asked(self, answer: Future[Any]) -> None:
        """Remember that a thread waits for this, so that it does not wait for ever."""
        self._asked.append(answer)

    # The cluster that is open

    def open_cluster(self, then: Callable[[], None],
                     failed: Callable[[CatherdError], None] | None = None) -> None:  # fmt: skip
        """Read the answers, connect, look at all hosts and plan; then ``then``."""
        self.background(self._look, lambda board: self._opened(board, then), failed,
                        T("Looking at the hosts …"))  # fmt: skip

    def open_session(self, then: Callable[[Conductor], None],
                     failed: Callable[[CatherdError], None] | None = None) -> None:  # fmt: skip
        """Read the answers only: enough for what needs neither a plan nor archives."""
        self.background(self._conduct, then, failed)

    def _conduct(self) -> Conductor:
        with self._opening:
            if self.conductor is None:
                from installer.frontend.conductor import Conductor
                from installer.frontend.session import Session

                session = Session(self.where, self.operator)
                self.conductor = Conductor(session, self._emit, self._approve)
            return self.conductor

    def _look(self) -> Board:
        from installer.frontend.board import Board

        conductor = self._conduct()
        plan = conductor.look()
        return Board(plan, conductor.session.journal.durations())

    def _opened(self, board: Board, then: Callable[[], None]) -> None:
        self.board = board
        then()
        self.call_after_refresh(_set_aside)

    def close_cluster(self) -> None:
        """Forget the open cluster, as its answers have changed or another one is wanted."""
        if self.conductor is not None:
            assert not self.conductor.at_work
            self.conductor.session.__exit__()
        self.conductor = self.board = None

    def _approve(self, previewed: StepPlan, now: StepPlan) -> bool:
        from installer.tui.screens.changed import Changed

        return self.operator.ask(lambda: Changed(now)) == "yes"

    # What the engine tells

    def listen(self, listener: Callable[[Event], None]) -> None:
        """Call ``listener`` with each event, in the thread of the screen, once it is applied."""
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[Event], None]) -> None:
        """Call it no more."""
        self._listeners.remove(listener)

    def _emit(self, event: Event) -> None:
        from installer.engine import events

        if isinstance(event, events.Output):
            if (board := self.board) is not None:
                board.write(event.step, event.host, event.data)
                time.sleep(PAUSE)
        else:
            self._told.put(event)

    def _drain(self) -> None:
        if self._told.empty():
            return
        from installer.engine import events

        for _ in range(self._told.qsize()):
            event = self._told.get()
            if isinstance(event, events.RunDone) and event.crash is not None:
                self.end_by(event.crash)
            if self.board is not None:
                self.board.take(event)
            for listener in list(self._listeners):
                listener(event)

    # Leaving

    def action_leave(self) -> None:
        """Leave; while something runs, ask what becomes of it."""
        if self.conductor is None or not self.conductor.at_work:
            self.exit(0)
            return
        from installer.tui.screens.leaving import ask_about_leaving

        ask_about_leaving(self, lambda: self.exit(0))

    def action_help_quit(self) -> None:
        """Ctrl-C does not end a full screen; say what does."""
        self.notify(str(T("Ctrl-Q leaves Catherd.")), markup=False)

    def action_palette(self) -> None:
        """Search all that can be done now."""
        from installer.tui.commands import Command, commands
        from installer.tui.screens.palette import Palette, carry_out

        def chosen(command: Command | None) -> None:
            if command is not None:
                self.call_later(carry_out, command)

        if not isinstance(self.screen, ModalScreen):
            self.push_screen(Palette(tuple(commands(self))), chosen)

    def go_home(self) -> None:
        """Back to the first screen."""
        while len(self.screen_stack) > 2:
            self.pop_screen()

    def speak(self, language: str) -> None:
        """Show all texts in another language, from home on."""
        use_language(language)
        self.show_instead(self._start)

    def action_next_theme(self) -> None:
        """Dark, light, high contrast, and round again."""
        themes.next_theme(self)

    def end_by(self, error: BaseException) -> None:
        """A fault in Catherd itself: end, and let whoever started the wizard tell it."""
        self.crash = error
        self.exit(70)

    def _handle_exception(self, error: Exception) -> None:
        if self.is_headless:
            super()._handle_exception(error)
        else:
            self.end_by(error)

    def on_unmount(self) -> None:
        """Nobody answers any more: threads that wait for an answer get none."""
        for answer in self._asked:
            if not answer.done():
                answer.set_result(None)


def _set_aside() -> None:
    """Let collections pass over all that stays: 300 ms each time, in which nothing is drawn."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


def run_wizard(where: Where, start: str = "home") -> int:
    """Run until the operator leaves; the exit code of the command."""
    from installer.tui.driver import TerminalDriver

    app = CatherdApp(where, start, TerminalDriver)
    code = app.run()
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # what remains takes a moment, and is to be done
    if app.conductor is not None:
        app.conductor.leave()
        app.conductor.session.__exit__()
    if app.crash is not None:
        raise app.crash
    return code or 0
