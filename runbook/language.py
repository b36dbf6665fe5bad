"""Which language texts are shown in: what was asked for, else what the environment says."""

from __future__ import annotations

import re
from collections.abc import Mapping

LANGUAGES = ("en", "zh")
"""The languages there are; sentences stand in the code in the first of them."""
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")


def known_language(tag: str) -> str | None:
    """The language that a tag such as ``zh_CN.UTF-8`` or ``zh-Hans`` names, or None."""
    primary = re.split(r"[-_.@]", tag.strip().lower(), maxsplit=1)[0]
    return primary if primary in LANGUAGES else None


def language_of(environment: Mapping[str, str]) -> str:
    """The language that an environment asks for, by the rules of gettext.

    LANGUAGE lists languages, the best one first, and is ignored in the locale ``C``.
    """
    locale = next((value for name in VARIABLES if (value := environment.get(name))), "")
    if locale in ("C", "POSIX"):
        return LANGUAGES[0]
    wanted = [*environment.get("LANGUAGE", "").split(":"), locale]
    return next((found for tag in wanted if (found := known_language(tag))), LANGUAGES[0])
