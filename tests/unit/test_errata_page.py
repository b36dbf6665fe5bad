"""docs/errata.md says what the runbook says."""

from __future__ import annotations

from runbook.errata import catalogue
from tools.errata import PAGE, evidence, page


def test_the_page_is_up_to_date() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make errata"


def test_tests_are_evidence_of_errata_that_exist() -> None:
    assert set(evidence()) <= set(catalogue())


def test_each_erratum_is_seen_to_fail_and_to_be_mended() -> None:
    """By a test of each kind; where none follows the document, the erratum says why not."""
    shown = evidence()
    for id, (_, erratum) in catalogue().items():
        assert id in shown, id
        assert bool(shown[id].failure) != bool(erratum.unshown), id
        assert shown[id].cure, id
