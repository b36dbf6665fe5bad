"""The runbook as Markdown: plain enough to be read as it is, exact enough to be run by a program.

The first line of a block says where its commands belong: ``sh host=tomcat1,tomcat2``, then
``look`` or ``undo`` for those that install nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from installer.export import words
from installer.export.markdown_words import code, fenced, inline, table
from installer.export.model import Block, Chapter, Doing, Part, Runbook
from runbook.step import Erratum
from runbook.text import Text, labelled


def markdown(runbook: Runbook) -> str:
    """The whole document."""
    return "\n".join(_document(runbook)) + "\n"


def _document(runbook: Runbook) -> Iterator[str]:
    yield f"# {inline(words.title(runbook))}\n"
    for paragraph in words.introduction(runbook):
        yield f"{inline(paragraph)}\n"
    yield f"## {words.CONTENTS}\n"
    for anchor, title in words.contents(runbook):
        yield f"- [{inline(title)}](#{anchor})"
    yield from _headed("hosts", words.HOSTS)
    yield from table(words.HOST_HEADS, tuple(words.host_rows(runbook)))
    yield from _headed("bring", words.BRING)
    yield from _archives(runbook)
    yield from _blocks(runbook.bringing)
    for chapter in runbook.chapters:
        yield from _chapter(chapter)
    if runbook.tidying:
        yield from _headed("tidy", words.TIDY)
        yield f"{inline(words.TIDY_WHY)}\n"
        yield from _blocks(runbook.tidying)


def _headed(anchor: str, title: Text, level: int = 2) -> Iterator[str]:
    yield f'\n<a id="{anchor}"></a>\n\n{"#" * level} {inline(title)}\n'


def _archives(runbook: Runbook) -> Iterator[str]:
    yield f"{inline(words.BRING_WHY)}\n"
    yield from table(words.ARCHIVE_HEADS, words.archive_rows(runbook))
    yield ""


def _chapter(chapter: Chapter) -> Iterator[str]:
    yield from _headed(chapter.step.id, words.chapter_title(chapter))
    for paragraph in str(chapter.step.prose).split("\n\n"):
        yield f"{inline(paragraph)}\n"
    for note in chapter.notes:
        yield f"**{inline(note)}**\n"
    for part in chapter.parts:
        yield f"### {inline(words.part_title(part))}\n"
        yield from _part(part)
    if chapter.step.errata:
        yield f"### {words.ERRATA}\n"
        for erratum in chapter.step.errata:
            yield from _erratum(erratum)
        yield ""


def _part(part: Part) -> Iterator[str]:
    for number, doing in enumerate(part.doings, 1):
        yield from _doing(number, doing)
    if not part.doings:
        yield f"{words.NOTHING_CHANGES}\n"
    if part.checks:
        yield f"#### {words.LOOK}\n"
        yield from table(words.CHECK_HEADS, words.check_rows(part))
        yield ""
        yield from _blocks(part.looks)
    if part.undoings:
        yield f"#### {words.UNDO}\n"
        yield from _blocks(part.undoings)


def _doing(number: int, doing: Doing) -> Iterator[str]:
    yield f"{number}. **{inline(doing.summary)}** – {inline(doing.why)}\n"
    for text, why in doing.reasons:
        yield f"   - {code(text.strip())}: {inline(why)}"
    if doing.reasons:
        yield ""
    if doing.lines:
        yield f"{words.WITH_AN_EDITOR}\n"
        yield fenced("\n".join(doing.lines)) + "\n"
    yield from _blocks(doing.blocks)


def _blocks(blocks: Iterable[Block]) -> Iterator[str]:
    for block in blocks:
        kind = "" if block.kind == "do" else f" {block.kind}"
        yield f"{inline(words.where(block))}\n"
        yield fenced(block.commands, f"sh host={','.join(block.hosts)}{kind}") + "\n"


def _erratum(erratum: Erratum) -> Iterator[str]:
    yield f"- {code(erratum.id)}"
    for label, text in words.erratum_lines(erratum):
        yield f"  - {inline(labelled(label, text))}"
    if erratum.message:
        yield f"  - {inline(words.MESSAGE)}: {code(erratum.message)}"
