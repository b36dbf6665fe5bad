"""The questions behind cluster.toml, as data: asked on a plain terminal and by the wizard alike.

``runbook.pages.pages(answers)`` says what to ask, as a function of the answers so far: defaults
follow earlier answers, and questions that do not apply are not there. Front ends ask for the pages
again after each answer. Answers are a plain nested dict in the shape of the file.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

from runbook.fields.wrong import KeyPath, Wrong
from runbook.harmless import is_harmless
from runbook.schema import choices_of, field_at, kind_of, says_of
from runbook.text import T, Text
from runbook.validation import fault_of, with_value

Answered = Mapping[str, Any]
Given = str | bool
"""What a front end hands in: typed text, or yes and no."""
Kind = Literal["text", "integer", "choice", "confirm", "path", "list"]
"""How a question is asked; ``path`` is text that may name a file of this machine."""
Holds = Literal["value", "checksum", "licence", "tomcats", "applications"]
"""What an answer means: the value itself, or a checksum of either kind, whether a licence that
is shown is accepted, how many Tomcats there are, the names of the applications."""

MOST_TOMCATS = 99
_OF_SOURCE = ("sha256", "sha512", "accept_licence")
FOLLOWERS = {"version": ("source", *_OF_SOURCE), "source": _OF_SOURCE}
"""Answers that a new answer to the key makes meaningless."""


@dataclass(frozen=True)
class Question:
    """One question; ``check`` and ``put`` take the answer as it was typed."""

    path: KeyPath
    kind: Kind
    label: Text
    help: Text = ""
    default: Given = ""
    """What Enter alone answers: the answer given before, or a suggestion, or nothing."""
    choices: Mapping[str, Text] = field(default_factory=lambda: MappingProxyType({}))
    optional: bool = False
    holds: Holds = "value"

    def check(self, given: Given, answers: Answered) -> Wrong | None:
        """What is wrong with an answer, or None."""
        try:
            value = self._read(given)
        except Wrong as wrong:
            return wrong
        if value is None:
            return None if self.optional else Wrong(T("This needs an answer"), self.help or None)
        if self.holds == "value":
            return fault_of(self.path, value, self._what_stays(value, answers))
        if self.holds == "applications":
            return _applications_fault(value)
        if self.holds == "tomcats" and int(str(value)) < fewest_hosts(answers):
            return _too_few()
        return None

    def put(self, given: Given, answers: Answered) -> dict[str, Any]:
        """The answers with this one; call it for an answer that ``check`` found right."""
        value = self._read(given)
        if self.holds == "checksum":
            return _with_checksum(answers, self.path[:-1], value)
        if self.holds == "tomcats":
            return with_tomcats(answers, int(str(value)))
        if self.holds == "applications":
            return _with_applications(answers, value or [])
        return with_value(self._what_stays(value, answers), self.path, value)

    def _what_stays(self, value: Any, answers: Answered) -> Answered:
        """The answers without those that a new value makes meaningless."""
        if value != value_at(answers, self.path):
            for key in FOLLOWERS.get(str(self.path[-1]), ()):
                answers = with_value(answers, (*self.path[:-1], key), None)
        return answers

    def _read(self, given: Given) -> Any:
        """The value that the file will hold; None where nothing was typed."""
        if isinstance(given, bool):
            return given
        text = given.strip()
        if not is_harmless(text):
            raise Wrong(
                T("There are characters in it that cannot be shown"),
                T("Type it by hand: what was pasted brought more than can be seen"),
            )
        if self.kind == "list":
            return text.replace(",", " ").split() or None
        if not text:
            return None
        if self.holds == "checksum":
            return _checksum(text)
        return _number(text, self.holds) if self.kind == "integer" else text


@dataclass(frozen=True)
class Page:
    """Questions that belong together; one with a ``gate`` is passed by unless that is a yes."""

    id: str
    title: Text
    questions: tuple[Question, ...]
    help: Text = ""
    gate: Text | None = None
    """A yes-or-no question: whether to go into this page at all."""

    def begun(self, answers: Answered) -> bool:
        """Whether any of its questions has been answered."""
        return any(is_answered(question, answers) for question in self.questions)


def about(path: KeyPath, answers: Answered, suggestion: Given = "", **changes: Any) -> Question:
    """The question for a key of the file, with its words and checks from the model."""
    says, model_field = says_of(path), field_at(path)
    if says is None or model_field is None:
        raise KeyError(path)
    required = model_field.is_required()
    default = _as_given(value_at(answers, path))
    if default is None:
        usual = _as_given(None if required else model_field.default)
        default = suggestion if usual is None else usual
    asked: dict[str, Any] = {
        "kind": _kind(path),
        "label": says.label,
        "help": says.help,
        "default": default,
        "choices": says.choices,
        "optional": not required and model_field.default in (None, ""),
    }
    return Question(path, **(asked | changes))


def value_at(answers: Answered, path: KeyPath) -> Any:
    """The answer that stands at ``path``, or None."""
    place: Any = answers
    try:
        for part in path:
            place = place[part]
    except (LookupError, TypeError):
        return None
    return place


def is_answered(question: Question, answers: Answered) -> bool:
    """Whether the answers hold one to this question."""
    if question.holds == "tomcats":
        return any("name" in host for host in tomcats_of(answers))
    if question.holds == "checksum":
        table = value_at(answers, question.path[:-1]) or {}
        return "sha256" in table or "sha512" in table
    return value_at(answers, question.path) is not None


def tomcats_of(answers: Answered) -> list[Mapping[str, Any]]:
    """The tables of the Tomcats, in the order of the file."""
    return [host for host in answers.get("hosts", ()) if host.get("role") == "tomcat"]


def fewest_hosts(answers: Answered) -> int:
    """How many hosts for Tomcat there must be: two, or one that has several instances."""
    several = any(len(host.get("instances", ())) > 1 for host in tomcats_of(answers)[:1])
    return 1 if several else 2


def with_tomcats(answers: Answered, count: int) -> dict[str, Any]:
    """The answers with one balancer and ``count`` Tomcats; what is not known yet stays open."""
    hosts = [dict(host) for host in answers.get("hosts", ()) if "role" in host]
    if not any(host.get("role") == "balancer" for host in hosts):
        hosts.insert(0, {"role": "balancer"})
    tomcats = [i for i, host in enumerate(hosts) if host.get("role") == "tomcat"]
    gone = set(tomcats[count:])
    hosts = [host for i, host in enumerate(hosts) if i not in gone]
    hosts += [{"role": "tomcat"} for _ in range(count - len(tomcats))]
    return with_value(answers, ("hosts",), hosts)


def _with_checksum(answers: Answered, table: KeyPath, digest: str | None) -> dict[str, Any]:
    key = "sha512" if digest and len(digest) == 128 else "sha256"
    other = "sha256" if key == "sha512" else "sha512"
    return with_value(with_value(answers, (*table, other), None), (*table, key), digest)


def _with_applications(answers: Answered, names: list[str]) -> dict[str, Any]:
    known = {table.get("name"): table for table in answers.get("applications", ())}
    return with_value(
        answers, ("applications",), [known.get(name, {"name": name}) for name in names]
    )


def _applications_fault(names: list[str]) -> Wrong | None:
    tables: dict[str, Any] = {"applications": []}
    for i, name in enumerate(names):
        tables["applications"].append({})
        if fault := fault_of(("applications", i, "name"), name, tables):
            return fault
        tables["applications"][i]["name"] = name
    return None


def _checksum(text: str) -> str:
    """A checksum as publishers show it, alone or followed by the file's name."""
    digest = text.split()[0].lower()
    if set(digest) - set("0123456789abcdef") or len(digest) not in {64, 128}:
        raise Wrong(
            T("This is no SHA-256 or SHA-512 checksum"),
            T(
                "It has 64 or 128 hexadecimal digits; this has {count} characters",
                count=len(digest),
            ),
        )
    return digest


def _number(text: str, holds: Holds) -> int:
    if not text.isascii() or not text.removeprefix("-").isdigit() or len(text) > 9:
        raise Wrong(T("This is not a whole number"), T("Type digits only"))
    number = int(text)
    if holds == "tomcats" and not 1 <= number <= MOST_TOMCATS:
        raise _too_few()
    return number


def _too_few() -> Wrong:
    return Wrong(
        T("A cluster has two Tomcats or more"),
        T(
            "Give a number from 2 to {most}: a session survives the loss of a node only "
            "where another node has a copy",
            most=MOST_TOMCATS,
        ),
    )


def _kind(path: KeyPath) -> Kind:
    if choices_of(path):
        return "choice"
    kinds: dict[type, Kind] = {int: "integer", bool: "confirm", tuple: "list"}
    plain: Kind = "path" if path[-1] in {"source", "config", "key"} else "text"
    return kinds.get(kind_of(path), plain)


def _as_given(value: Any) -> Given | None:
    """A value as a person would type it."""
    if value is None or isinstance(value, bool):
        return value
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
