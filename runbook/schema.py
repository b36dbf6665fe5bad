"""The shape of cluster.toml as the models define it: which keys, of which kind, said how."""

from __future__ import annotations

from typing import Annotated, Any, Literal, get_args, get_origin

from pydantic.fields import FieldInfo

from runbook.cluster import Cluster
from runbook.fields.wrong import KeyPath, Says
from runbook.tables.base import Answers


def field_at(path: KeyPath) -> FieldInfo | None:
    """The field that a key path leads to, or None; a list element's field is its list's."""
    field: FieldInfo | None = None
    model: type[Answers] | None = Cluster
    for part in path:
        if isinstance(part, int):
            continue
        field = model.model_fields.get(part) if model else None
        model = model_in(field)
    return field


def model_in(field: FieldInfo | None) -> type[Answers] | None:
    """The model of a table or of the tables of an array, or None where the field is no table."""
    for each in (_bare(field), *get_args(_bare(field))) if field else ():
        if isinstance(each, type) and issubclass(each, Answers):
            return each
    return None


def says_of(path: KeyPath) -> Says | None:
    """What people are told about the value, or None for a table or an unknown key."""
    field = field_at(path)
    return (
        next((each for each in field.metadata if isinstance(each, Says)), None) if field else None
    )


def kind_of(path: KeyPath) -> type:
    """``str``, ``int``, ``bool`` or ``tuple``: what a value of that key is in Python."""
    field = field_at(path)
    kind = _bare(field) if field else str
    if get_origin(kind) is tuple:
        return str if isinstance(path[-1], int) else tuple
    return kind if kind in {int, bool} else str


def choices_of(path: KeyPath) -> tuple[str, ...]:
    """The values of a choice, or nothing."""
    field = field_at(path)
    return get_args(field.annotation) if field and get_origin(field.annotation) is Literal else ()


def known_keys(table: KeyPath) -> tuple[str, ...]:
    """The keys that a table may have."""
    model = model_in(field_at(table)) if table else Cluster
    return tuple(model.model_fields) if model else ()


def tables_with(key: str) -> tuple[KeyPath, ...]:
    """The tables that have a key of that name."""
    return tuple(_tables_with(key, Cluster, ()))


def _tables_with(key: str, model: type[Answers], path: KeyPath) -> list[KeyPath]:
    found = [path] if path and key in model.model_fields else []
    for name, field in model.model_fields.items():
        if inner := model_in(field):
            found += _tables_with(key, inner, (*path, name))
    return found


def _bare(field: FieldInfo) -> Any:
    """The type without ``Annotated`` and without ``| None``."""
    kind: Any = field.annotation
    while True:
        if get_origin(kind) is Annotated or type(None) in get_args(kind):
            kind = get_args(kind)[0]
        else:
            return kind
