"""Write docs/errata.md from the runbook: ``python -m tools.errata``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from runbook.errata import catalogue
from runbook.lint import FINDS
from runbook.text import Text

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "errata.md"

HEAD = """\
# Errata of the original document

What happens when the document is followed to the letter, and what Catherd does instead.
`catherd errata NAME` explains one of them on the terminal. `catherd lint` finds those that its
column names in configuration that exists already; jars it opens only below directories of this
machine, and `java-home` it finds only on a host (`--host`). This page is made from the runbook:
`make errata`.

The evidence is of two kinds: tests that follow the document and see it fail so, and tests that see
Catherd's way hold. Those below tests/lab do so on real software: httpd built from source, Tomcat
and a JDK on hosts with a real init.

Three of the failures are shown with less than that: `no-subsys-lock` on the practice lab's stand-in
for Red Hat's rc, `jdk-i586` with an installer made up for the test, and `chkconfig-description` by
systemd, which reads the same header.

| name | step | the document says | what happens | holds for | Catherd \
| `catherd lint` | follows the document: fails so | Catherd's way: holds |
|---|---|---|---|---|---|---|---|---|
"""


@dataclass
class Evidence:
    """Tests that are marked with an erratum, by what they show of it."""

    failure: list[str] = field(default_factory=list)
    cure: list[str] = field(default_factory=list)


def page() -> str:
    """The whole page."""
    rows = []
    found = evidence()
    for step, erratum in catalogue().values():
        happens = _cell(erratum.happens)
        if erratum.message:
            happens += f" `{erratum.message}`"
        shown = found.get(erratum.id, Evidence())
        cells = (
            f"`{erratum.id}`",
            _cell(step.title),
            _cell(erratum.says),
            happens,
            _cell(erratum.versions),
            _cell(erratum.instead),
            "finds it" if erratum.id in FINDS else "",
            "<br>".join(shown.failure) or f"not tested: {_cell(erratum.unshown)}",
            "<br>".join(shown.cure),
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD + "".join(rows)


def evidence() -> dict[str, Evidence]:
    """By id of the erratum."""
    found: dict[str, Evidence] = {}
    for path in sorted((ROOT / "tests").rglob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.FunctionDef):
                name = f"`{path.relative_to(ROOT)}::{node.name}`"
                for id, shows in _marked(node):
                    shown = found.setdefault(id, Evidence())
                    (shown.failure if shows == "failure" else shown.cure).append(name)
    return found


def _marked(test: ast.FunctionDef) -> Iterator[tuple[str, str]]:
    for mark in test.decorator_list:
        if isinstance(mark, ast.Call) and ast.unparse(mark.func) == "pytest.mark.erratum":
            named = {each.arg: ast.literal_eval(each.value) for each in mark.keywords}
            for argument in mark.args:
                yield ast.literal_eval(argument), named.get("shows", "cure")


def _cell(text: Text) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
