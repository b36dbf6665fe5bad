"""docs/cluster.toml.md says what the models say, and its examples are right."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runbook.answers import parse
from runbook.cluster import Cluster
from runbook.fields.wrong import KeyPath
from runbook.schema import choices_of, field_at, known_keys, model_in, says_of
from runbook.writing import written
from tests.unit.answers.samples import GOOD

PAGE = (Path(__file__).parents[3] / "docs" / "cluster.toml.md").read_text()
TABLES: list[KeyPath] = [
    ("cluster",),
    ("software", "httpd"),
    ("software", "tomcat"),
    ("software", "jdk"),
    ("hosts",),
    ("hosts", "ssh"),
    ("hosts", "instances"),
    ("applications",),
    ("options",),
]


def row(path: KeyPath) -> str:
    """A key as the page shows it: name, default, meaning."""
    field, says = field_at(path), says_of(path)
    assert field is not None
    assert says is not None
    if field.is_required():
        default = "needed"
    elif field.default in (None, ""):
        default = ""
    else:
        text = written({"options": {"members": field.default}}, comments=False)
        default = f"`{text.split(' = ')[1].strip()}`"
    choices = "; ".join(str(says.choices[value]) for value in choices_of(path))
    meaning = f"{says.help} {choices}.".replace(" .", "") if choices else str(says.help)
    shown = f"{says.label}. {meaning}".replace("<", "&lt;")
    return f"| `{path[-1]}` | {default} | {shown} |"


@pytest.mark.parametrize(
    "path",
    [
        (*table, key)
        for table in TABLES
        for key in known_keys(table)
        if model_in(field_at((*table, key))) is None
    ],
    ids=str,
)
def test_every_key_stands_there_as_it_is(path: KeyPath) -> None:
    assert row(path) in PAGE


def test_the_examples_can_be_used() -> None:
    whole = next(
        text for text in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "hosts" in text
    )
    assert parse(whole) == Cluster.model_validate(GOOD | {"applications": [{"name": "ROOT"}]})


def test_the_fault_that_is_shown_is_the_one_that_is_told() -> None:
    text = re.search(r"```text\n(.*?)```", PAGE, re.DOTALL)
    assert text
    for line in text[1].strip().splitlines():
        assert not line or "cluster.toml" in line or line in FAULT


FAULT = (
    '"127.0.0.1" leads each host to itself, not to this host',
    "Give the address under which the other hosts reach this one; with a loopback address the "
    "nodes find each other and then replicate nothing",
)
