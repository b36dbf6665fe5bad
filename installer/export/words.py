"""The words of the exported runbook, the same in Markdown and in HTML."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from installer.export.by_hand import STAGE
from installer.export.model import HERE, Block, Chapter, Part, Runbook
from runbook.check import Check
from runbook.step import Erratum
from runbook.text import T, Text, labelled, listed

CONTENTS = T("Contents")
HOSTS = T("The hosts")
HOST_HEADS = (T("host"), T("role"), T("address"), T("ports"))
BRING = T("Bring archives and secrets")
BRING_WHY = T(
    "Each archive is copied to the hosts that need it, and its checksum compared there. Run what "
    "is meant for this machine in the directory of cluster.toml."
)
ARCHIVE_HEADS = (T("archive"), T("from"), "SHA-256", T("hosts"))
TIDY = T("Tidy up")
TIDY_WHY = T(
    "Archives and copies of the secrets are not needed any more. What the steps have kept for "
    "taking them back stays below /var/lib/catherd."
)
LOOK = T("Look whether it is so")
CHECK_HEADS = (T("check"), T("expected"), T("usual cause"), T("remedy"))
UNDO = T("Take it back")
ERRATA = T("What the original document gets wrong")
MESSAGE = T("message")
NOTHING_CHANGES = T("Nothing is changed here.")
WITH_AN_EDITOR = T("With an editor; this must be in the file then:")
TOPOLOGY = T("Who talks to whom")
VISITORS = T("Visitors")
REPLICATION = T("sessions")
COPY = T("Copy")
COPIED = T("Copied")
COMMANDS = T("Show the commands")


def title(runbook: Runbook) -> Text:
    """What the document is."""
    return T("Runbook of the cluster {name}", name=runbook.cluster.name)


def introduction(runbook: Runbook) -> Iterator[Text]:
    """What whoever follows it has to know."""
    software = runbook.cluster.software
    yield T(
        "From bare hosts to Apache {httpd} in front of {count} nodes of Tomcat {tomcat} that "
        "replicate their sessions. Written by Catherd {version} from cluster.toml; it holds no "
        "secret.",
        httpd=software.httpd.version,
        tomcat=software.tomcat.version,
        count=len(runbook.cluster.nodes),
        version=runbook.version,
    )
    yield T(
        "Follow it from the top. Each block of commands says where it belongs: on hosts it is run "
        "as root by sh, with umask 022, and every command in it must succeed. Blocks under "
        "“{look}” change nothing, blocks under “{undo}” are not for now.",
        look=LOOK,
        undo=UNDO,
    )
    yield T(
        "The hosts need tar, gzip, sed and patch, and curl to look at pages. Where something is in "
        "place already, keep a copy first: this document takes hosts to be bare. Archives and "
        "secrets wait in {stage}.",
        stage=STAGE,
    )


def contents(runbook: Runbook) -> Iterator[tuple[str, Text]]:
    """Anchor and title of each chapter."""
    yield "hosts", HOSTS
    yield "bring", BRING
    for chapter in runbook.chapters:
        yield chapter.step.id, chapter_title(chapter)
    if runbook.tidying:
        yield "tidy", TIDY


def chapter_title(chapter: Chapter) -> Text:
    """Number and title of a step."""
    return T("{number}. {title}", number=chapter.number, title=chapter.step.title)


def part_title(part: Part) -> Text:
    """The hosts that it is about."""
    return T("On {hosts}", hosts=listed(part.hosts))


def where(block: Block) -> Text:
    """Where a block belongs, and what it is there for."""
    here = block.hosts == (HERE,)
    place = T("on this machine") if here else T("on {hosts}", hosts=listed(block.hosts))
    return labelled(place, block.title) if block.title else T("{place}:", place=place)


def host_rows(runbook: Runbook) -> Iterator[Sequence[str]]:
    """A row for the balancer and for each node."""
    front = runbook.cluster.balancer
    yield front.name, front.role, str(front.address), str(front.port)
    for node in runbook.cluster.nodes:
        ajp = (node.ajp_port,) if runbook.cluster.options.members == "ajp" else ()
        ports = (node.http_port, *ajp, node.receiver_port, node.shutdown_port)
        yield node.name, node.on.role, node.address, listed(map(str, ports))


def archive_rows(runbook: Runbook) -> list[Sequence[str]]:
    """A row for each archive."""
    return [(each.name, each.source, each.sha256, listed(each.hosts)) for each in runbook.archives]


def check_row(check: Check) -> tuple[str, ...]:
    """What people read of a check."""
    texts = (check.title, check.expected, check.usual_cause, check.remedy)
    return tuple(str(text) for text in texts)


def check_rows(part: Part) -> list[Sequence[str]]:
    """A row for each check; one that is not for all hosts of the part says for which."""
    rows: list[Sequence[str]] = []
    for asked in part.checks:
        title, *others = check_row(asked.check)
        if asked.hosts != part.hosts:
            title = str(labelled(listed(asked.hosts), title))
        rows.append((title, *others))
    return rows


def erratum_lines(erratum: Erratum) -> Iterator[tuple[Text, Text]]:
    """What it says, what happens, what is done instead."""
    yield T("The document"), erratum.says
    yield T("What happens"), erratum.happens
    if erratum.versions:
        yield T("Holds for"), erratum.versions
    yield "Catherd", erratum.instead
