"""Text for people: written once in English, translated at the moment it is shown."""

from __future__ import annotations

import gettext
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType

from runbook.assets import asset

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


def use_language(language: str | None) -> None:
    """Show texts in ``language`` ("en", "zh"); None takes it from LANGUAGE, LC_ALL or LANG."""
    global _language
    _language = language


@cache
def _catalogue(language: str | None) -> gettext.NullTranslations:
    languages = [language] if language else None
    return gettext.translation("catherd", str(asset("locale")), languages, fallback=True)
