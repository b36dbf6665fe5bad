"""Operations in the journal: what was recorded today is what any later run carries out."""

from __future__ import annotations

import dataclasses
import json
import typing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.remote.operations import Operation, SetService, WriteFile, from_json, to_json

KINDS = typing.get_args(Operation)
NUMBERS = st.floats(allow_nan=False)
"""NaN equals nothing, not even itself."""
OPERATIONS = st.one_of(
    [
        st.builds(
            kind,
            **{
                field.name: NUMBERS
                if field.type == "float"
                else st.from_type(typing.get_type_hints(kind)[field.name])
                for field in dataclasses.fields(kind)
            },
        )
        for kind in KINDS
    ]
)


@given(OPERATIONS)
def test_an_operation_comes_back_as_it_was(operation: Operation) -> None:
    text = json.dumps(to_json(operation))
    back = from_json(json.loads(text))
    assert back == operation
    assert type(back) is type(operation)
    for field in dataclasses.fields(operation):
        was, now = getattr(operation, field.name), getattr(back, field.name)
        assert type(was) is type(now), field.name


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_is_known_by_its_name(kind: type) -> None:
    required = {
        field.name: b"x" if field.type == "bytes" else "x"
        for field in dataclasses.fields(kind)
        if field.default is dataclasses.MISSING
    }
    operation = kind(**required)
    record = to_json(operation)
    assert record["kind"] == kind.__name__
    assert from_json({"kind": kind.__name__, **record}) == operation


def test_a_field_that_is_new_since_gets_its_default() -> None:
    """A journal outlives the Catherd that wrote it."""
    record = to_json(SetService("tomcat", action="stop"))
    del record["reads"], record["timeout"]
    assert from_json(record) == SetService("tomcat", action="stop")


def test_bytes_are_no_text() -> None:
    operation = WriteFile("/it", bytes(range(256)))
    record = json.loads(json.dumps(to_json(operation)))
    assert set(record["content"]) == {"base64"}
    assert from_json(record) == operation
