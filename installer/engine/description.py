"""What a step describes, and what the operator answered, as digests and plain values to compare.

Both are the same on every host state: a difference means that somebody changed the answers, or
that Catherd itself describes the step in another way now.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import partial
from typing import Any

from runbook.actions import Action, Run
from runbook.check import Check
from runbook.cluster import Cluster

_WORDS = frozenset({"why", "no_undo_because"})
"""Fields that people read; other words make no other step."""

Answers = Mapping[str, Any]
"""Each answer by its path, such as ``hosts.tomcat1.http_port``; no secret is among them."""


@dataclass(frozen=True)
class Changed:
    """An answer that is another one than before; None where there is or was none."""

    path: str
    before: Any
    now: Any


def description_of(
    actions: Iterable[Action], checks: Iterable[Check], secrets: Mapping[str, str]
) -> str:
    """Digest of all that a step describes for one host.

    Secrets stand in it by name. Commands that a step derives from what is missing on a host are
    left out: they say something about the host.
    """
    described = [_plain(each, secrets) for each in actions if not isinstance(each, Run)]
    whole = json.dumps([described, [check.id for check in checks]], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()


def answers_of(cluster: Cluster) -> dict[str, Any]:
    """All answers of a cluster, defaults too."""
    return dict(_leaves("", cluster.model_dump(mode="json")))


def changed_answers(before: Answers, now: Answers) -> tuple[Changed, ...]:
    """What differs, in the order of cluster.toml; what is gone comes last."""
    paths = [*now, *(path for path in before if path not in now)]
    pairs = ((path, before.get(path), now.get(path)) for path in paths)
    return tuple(Changed(path, old, new) for path, old, new in pairs if old != new)


def _leaves(path: str, value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, each in value.items():
            yield from _leaves(f"{path}.{key}" if path else key, each)
    elif isinstance(value, list) and any(isinstance(each, dict) for each in value):
        for each in value:
            yield from _leaves(f"{path}.{each['name']}", each)
    elif value is not None:
        yield path, _without_query(value)


def _without_query(value: Any) -> Any:
    """An address may carry a token behind its question mark."""
    if isinstance(value, str) and value.startswith("https://"):
        return value.partition("?")[0]
    return value


def _plain(value: Any, secrets: Mapping[str, str]) -> Any:
    """A value as JSON can hold it: equal for equal values, in any process."""
    if is_dataclass(value) and not isinstance(value, type):
        named = {each.name: getattr(value, each.name) for each in fields(value)}
        kept = {name: each for name, each in named.items() if name not in _WORDS}
        return [type(value).__name__, _plain(kept, secrets)]
    if isinstance(value, partial):
        return [_plain(value.func, secrets), _plain([value.args, value.keywords], secrets)]
    if isinstance(value, Mapping):
        return {str(key): _plain(each, secrets) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each, secrets) for each in value]
    if isinstance(value, bytes):
        return _plain(value.decode("utf-8", "surrogateescape"), secrets)
    if isinstance(value, str):
        for name, secret in secrets.items():
            value = value.replace(secret, f"the secret {name}")
        return value
    if callable(value):
        return f"{value.__module__}.{value.__qualname__}"
    return value
