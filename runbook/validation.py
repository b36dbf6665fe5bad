"""Every fault of the answers in one go, in a person's words.

pydantic finds what is wrong with each value; its own wording never gets out. Rules between answers
are applied to what is left, so that one typing mistake does not hide a clash of ports.
"""

from __future__ import annotations

import copy
import difflib
import itertools
from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from runbook.cluster import Cluster
from runbook.conflicts import conflicts
from runbook.fields.wrong import Conflicts, KeyPath, Wrong, short, shown
from runbook.schema import choices_of, field_at, kind_of, known_keys, says_of, tables_with
from runbook.text import T, Text

MOST = 100
"""Faults that are told at most: such a file is not what it is taken for."""
SECRETS = ("passphrase", "password", "passwd", "secret", "sudo")


def validated(data: Mapping[str, Any]) -> Cluster:
    """The cluster that ``data`` describes; raises ``Conflicts`` with all that is wrong with it."""
    try:
        return Cluster.model_validate(data)
    except ValidationError as error:
        raise Conflicts(tuple(_all(error, data))) from None


def fault_of(path: KeyPath, value: object, answers: Mapping[str, Any]) -> Wrong | None:
    """What is wrong with one value, given the answers so far; what they still lack is no fault."""
    field = field_at(path)
    if field is None:
        return _unknown(path)
    kind: Any = Annotated[field.annotation, *field.metadata]
    try:
        TypeAdapter(kind).validate_python(value)
    except ValidationError as error:
        return next(_told(error, path))
    before = {(wrong.at, str(wrong.what)) for wrong in conflicts(answers)}
    return next(
        (
            wrong
            for wrong in conflicts(with_value(answers, path, value))
            if not wrong.lacking and (wrong.at, str(wrong.what)) not in before
        ),
        None,
    )


def with_value(answers: Mapping[str, Any], path: KeyPath, value: object) -> dict[str, Any]:
    """A copy of ``answers`` with ``value`` at ``path``; with None the key is taken out."""
    changed = copy.deepcopy(dict(answers))
    place: Any = changed
    for part in path[:-1]:
        place = place[part] if isinstance(part, int) else place.setdefault(part, {})
    if value is None:
        place.pop(path[-1], None)
    else:
        place[path[-1]] = value
    return changed


def _all(error: ValidationError, data: Mapping[str, Any]) -> Iterator[Wrong]:
    wrongs = list(itertools.islice(_told(error), MOST))
    yield from wrongs
    if len(wrongs) == MOST:
        yield Wrong(T("There are more faults than these"), T("Mend these first"))
    elif not any(isinstance(each["ctx"]["error"], Conflicts) for each in _own(error)):
        yield from conflicts(_without(data, (wrong.at for wrong in wrongs)))


def _own(error: ValidationError) -> list[Any]:
    return [each for each in error.errors(include_url=False) if each["type"] == "value_error"]


def _told(error: ValidationError, path: KeyPath = ()) -> Iterator[Wrong]:
    for each in error.errors(include_url=False):
        at, cause = (*path, *each["loc"]), each.get("ctx", {}).get("error")
        if isinstance(cause, Conflicts):
            yield from cause.found
        elif isinstance(cause, Wrong):
            yield Wrong(cause.what, cause.remedy, at)
        elif each["type"] == "missing":
            yield _missing(at)
        elif each["type"] == "extra_forbidden":
            yield _unknown(at)
        else:
            yield _unfit(at, each["input"])


def _missing(at: KeyPath) -> Wrong:
    key = at[-1]
    says = says_of(at)
    if says is None:
        return Wrong(
            T("{table} is missing", table=header(at)),
            T("Add it; catherd init --template prints a whole file to start from"),
            at,
        )
    return Wrong(
        T("{key} is missing", key=key),
        T("Add a line such as {key} = {example}", key=key, example=says.example),
        at,
    )


def _unknown(at: KeyPath) -> Wrong:
    key, around = str(at[-1]), at[:-1]
    return Wrong(T("{key} is not a key that belongs here", key=short(key)), _meant(key, around), at)


def _meant(key: str, around: KeyPath) -> Text:
    known = known_keys(around)
    if any(word in key.casefold() for word in SECRETS):
        return T("Remove it: passwords are asked for when they are needed, and never stored")
    if around and (elsewhere := tables_with(key)):
        return T("It belongs under {table}", table=" / ".join(map(header, elsewhere)))
    if close := difflib.get_close_matches(key.casefold(), known, 1):
        return T("Did you mean {key}?", key=header((*around, close[0]), close[0]))
    return T("Known here: {keys}", keys=", ".join(known))


def _unfit(at: KeyPath, value: object) -> Wrong:
    """A value of the wrong kind, or none of the choices."""
    key, says = at[-1], says_of(at)
    example = says.example if says else ""
    if (choices := choices_of(at)) and isinstance(value, str):
        return Wrong(
            T("{value} is no choice for {key}", value=shown(value), key=key),
            T("Choose one of {choices}", choices=", ".join(map(shown, choices))),
            at,
        )
    if says is None:
        return Wrong(
            T("Here stands {value}, where a table of settings belongs", value=shown(value)),
            T("Write {header} on a line of its own, and its settings below it", header=header(at)),
            at,
        )
    if isinstance(key, int):
        return Wrong(
            T("{value} must be text in quotes", value=shown(value)),
            T("Write it like this: {example}", example=f"{at[-2]} = {example}"),
            at,
        )
    told: dict[type, Text] = {
        str: T("{key} must be text in quotes, not {value}", key=key, value=shown(value)),
        int: T("{key} must be a whole number, not {value}", key=key, value=shown(value)),
        bool: T("{key} must be true or false, not {value}", key=key, value=shown(value)),
        tuple: T("{key} must be a list in brackets, not {value}", key=key, value=shown(value)),
    }
    return Wrong(
        told[kind_of(at)], T("Write it like this: {example}", example=f"{key} = {example}"), at
    )


def header(at: KeyPath, otherwise: str = "") -> str:
    """How a table's header is written: ``[options]``, ``[[hosts]]``, ``[hosts.ssh]``."""
    names = [str(part) for part in at if isinstance(part, str)]
    if says_of(at) is not None:
        return otherwise or ".".join(names)
    name = ".".join(names)
    return f"[[{name}]]" if name in {"hosts", "hosts.instances", "applications"} else f"[{name}]"


def _without(data: Mapping[str, Any], faulty: Iterable[KeyPath]) -> dict[str, Any]:
    """A copy of ``data`` in which faulty values are None; what was missing stays so."""
    rest: Any = copy.deepcopy(dict(data))
    for path in faulty:
        place, last = rest, path[-1]
        for part in path[:-1]:
            place = place[part]
        if isinstance(last, int) or last in place:
            place[last] = None
    return dict(rest)


def usable(data: Mapping[str, Any]) -> dict[str, Any]:
    """What can be kept of answers with faults in them: each faulty value is left out."""
    try:
        validated(data)
    except Conflicts as conflicts:
        wrongs = [wrong.at for wrong in conflicts.found if not wrong.lacking]
        return dict(_pruned(_without(data, wrongs)))
    return dict(data)


def _pruned(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _pruned(each) for key, each in value.items() if each is not None}
    if isinstance(value, list):
        return [_pruned(each) for each in value if each is not None]
    return value
