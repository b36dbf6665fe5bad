"""``catherd export``, as somebody calls it."""

from __future__ import annotations

import gettext
from pathlib import Path

import pytest

from runbook.errors import BadInput
from runbook.text import use_language
from tests.engine.three_hosts import ThreeHosts
from tests.unit.cli.conftest import Run


@pytest.mark.parametrize(("form", "beginning"), [("markdown", "# Runbook"), ("html", "<!DOCTYPE")])
def test_it_is_written_to_a_file_or_printed(
    hosts: ThreeHosts, tmp_path: Path, catherd_says: Run, form: str, beginning: str
) -> None:
    printed = catherd_says("export", form)
    assert printed.exit_code == 0, printed.output
    assert printed.stdout.startswith(beginning)
    file = tmp_path / "runbook"
    written = catherd_says("export", form, "-o", str(file))
    assert (written.exit_code, written.output) == (0, "")
    assert file.read_text("utf-8") == printed.stdout


def test_no_host_is_asked(hosts: ThreeHosts, catherd_says: Run) -> None:
    before = hosts.states()
    for host in hosts.hosts.values():
        host.survey = host.apply = None  # type: ignore[assignment, method-assign]
    assert catherd_says("export", "markdown").exit_code == 0
    assert {name: state.files for name, state in hosts.states().items()} == {
        name: state.files for name, state in before.items()
    }


def test_a_place_that_cannot_be_written_to_is_told(hosts: ThreeHosts, catherd_says: Run) -> None:
    result = catherd_says("export", "markdown", "-o", "/nowhere/at/all.md")
    assert isinstance(result.exception, BadInput)
    assert "/nowhere/at/all.md" in str(result.exception)


def test_in_chinese(hosts: ThreeHosts, catherd_says: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANGUAGE", "")
    domain = gettext.textdomain()
    try:
        assert catherd_says("export", "markdown", "--lang", "zh").stdout.startswith("# 集群")
    finally:
        gettext.textdomain(domain)
        use_language(None)


def test_help_names_what_can_be_exported(catherd_says: Run) -> None:
    text = catherd_says("export", "--help").output
    assert "markdown" in text
    assert "html" in text
