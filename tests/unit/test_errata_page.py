"""docs/errata.md says what the runbook says."""

from __future__ import annotations

from runbook.errata import catalogue
from tools.errata import PAGE, evidence, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make errata"


def test_tests_are_evidence_of_errata_that_exist() -> None:
    assert evidence()
    assert set(evidence()) <= set(catalogue())
