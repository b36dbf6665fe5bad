"""Text from elsewhere, made safe to show: no character in it can steer a terminal or hide another.

What a host prints, what an archive calls its members and what stands in a file may hold escape
sequences, or marks that turn the direction of writing. Everything that people are shown passes
here; what a person is asked to type may hold none of it in the first place.
"""

from __future__ import annotations

import unicodedata

INSTEAD = "\N{REPLACEMENT CHARACTER}"
_KEPT = "\n\t\N{ZERO WIDTH JOINER}\N{ZERO WIDTH NON-JOINER}"
_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Controls (C0, C1, DEL), formats (bidi marks), half characters, line and paragraph separators."""


class _Table(dict[int, str]):
    """For ``str.translate``: judges each character once."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        harmful = char not in _KEPT and unicodedata.category(char) in _HARMFUL
        self[code] = INSTEAD if harmful else char
        return self[code]


_TABLE = _Table()


def harmless(text: str) -> str:
    """``text`` with a replacement for each character that does not just stand for itself."""
    return text if text.isprintable() else text.translate(_TABLE)


def is_harmless(text: str) -> bool:
    """Whether ``text`` is one line that shows as what it is."""
    return text.isprintable() or (not set("\n\t") & set(text) and harmless(text) == text)


def cut(text: str, longest: int = 500) -> str:
    """``text`` without the rest of lines that nobody reads to their end."""
    return "\n".join(
        line if len(line) <= longest else f"{line[:longest]}…" for line in text.split("\n")
    )
