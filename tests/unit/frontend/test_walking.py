"""The way through the questions, without anybody who asks them."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest

from installer.frontend.answering import Answering, found_in
from installer.frontend.beginning import begin
from installer.frontend.checksums import computed
from installer.frontend.walking import Walk, key_of
from installer.frontend.where import Where
from runbook.errors import BadInput
from runbook.questions import Answered, Question, value_at
from runbook.validation import validated
from runbook.writing import written
from tests.unit.answers.samples import GOOD, SUM

VERSION = ("software", "httpd", "version")


def question(walk: Walk, page: str, key: str) -> Question:
    filled = walk.filled(page, {})
    return next(each for each in filled.page.questions if each.path[-1] == key)


def test_a_source_that_is_suggested_brings_its_checksum_along() -> None:
    filled = Walk({}).filled("httpd", {})
    assert [each.holds for each in filled.page.questions] == ["value", "value", "checksum"]
    assert list(filled.wrong) == [(("software", "httpd", "sha256"), "checksum")]


def test_another_version_suggests_another_source() -> None:
    walk = Walk(copy.deepcopy(GOOD))
    filled = walk.filled("httpd", {(VERSION, "value"): "2.4.62"})
    source = next(each for each in filled.page.questions if each.path[-1] == "source")
    assert "2.4.62" in str(source.default)
    assert value_at(walk.answers, VERSION) == "2.4.68"


def test_a_page_is_taken_whole() -> None:
    saved: list[Answered] = []
    walk = Walk({}, saved.append)
    walk.take(walk.filled("cluster", {}))
    filled = walk.filled("httpd", {key_of(question(walk, "httpd", "sha256")): SUM})
    assert not filled.wrong
    walk.take(filled)
    assert saved[-1]["software"]["httpd"]["sha256"] == SUM
    found = walk.next()
    assert found is not None
    assert found[0].id == "tomcat"


def test_answers_all_given_leave_nothing_to_ask() -> None:
    walk = Walk(copy.deepcopy(GOOD))
    walk.pass_by()
    assert walk.next() is None
    assert all(walk.finished(page) for page in walk.pages)


@pytest.mark.parametrize(
    ("at", "page"),
    [
        (("hosts", 2, "address"), "host-2"),
        (("hosts", 1, "http_port"), "more-tomcats"),
        (("hosts", 1, "ssh", "port"), "ssh-1"),
        (("software", "tomcat", "sha512"), "tomcat"),
        (("options", "members"), "options"),
        (("options", "multicast_port"), "options"),
    ],
)
def test_a_place_in_the_file_belongs_to_a_page(at: tuple[str | int, ...], page: str) -> None:
    found = Walk(copy.deepcopy(GOOD)).concerned(at)
    assert found is not None
    assert found.id == page


def test_a_checksum_of_a_local_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    local = computed(tmp_path / "a")
    assert local.sums["SHA-256"].startswith("ba7816bf")
    assert local.fault(local.sums["SHA-512"].upper() + "  a") is None
    assert local.fault(SUM) is not None
    assert computed(tmp_path / "none").fault(SUM) is None


def test_a_sitting_begins_at_what_is_wrong(tmp_path: Path) -> None:
    path = tmp_path / "cluster.toml"
    faulty = copy.deepcopy(GOOD)
    faulty["hosts"][2]["address"] = "300.1.1.1"
    path.write_text(written(faulty))
    sitting = begin(Where(path))
    found = sitting.walk.next()
    assert found is not None
    assert found[0].id == "host-2"
    assert ("hosts", 2, "address") in sitting.faults


def test_a_draft_goes_before_the_file(tmp_path: Path) -> None:
    path = tmp_path / "cluster.toml"
    path.write_text(written(copy.deepcopy(GOOD)))
    Answering(path).save({"cluster": {"name": "drafted"}})
    assert begin(Where(path)).walk.answers["cluster"]["name"] == "drafted"
    assert begin(Where(path), "answers").walk.answers["cluster"]["name"] == "tomcatcluster"
    assert "cluster" not in begin(Where(path), "new").walk.answers


def test_the_file_before_is_kept_aside(tmp_path: Path) -> None:
    path = tmp_path / "cluster.toml"
    path.write_text("# before\n")
    answering = Answering(path)
    answering.save(GOOD)
    kept = answering.write(validated(copy.deepcopy(GOOD)))
    assert kept is not None
    assert kept.read_text() == "# before\n"
    assert found_in(path).problem is None
    assert not answering.draft.exists()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be written"):
        Answering(tmp_path / "none" / "cluster.toml")
    with pytest.raises(BadInput, match="is a directory"):
        Answering(tmp_path)
