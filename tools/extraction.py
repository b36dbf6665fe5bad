"""The sentences of the code that people read, found in its syntax trees.

Marked by ``T("…")``; besides, what only its place marks: the docstrings of steps and of commands,
the ``help`` of options, and what stands below the help of the program.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator
from pathlib import Path

from installer.cli.helping import AS_IT_IS
from runbook.step import prose_of

ROOT = Path(__file__).parent.parent
PACKAGES = ("installer", "runbook")
MARKS = {"T", "Message"}
COMMANDS = {"command", "group"}
HELP = {"help", "short_help"}
BELOW = "EXIT_CODES"


class Unmarked(Exception):
    """A text that is put together before it is marked: nobody could translate it."""


def sentences(root: Path = ROOT) -> dict[str, list[str]]:
    """Every sentence with the modules in which it stands, sorted."""
    found: dict[str, set[str]] = {}
    for package in PACKAGES:
        for file in (root / package).rglob("*.py"):
            place = file.relative_to(root).as_posix()
            try:
                for sentence in sentences_of(file.read_text("utf-8")):
                    found.setdefault(sentence, set()).add(place)
            except Unmarked as error:
                raise Unmarked(f"{place}:{error}") from None
    return {sentence: sorted(found[sentence]) for sentence in sorted(found)}


def sentences_of(source: str) -> Iterator[str]:
    """The sentences of one module."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call():
                yield from _marked(node)
            case ast.FunctionDef(decorator_list=decorators):
                told = {_name(each) for each in decorators if isinstance(each, ast.Call)}
                if "step" in told:
                    yield from filter(None, [prose_of(ast.get_docstring(node) or "")])
                elif told & COMMANDS:
                    yield from _paragraphs(ast.get_docstring(node) or "")
            case ast.Assign(targets=[ast.Name(id=name)]) if name == BELOW:
                yield from _paragraphs(_literal(node.value) or "")


def _marked(call: ast.Call) -> Iterator[str]:
    name = _name(call)
    if name in MARKS and call.args:
        sentence = _literal(call.args[0])
        if sentence is None and name == "T":
            raise Unmarked(f"{call.lineno}: {ast.unparse(call)}")
        if sentence:
            yield sentence
    for keyword in call.keywords:
        if keyword.arg in HELP:
            yield from _paragraphs(_literal(keyword.value) or "")


def _paragraphs(text: str) -> Iterator[str]:
    """The parts of a help page that are translated one by one."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        if sentence := paragraph.removeprefix(AS_IT_IS):
            yield sentence


def _name(call: ast.Call) -> str:
    return getattr(call.func, "id", "") or getattr(call.func, "attr", "")


def _literal(node: ast.expr) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None
