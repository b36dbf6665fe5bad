"""``catherd init``: asks the questions, tests the connections, writes cluster.toml."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from installer.frontend.connection import ConnectionTest
from installer.frontend.saving import draft_of, keep_aside, unwritable, write_whole
from runbook.answers import dump, read_text, read_toml
from runbook.cluster import Cluster
from runbook.errors import BadInput, CatherdError
from runbook.fields.wrong import Conflicts, shown_path
from runbook.pages import pages, template
from runbook.text import T, Text
from runbook.validation import usable, validated
from runbook.writing import written


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
    directory = path.resolve().parent
    if not directory.is_dir() or not os.access(directory, os.W_OK):
        code = errno.EACCES if directory.is_dir() else errno.ENOENT
        raise unwritable(path, OSError(code, os.strerror(code)))
    if path.is_dir():
        raise BadInput(T("{path} is a directory", path=path), remedy=T("Name a file in it"))
    return _Session(path, force, test_connection).run()


def template_text() -> str:
    """A commented cluster.toml with everything to fill in."""
    return written(template())


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


class _Session:
    """One sitting: where the answers come from, the interview, the summary, the file."""

    def __init__(self, path: Path, force: bool, test_connection: ConnectionTest | None) -> None:
        from installer.cli import asking
        from installer.cli.interview import Interview

        self.asking, self.interview_of = asking, Interview
        self.path, self.force, self.test_connection = path, force, test_connection
        self.draft = draft_of(path)

    def run(self) -> bool:
        """Whether the file was written."""
        start = self._start()
        if start is None:
            return False
        answers, resumed = start
        interview = self.interview_of(answers, self.path.resolve().parent, self._save_draft)
        if resumed:
            interview.resume()
        self.asking.say(
            T("Enter takes what is shown, Ctrl-U clears it, Ctrl-C stops and keeps your answers.")
        )
        try:
            interview.walk()
            return self._finish(interview)
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
        try:
            return usable(read_toml(read_text(path), str(path)))
        except CatherdError as error:
            self.asking.say(T("{path} cannot be used: {why}", path=path, why=error.what))
            return {}

    def _save_draft(self, answers: Mapping[str, Any]) -> None:
        write_whole(self.draft, written(answers, comments=False))

    def _say_draft(self) -> None:
        if self.draft.exists():
            self.asking.say()
            self.asking.say(
                T(
                    "Your answers are kept in {draft}; catherd init goes on from there.",
                    draft=self.draft,
                )
            )

    def _finish(self, interview: Any) -> bool:
        """Summary, connection tests, changes, and the file."""
        tested = False
        while True:
            cluster = self._judge(interview.answers)
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
                    interview.again(self._page(interview.answers))
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
        for label, value in _summary(cluster):
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
        kept = keep_aside(self.path)
        write_whole(self.path, dump(cluster))
        self.draft.unlink(missing_ok=True)
        self.asking.say(T("{path} is written.", path=self.path))
        if kept:
            self.asking.say(T("The file before is kept as {kept}.", kept=kept))
        self.asking.say(T("catherd plan shows all that would change on the hosts."))


def _summary(cluster: Cluster) -> list[tuple[Text, Text]]:
    software = cluster.software
    return [
        (T("Cluster"), cluster.name),
        (
            T("Software"),
            f"Apache httpd {software.httpd.version}, Tomcat {software.tomcat.version}, "
            f"JDK {software.jdk.version}",
        ),
        (T("Balancer"), f"{cluster.balancer.name} ({cluster.balancer.address})"),
        (T("Tomcats"), ", ".join(f"{host.name} ({host.address})" for host in cluster.tomcats)),
        (T("Applications"), ", ".join(each.name for each in cluster.applications) or "-"),
        (T("Members over"), cluster.options.members),
        (T("Membership"), cluster.options.membership),
        (T("Manager for"), ", ".join(cluster.options.manager_allow) or "-"),
    ]
