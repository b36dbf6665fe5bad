"""What happens on hosts is the same in every language; only what people read is another."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from installer.cli import documents
from installer.engine.records import RECORDS
from runbook.language import LANGUAGES
from runbook.text import T, as_written, use_language
from tests.engine.given import RICH
from tests.engine.three_hosts import ThreeHosts

pytestmark = pytest.mark.usefixtures("without_trials")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    use_language(None)


def in_each(place: Path, answers: Mapping[str, Any]) -> Iterator[tuple[str, ThreeHosts]]:
    """The same bare hosts, met by an operator of each language."""
    for language in LANGUAGES:
        use_language(language)
        own = place / language
        own.mkdir()
        yield language, ThreeHosts(own, answers)


@pytest.fixture(autouse=True)
def secrets_are_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.engine.secrecy.token_hex", lambda size: "5e" * size)


@pytest.mark.parametrize("answers", [{}, RICH], ids=["as answered at first", "rich"])
def test_a_plan_is_the_same_in_every_language(tmp_path: Path, answers: dict[str, Any]) -> None:
    plans, digests = {}, {}
    for language, hosts in in_each(tmp_path, answers):
        plan = hosts.plan()
        changes = [change for each in plan.steps for change in each.changes]
        digests[language] = [change.digest for change in changes]
        plans[language] = [change.diff for change in changes]
        assert len(changes) > 20
    assert digests["en"] == digests["zh"]
    assert plans["en"] == plans["zh"]


@pytest.mark.parametrize("answers", [{}, RICH], ids=["as answered at first", "rich"])
def test_hosts_are_left_the_same_in_every_language(tmp_path: Path, answers: dict[str, Any]) -> None:
    files, records = {}, {}
    for language, hosts in in_each(tmp_path, answers):
        ran = hosts.run()
        assert ran.errors() == []
        files[language] = {
            (name, path): state.data
            for name, host in hosts.hosts.items()
            for path, state in host.files.items()
            if not path.startswith("/var/lib/catherd")
        }
        records[language] = [
            summaries(json.loads(state.data or b"")["changes"])
            for host in hosts.hosts.values()
            for path, state in sorted(host.files.items())
            if path.startswith(RECORDS) and path.endswith(".json")
        ]
    assert len(files["en"]) > 50
    assert files["en"] == files["zh"]
    assert len(records["en"]) > 15
    assert records["en"] == records["zh"]


def test_documents_for_programs_have_the_same_keys_and_ids(tmp_path: Path) -> None:
    shapes = {}
    for language, hosts in in_each(tmp_path, {}):
        shapes[language] = shape(documents.plan(hosts.plan()))
    assert shapes["en"] == shapes["zh"]


def test_what_is_kept_on_a_host_is_written_as_in_the_code() -> None:
    use_language("zh")
    message = T("{service}: {before} → {after}", service="httpd", before=T("a"), after=T("skipped"))
    assert "已跳过" in str(message)
    assert as_written(message) == "httpd: a → skipped"
    assert as_written("{as it is}") == as_written(T("{as it is}")) == "{as it is}"


IDS = {"step", "host", "kind", "target", "check", "ok", "needed", "known_after", "reversible"}


def shape(value: Any, key: str = "") -> Any:
    """A document without its texts."""
    if isinstance(value, dict):
        return {name: shape(each, name) for name, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return value if key in IDS or not isinstance(value, str) else bool(value)


def summaries(changes: list[Any]) -> list[str]:
    return [change["summary"] for change in changes]
