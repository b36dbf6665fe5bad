"""``catherd init``: asks the questions, tests the connections, writes cluster.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from installer.frontend.answering import Answering, found_in, summary
from installer.frontend.connection import ConnectionTest
from installer.frontend.walking import Walk
from runbook.cluster import Cluster
from runbook.errors import BadInput
from runbook.fields.wrong import Conflicts, shown_path
from runbook.pages import pages, template
from runbook.text import T, Text
from runbook.validation import validated
from runbook.writing import written

if TYPE_CHECKING:
    from installer.cli.interview import Interview


def init(
    path: Path,
    *,
    force: bool = False,
    test_connection: ConnectionTest | None = None,
    interactive: bool | None = None,
) -> bool:
    """Ask for the answers and write them to ``path``; whether the file was written.

    With ``force`` a file that is there already is replaced without asking. Without a terminal
    there is nobody to ask: ``BadInput``. Ctrl-C keeps a draft beside the file.
    """
    if not (interactive if interactive is not None else _terminal()):
        raise BadInput(
            T("catherd init asks questions, and there is no terminal to ask on"),
            remedy=T(
                "catherd init --template prints a commented file to fill in; "
                "docs/cluster.toml.md explains each key"
            ),
        )
    return _Session(Answering(path), force, test_connection).run()


def template_text() -> str:
    """A commented cluster.toml with everything to fill in."""
    return written(template())


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


class _Session:
    """One sitting: where the answers come from, the interview, the summary, the file."""

    def __init__(
        self, answering: Answering, force: bool, test_connection: ConnectionTest | None
    ) -> None:
        from installer.cli import asking
        from installer.cli.interview import Interview

        self.asking, self.interview_of = asking, Interview
        self.answering, self.path, self.draft = answering, answering.path, answering.draft
        self.force, self.test_connection = force, test_connection

    def run(self) -> bool:
        """Whether the file was written."""
        start = self._start()
        if start is None:
            return False
        answers, resumed = start
        walk = Walk(answers, self.answering.save)
        interview = self.interview_of(walk, self.answering.base)
        if resumed:
            walk.resume()
        self.asking.say(
            T("Enter takes what is shown, Ctrl-U clears it, Ctrl-C stops and keeps your answers.")
        )
        try:
            interview.walk()
            return self._finish(walk, interview)
        except KeyboardInterrupt:
            self._say_draft()
            raise

    def _start(self) -> tuple[Mapping[str, Any], bool] | None:
        """The answers to begin with, and whether they are a draft to go on with."""
        if self.draft.exists():
            draft = self._read(self.draft)
            label = T("There is a draft from before. Go on with it?")
            if draft and self.asking.confirm(label, True):
                return draft, True
        if not self.path.exists() or self.force:
            return {}, False
        choices = {
            "change": T("Go through its answers and change some"),
            "new": T("Start anew; the file is replaced at the end"),
            "leave": T("Leave it as it is"),
        }
        label = T("{path} exists. What would you like to do?", path=self.path)
        match self.asking.choose(label, choices):
            case "change":
                return self._read(self.path), False
            case "new":
                return {}, False
            case _:
                return None

    def _read(self, path: Path) -> dict[str, Any]:
        """What can be used of a file with answers; faulty values are asked for again."""
        found = found_in(path)
        if found.problem is not None and not found.faults:
            self.asking.say(T("{path} cannot be used: {why}", path=path, why=found.problem.what))
        return found.answers

    def _say_draft(self) -> None:
        if self.draft.exists():
            self.asking.say()
            self.asking.say(
                T(
                    "Your answers are kept in {draft}; catherd init goes on from there.",
                    draft=self.draft,
                )
            )

    def _finish(self, walk: Walk, interview: Interview) -> bool:
        """Summary, connection tests, changes, and the file."""
        tested = False
        while True:
            cluster = self._judge(walk.answers)
            if cluster and not tested and self.test_connection:
                self._test(cluster)
                tested = True
            match self._next_move(cluster):
                case "write" if cluster:
                    self._write(cluster)
                    return True
                case "test":
                    tested = False
                case "change":
                    interview.again(self._page(walk.answers))
                case _:
                    self._say_draft()
                    return False

    def _judge(self, answers: Mapping[str, Any]) -> Cluster | None:
        """Show the summary, or what does not fit together."""
        self.asking.say()
        try:
            cluster = validated(answers)
        except Conflicts as conflicts:
            for wrong in conflicts.found:
                self.asking.complain(wrong)
                self.asking.say(shown_path(wrong.at), "    ")
            return None
        for label, value in summary(cluster):
            self.asking.say(T("{label}: {value}", label=label, value=value), "  ")
        return cluster

    def _next_move(self, cluster: Cluster | None) -> str:
        moves: dict[str, Text] = {"write": T("Write {path}", path=self.path)} if cluster else {}
        moves["change"] = T("Change an answer")
        if cluster and self.test_connection:
            moves["test"] = T("Test the connections again")
        moves["stop"] = T("Stop here and keep a draft")
        return self.asking.choose(T("What next?"), moves)

    def _page(self, answers: Mapping[str, Any]) -> str:
        titles: dict[str, Text] = {page.id: page.title for page in pages(answers)}
        return self.asking.choose(T("Which answers?"), titles)

    def _test(self, cluster: Cluster) -> None:
        from installer.cli.connecting import try_connections

        assert self.test_connection is not None
        try_connections(cluster, self.test_connection)

    def _write(self, cluster: Cluster) -> None:
        kept = self.answering.write(cluster)
        self.asking.say(T("{path} is written.", path=self.path))
        if kept:
            self.asking.say(T("The file before is kept as {kept}.", kept=kept))
        self.asking.say(T("catherd plan shows all that would change on the hosts."))
