"""The bytes of an XML file as UTF-8 to work on, and the way back that leaves the rest untouched."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

from runbook.errors import BadInput
from runbook.text import T

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNMARKED = (("<?".encode("utf-16-le"), "utf-16-le"), ("<?".encode("utf-16-be"), "utf-16-be"))
_DECLARATION = re.compile(
    r"""<\?xml\s[^>]*?\bencoding\s*=\s*(?:"([A-Za-z][\w.:-]*)"|'([A-Za-z][\w.:-]*)')""", re.ASCII
)
_ENCODINGS = re.compile(
    r"utf-?(8|16(-?[lb]e)?|32(-?[lb]e)?)|(us-)?ascii|(iso-?8859|latin)-?\d{1,2}"
    r"|(windows-|cp)125\d|gb2312|gbk|gb18030|big5|euc-?(cn|jp|kr)|shift_jis|koi8-?[ru]",
    re.ASCII | re.IGNORECASE,
)
"""Encodings of text files in which ASCII is ASCII; Python's codecs know stranger ones."""


@dataclass(frozen=True)
class XmlSource:
    """A decoded file: what the editors see is UTF-8, without a byte order mark."""

    utf8: bytes
    encoding: str
    mark: bytes

    @property
    def newline(self) -> str:
        """How most of the file's lines end."""
        windows, unix = self.utf8.count(b"\r\n"), self.utf8.count(b"\n")
        if not unix:
            return "\r" if b"\r" in self.utf8 else "\n"
        return "\r\n" if 2 * windows >= unix else "\n"

    def with_utf8(self, utf8: bytes) -> bytes:
        """The file again, with ``utf8`` as its content; what it cannot encode as references."""
        return self.mark + utf8.decode().encode(self.encoding, "xmlcharrefreplace")

    def holds(self, text: str) -> bool:
        """Whether ``text`` can be written in the file's encoding as it is."""
        try:
            text.encode(self.encoding)
        except UnicodeError:
            return False
        return True


def decoded(source: bytes) -> XmlSource:
    """Decode by byte order mark or declaration; UTF-8 where there is neither.

    Raises BadInput where the encoding is unknown or wrong, or where reading and writing it again
    would change a byte.
    """
    mark, encoding = next(
        ((mark, name) for mark, name in _MARKS if source.startswith(mark)), (b"", "")
    )
    body = source[len(mark) :]
    if not encoding:
        encoding = next((name for start, name in _UNMARKED if body.startswith(start)), "")
    declared = _declared(body, encoding)
    if encoding and declared and not _agree(encoding, declared):
        raise BadInput(
            T(
                "The file begins as {real}, but its declaration says {declared}",
                real=encoding.upper(),
                declared=declared,
            ),
            T("line {line}", line=1),
            T("Save the file in the encoding that it declares."),
        )
    encoding = encoding or declared or "utf-8"
    if not _ENCODINGS.fullmatch(encoding):
        raise _unreadable(encoding)
    try:
        text = body.decode(encoding)
        same = text.encode(encoding) == body
        utf8 = text.encode()
    except (LookupError, ValueError) as error:
        raise _unreadable(encoding) from error
    if not same:
        raise _unreadable(encoding)
    return XmlSource(utf8, encoding, mark)


def _declared(body: bytes, encoding: str) -> str:
    start = body[:400].decode(encoding or "latin-1", "replace")
    found = _DECLARATION.match(start)
    return (found[1] or found[2]) if found else ""


def _agree(real: str, declared: str) -> bool:
    family = re.sub(r"[^a-z0-9]", "", declared.lower())
    plain = re.sub(r"[^a-z0-9]", "", real)
    return family in (plain, plain.removesuffix("le").removesuffix("be"))


def _unreadable(encoding: str) -> BadInput:
    return BadInput(
        T("The file cannot be read as {encoding}", encoding=encoding),
        remedy=T("Correct the encoding in its first line, or save it as UTF-8."),
    )
