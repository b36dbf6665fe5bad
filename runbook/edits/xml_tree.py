"""Where everything stands in an XML file: elements and comments with their byte positions.

lxml knows lines only, so expat finds the places; lxml judges the result (``xml_guard``). Entities
are never expanded and nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from runbook.errors import BadInput
from runbook.text import T

DEEPEST = 200
"""Elements within each other, at most: libxml2 gives up a little further down."""


@dataclass(eq=False)
class Comment:
    """A comment; ``start`` is at ``<!--``, ``end`` after ``-->``."""

    start: int
    end: int
    line: int
    text: str


@dataclass(eq=False)
class Reference:
    """A reference to an entity that was left alone, such as ``&cluster;``."""

    start: int
    line: int
    text: str


@dataclass(eq=False)
class Element:
    """An element from its ``<`` (``start``) to behind its end tag (``end``), with its content."""

    name: str
    attributes: dict[str, str]
    start: int
    inner: int
    """Behind the start tag."""
    line: int
    empty: bool
    """Written ``<x/>``."""
    inner_end: int = 0
    """At the end tag."""
    end: int = 0
    nodes: list[Element | Comment | Reference] = field(default_factory=list)
    text: bool = False
    """Whether something other than whitespace stands between its nodes."""

    @property
    def local(self) -> str:
        """Its name without a prefix."""
        return self.name.rpartition(":")[2]

    @property
    def prefix(self) -> str:
        """``j:`` of ``j:web-app``."""
        return self.name[: -len(self.local)]

    @property
    def children(self) -> list[Element]:
        """The elements directly inside."""
        return [node for node in self.nodes if isinstance(node, Element)]

    @property
    def comments(self) -> list[Comment]:
        """The comments directly inside."""
        return [node for node in self.nodes if isinstance(node, Comment)]

    def walk(self) -> Iterator[Element]:
        """This element and all below it."""
        waiting = [self]
        while waiting:
            element = waiting.pop()
            yield element
            waiting.extend(reversed(element.children))


@dataclass(frozen=True)
class Doctype:
    """The DOCTYPE, as far as it says which DTD holds."""

    public: str | None
    system: str | None
    internal: bool
    """Whether it has declarations of its own."""


@dataclass(frozen=True)
class XmlTree:
    """A well-formed document with its positions."""

    root: Element
    doctype: Doctype | None


class _Scanner:
    def __init__(self, utf8: bytes) -> None:
        self.utf8 = utf8
        self.open: list[Element] = []
        self.root: Element | None = None
        self.doctype: Doctype | None = None
        self.parser = parser = expat.ParserCreate("utf-8")
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CommentHandler = self.comment
        parser.CharacterDataHandler = self.characters
        parser.StartDoctypeDeclHandler = self.start_doctype
        parser.DefaultHandler = self.default

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.open) >= DEEPEST:
            raise not_well_formed("nested too deeply", self.parser.CurrentLineNumber)
        at = self.parser.CurrentByteIndex
        inner = _tag_end(self.utf8, at)
        element = Element(
            name=name,
            attributes=attributes,
            start=at,
            inner=inner,
            line=self.parser.CurrentLineNumber,
            empty=self.utf8[inner - 2 : inner] == b"/>",
        )
        if self.open:
            self.open[-1].nodes.append(element)
        else:
            self.root = element
        self.open.append(element)

    def end(self, name: str) -> None:
        element = self.open.pop()
        if element.empty:
            element.inner_end = element.end = element.inner
        else:
            element.inner_end = self.parser.CurrentByteIndex
            element.end = self.utf8.index(b">", element.inner_end) + 1

    def comment(self, text: str) -> None:
        if self.open:
            at = self.parser.CurrentByteIndex
            end = self.utf8.index(b"-->", at + 4) + 3
            self.open[-1].nodes.append(Comment(at, end, self.parser.CurrentLineNumber, text))

    def characters(self, text: str) -> None:
        if self.open and not text.isspace():
            self.open[-1].text = True

    def start_doctype(
        self, name: str, system: str | None, public: str | None, internal: bool
    ) -> None:
        self.doctype = Doctype(public, system, bool(internal))

    def default(self, data: str) -> None:
        if self.open and data.startswith("&"):
            place = self.parser.CurrentByteIndex
            self.open[-1].nodes.append(Reference(place, self.parser.CurrentLineNumber, data))


def _tag_end(utf8: bytes, start: int) -> int:
    quote = 0
    for at in range(start, len(utf8)):
        byte = utf8[at]
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte == ord(">"):
            return at + 1
    return len(utf8)


def scan(utf8: bytes) -> XmlTree:
    """Read a whole document. Raises BadInput, with the line, where it is not well-formed."""
    scanner = _Scanner(utf8)
    try:
        scanner.parser.Parse(utf8, True)
    except (expat.ExpatError, ValueError) as error:
        raise not_well_formed(str(error), scanner.parser.CurrentLineNumber) from error
    if scanner.root is None:
        raise not_well_formed("no element found", 1)
    return XmlTree(scanner.root, scanner.doctype)


def not_well_formed(reason: str, line: int) -> BadInput:
    """The refusal of a file that Tomcat could not read either."""
    return BadInput(
        T("This is not well-formed XML: {reason}", reason=reason.partition(":")[0]),
        T("line {line}", line=line),
        T("Correct that line; Tomcat cannot read the file as it is."),
    )
