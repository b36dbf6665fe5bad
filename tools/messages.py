"""``make messages``: bring the catalogues up to date with the code, and compile them.

    python -m tools.messages [FRAGMENT.po …]

Writes ``assets/locale/catherd.pot``, and ``catherd.po`` with its ``catherd.mo`` for each language.
Translations are kept, also those that stand in a fragment; sentences that the code no longer has
are dropped. Says which sentences still lack a translation, and exits with 1 when there are any.
What is written depends on nothing but the code and the translations: no dates, no lines.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from runbook.language import LANGUAGES
from tools.click_words import CLICK
from tools.extraction import ROOT, sentences

LOCALE = ROOT / "assets" / "locale"
TEMPLATE = LOCALE / "catherd.pot"
HEADERS = ("Project-Id-Version", "Language", "MIME-Version", "Content-Type")
LAST_HEADERS = ("Content-Transfer-Encoding", "Plural-Forms")

Id = str | tuple[str, ...]
"""A sentence, or one for one thing and one for several."""


class Undated(Catalog):
    """A catalogue whose head says nothing that changes by itself."""

    def _stable(self) -> list[tuple[str, str]]:
        assert Catalog.mime_headers.fget is not None
        heads = Catalog.mime_headers.fget(self)
        return [each for each in heads if each[0] in (*HEADERS, *LAST_HEADERS)]

    mime_headers = property(_stable, Catalog.mime_headers.fset)


def path_of(language: str) -> Path:
    """Where the catalogue of a language lies."""
    return LOCALE / language / "LC_MESSAGES" / "catherd.po"


def template() -> Catalog:
    """All sentences of the code, and Click's."""
    return _catalogue(None, {})


def catalogue_of(language: str, fragments: Iterable[Path] = ()) -> Catalog:
    """All sentences with their translations; English is what stands in the code."""
    known: dict[Id, Id] = {}
    if language != LANGUAGES[0]:
        for file in (path_of(language), *fragments):
            known.update({_plain(each.id): _plain(each.string or "") for each in _entries(file)})
    return _catalogue(language, known)


def _catalogue(language: str | None, known: Mapping[Id, Id]) -> Catalog:
    catalogue = Undated(
        locale=language,
        project="catherd",
        version="",
        header_comment="# Made by “make messages”: translate in catherd.po only.",
        fuzzy=False,
    )
    places = {sentence: [(file, 1) for file in files] for sentence, files in sentences().items()}
    ids: list[Id] = [*places, *(each for each in CLICK if each not in places)]
    for id in ids:
        singular = id if isinstance(id, str) else id[0]
        text = id if language == LANGUAGES[0] else known.get(id, "")
        catalogue.add(id, text, locations=places.get(singular, [("click", 1)]), flags=())
    return catalogue


def missing(catalogue: Catalog) -> list[Message]:
    """The sentences that have no translation yet."""
    return [each for each in catalogue if each.id and not (each.string and all(each.string))]


def as_po(catalogue: Catalog) -> bytes:
    """A catalogue as translators read it."""
    out = io.BytesIO()
    write_po(out, catalogue, width=100, sort_output=True, include_lineno=False)
    return out.getvalue()


def as_mo(catalogue: Catalog) -> bytes:
    """A catalogue as gettext reads it."""
    out = io.BytesIO()
    write_mo(out, catalogue)
    return out.getvalue()


def _entries(file: Path) -> list[Message]:
    if not file.exists():
        return []
    with file.open("rb") as stream:
        return [each for each in read_po(stream) if each.id and each.string]


def _plain(text: str | Sequence[str]) -> Id:
    return text if isinstance(text, str) else tuple(text)


def main(fragments: list[str]) -> int:
    """Write all catalogues; 1 when a sentence has no translation."""
    _write(TEMPLATE, as_po(template()))
    lacking = 0
    for language in LANGUAGES:
        catalogue = catalogue_of(language, map(Path, fragments))
        file = path_of(language)
        _write(file, as_po(catalogue))
        _write(file.with_suffix(".mo"), as_mo(catalogue))
        untranslated = missing(catalogue)
        lacking += len(untranslated)
        print(f"{language}: {len(catalogue)} sentences, {len(untranslated)} without translation")
        for each in untranslated:
            print(f"  {each.locations[0][0]}: {each.id!r}")
    return 1 if lacking else 0


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
