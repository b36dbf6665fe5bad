"""The controller dies, at every single moment: what it leaves, another one takes up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installer.engine.journal import Journal
from installer.engine.records import ALL, RECORDS, records_in
from tests.engine.given import RICH
from tests.engine.kills import Undisturbed, killed_once, killed_twice
from tests.engine.moments import WatchedJournal
from tests.engine.quick import quick_edits_on
from tests.engine.three_hosts import ThreeHosts, proved

pytestmark = pytest.mark.usefixtures("without_trials")

SPREAD = 89
"""Of so many pairs of moments one is tried here."""
PARTS = 8
"""Tests that share the moments, so that several processors can."""

Count = Callable[[str, int], None]


@pytest.fixture
def rich(tmp_path: Path) -> ThreeHosts:
    return ThreeHosts(tmp_path, RICH)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Undisturbed]:
    """Edits are quick in all that is run meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("installer.engine.performing.carry_out_proof", proved)
        for module, name, quick in quick_edits_on():
            patch.setattr(module, name, quick)
        yield Undisturbed.run(tmp_path_factory.mktemp("crash") / "undisturbed")


def test_every_change_is_on_disk_before_it_is_begun(rich: ThreeHosts) -> None:
    journal = WatchedJournal(rich.place / "watched.db", rich.guard)
    reader = Journal(rich.place / "watched.db")
    unrecorded: list[str] = []

    def look(what: str) -> None:
        host = what.partition(":")[0]
        looked_at.append(what)
        going_on = [each for each in reader.changes() if not each.done and each.host == host]
        if len(going_on) != 1 and not _is_preparation(what):
            unrecorded.append(what)

    looked_at: list[str] = []
    for host in rich.hosts.values():
        host.before = look
    assert rich.run(journal).ok
    assert len(looked_at) > 80
    assert unrecorded == []
    assert all(change.done for change in reader.changes())


def _is_preparation(what: str) -> bool:
    return what.partition(": ")[2].startswith("stage") or RECORDS in what


def test_each_change_that_is_made_has_its_undo_recorded(rich: ThreeHosts) -> None:
    """On the host itself, so that it does not get lost with this machine."""
    assert rich.run().ok
    for name, host in rich.hosts.items():
        records = records_in(name, host.answer(ALL))  # type: ignore[arg-type]
        changes = [change for record in records for change in reversed(record.changes)]
        undone = [change.target for change in changes if change.undo]
        made = [each.target for each in rich.journal().changes() if each.host == name]
        assert undone == made


@pytest.mark.parametrize("part", range(PARTS))
def test_a_controller_killed_at_any_moment_is_replaced(
    undisturbed: Undisturbed, tmp_path: Path, record_property: Count, part: int
) -> None:
    """The next one has the same journal, ends as if nothing had been, and can take all back."""
    every = range(1, len(undisturbed.moments))
    assert len(every) > 300
    verdicts = [killed_once(tmp_path, undisturbed, at) for at in every[part::PARTS]]
    assert [fault for each in verdicts for fault in each.faults] == []
    kills = sum(each.kills for each in verdicts)
    assert kills > 300 // PARTS
    record_property("crash points of the installation, all resumed", kills)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_controller_killed_while_it_resumes_is_replaced(
    undisturbed: Undisturbed, tmp_path: Path, record_property: Count, part: int
) -> None:
    """Of all pairs of moments some that are spread evenly; bench/crash_points.py takes all."""
    firsts = list(enumerate(undisturbed.distinct()))[part::PARTS]
    verdicts = [
        killed_twice(tmp_path, undisturbed, first, SPREAD, 7 * number) for number, first in firsts
    ]
    assert [fault for each in verdicts for fault in each.faults] == []
    kills = sum(each.kills for each in verdicts)
    assert kills > len(firsts)
    record_property("double crash points, all resumed", kills)
