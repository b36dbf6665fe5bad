"""``catherd report``, as somebody calls it."""

from __future__ import annotations

import json
from pathlib import Path

from runbook.errors import BadInput
from tests.engine.three_hosts import ThreeHosts
from tests.unit.cli.conftest import Run, document


def test_before_anything_was_done_it_says_so(hosts: ThreeHosts, catherd_says: Run) -> None:
    result = catherd_says("report")
    assert isinstance(result.exception, BadInput)


def test_the_newest_run_as_a_page_and_as_json(
    hosts: ThreeHosts, tmp_path: Path, catherd_says: Run
) -> None:
    assert catherd_says("run", "--yes").exit_code == 0
    file = tmp_path / "report.html"
    assert catherd_says("report", "-o", str(file)).exit_code == 0
    assert file.read_text("utf-8").startswith("<!DOCTYPE html>")
    run = document(catherd_says("report", "--json"))["run"]["id"]
    assert document(catherd_says("report", run, "--json"))["run"]["id"] == run
    assert isinstance(catherd_says("report", "another").exception, BadInput)


def test_runs_are_listed(hosts: ThreeHosts, catherd_says: Run) -> None:
    catherd_says("run", "--yes")
    catherd_says("prove", "--yes")
    listed = catherd_says("report", "--list").output
    assert "succeeded" in listed
    runs = json.loads(catherd_says("report", "--list", "--json").stdout)["runs"]
    assert [run["command"] for run in runs] == ["proof", "run"]
    assert all(run["id"] in listed for run in runs)
