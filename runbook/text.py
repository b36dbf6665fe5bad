"""Text for people: written once in English, translated at the moment it is shown."""

from __future__ import annotations

import gettext
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from runbook.language import LANGUAGES, language_of

_language: str | None = None


@dataclass(frozen=True)
class Message:
    """A sentence with named places and the values that go there; ``str()`` translates it.

    Building a message costs nothing and needs no language, so steps, checks and errors can
    be defined at import time and still be shown in the language of whoever reads them.
    """

    template: str
    values: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))

    def __str__(self) -> str:
        translated = _catalogue(_language).gettext(self.template) if self.template else ""
        return translated.format(**self.values) if self.values else translated

    def __hash__(self) -> int:
        return hash((self.template, frozenset(self.values)))  # the values may have no hash


Text = str | Message


def T(template: str, /, **values: object) -> Message:  # noqa: N802 - the extraction keyword
    """Mark ``template`` for translation; ``values`` fill its ``{places}``."""
    return Message(template, MappingProxyType(values))


def labelled(label: Text, text: Text) -> Message:
    """A text with the word before it that says what it is."""
    return T("{label}: {text}", label=label, text=text)


def listed(items: Iterable[Text]) -> str:
    """Words one after the other, as the language lists them."""
    return str(T(", ")).join(map(str, items))


def as_written(text: Text) -> str:
    """The sentence as the code has it: what is kept on a host is the same for all who read it."""
    if isinstance(text, str):
        return text
    values = {
        name: as_written(value) if isinstance(value, Message) else value
        for name, value in text.values.items()
    }
    return text.template.format(**values) if values else text.template


def use_language(language: str | None) -> None:
    """Show texts in ``language``, one of LANGUAGES; None takes it from the environment."""
    global _language
    _language = language


def language() -> str:
    """The language in which texts are shown now."""
    return _language or language_of(os.environ)


@cache
def _catalogue(language: str | None) -> gettext.NullTranslations:
    """The sentences of a language; those of the code need no catalogue."""
    chosen = language or language_of(os.environ)
    if chosen == LANGUAGES[0]:
        return gettext.NullTranslations()
    from runbook.assets import asset

    return gettext.translation("catherd", str(asset("locale")), [chosen], fallback=True)
