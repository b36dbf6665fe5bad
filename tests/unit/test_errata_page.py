"""docs/errata.md says what the runbook says."""

from __future__ import annotations

from tools.errata import PAGE, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make errata"
