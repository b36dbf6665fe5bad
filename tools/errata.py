"""Write docs/errata.md from the runbook: ``python -m tools.errata``."""

from __future__ import annotations

from pathlib import Path

from runbook.errata import catalogue
from runbook.text import Text

PAGE = Path(__file__).parents[1] / "docs" / "errata.md"

HEAD = """\
# Errata of the original document

What happens when the document is followed to the letter, and what Catherd does instead.
`catherd errata NAME` explains one of them on the terminal, `catherd lint` finds them in
configuration that exists already. This page is made from the runbook: `make errata`.

| name | step | the document says | what happens | holds for | Catherd |
|---|---|---|---|---|---|
"""


def page() -> str:
    """The whole page."""
    rows = []
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
        )
        rows.append(f"| {' | '.join(cells)} |\n")
    return HEAD + "".join(rows)


def _cell(text: Text) -> str:
    return str(text).replace("|", "\\|").replace("<", "&lt;").replace("\n", " ")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
