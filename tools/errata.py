"""Write docs/errata.md from the runbook: ``python -m tools.errata``."""

from __future__ import annotations

import ast
from pathlib import Path

from runbook.errata import catalogue
from runbook.text import Text

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "errata.md"

HEAD = """\
# Errata of the original document

What happens when the document is followed to the letter, and what Catherd does instead.
`catherd errata NAME` explains one of them on the terminal, `catherd lint` finds them in
configuration that exists already. This page is made from the runbook: `make errata`.

The evidence is the test that shows the mistake, or that Catherd's way does without it; those below
tests/lab do so on real software. “Documentation”: no test shows it; it was seen once, or is told by
the documentation or the source of the software.

| name | step | the document says | what happens | holds for | Catherd | evidence |
|---|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = []
    shown = evidence()
    for step, erratum in catalogue().values():
        happens = _cell(erratum.happens)
        if erratum.message:
            happens += f" `{erratum.message}`"
        cells = (
            f"`{erratum.id}`",
            _cell(step.title),
            _cell(erratum.says),
            happens,
            _cell(erratum.versions),
            _cell(erratum.instead),
            "<br>".join(shown.get(erratum.id, ["documentation"])),
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD + "".join(rows)


def evidence() -> dict[str, list[str]]:
    """By id, the tests that are marked with it."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                for id in _marked(node):
                    found.setdefault(id, []).append(f"`{path.relative_to(ROOT)}::{node.name}`")
    return found


def _marked(test: ast.FunctionDef) -> list[str]:
    return [
        argument.value
        for mark in test.decorator_list
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.erratum"
        for argument in mark.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]


def _cell(text: Text) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
