"""Reads ``cluster.toml``: all its faults in one go, each with its line and what would be right."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from runbook.cluster import Cluster
from runbook.errors import BadInput, CatherdError, Faults
from runbook.fields.wrong import Conflicts, KeyPath, Wrong, short, shown_path
from runbook.text import T, Text
from runbook.toml_lines import line_of, lines_of
from runbook.validation import validated
from runbook.writing import written

LARGEST = 256 * 1024
"""Bytes: a thousand hosts with all comments; a file that is larger is something else."""
LONGEST = 2_000
"""Characters of a line."""
DEEPEST = 8
"""Tables and lists within each other; the answers need five."""

SYNTAX: tuple[tuple[str, Text, Text], ...] = (
    (
        r"^Cannot |Duplicate|other than list|no nest",
        T("A key or a table stands here for the second time"),
        T("Keep one of the two; each further host begins with [[hosts]], in two brackets"),
    ),
    (
        r"Expected '='",
        T("An = is missing here"),
        T('Write name = "value"'),
    ),
    (
        r"Expected '\]",
        T("The header of a table is not closed here"),
        T("Headers look like [cluster] or [[hosts]]"),
    ),
    (
        r"Unclosed",
        T("A bracket that was opened is not closed here"),
        T('Lists look like manager_allow = ["127.0.0.1", "::1"]'),
    ),
    (
        r"Invalid value|Invalid date|Invalid hex|Unterminated|Illegal|newline|scape|Found",
        T("This value cannot be read"),
        T('Text stands in quotes, such as version = "2.4.68"; write \\\\ for one \\ in it'),
    ),
)


def load(path: Path) -> Cluster:
    """Read the answers from a file; raises ``BadInput`` or ``Faults``."""
    return parse(read_text(path), str(path))


def parse(text: str, name: str = "cluster.toml") -> Cluster:
    """The answers in ``text``; ``name`` is what the faults call the file."""
    data = read_toml(text, name)
    try:
        return validated(data)
    except Conflicts as conflicts:
        raise _placed(conflicts.found, data, text, name) from None


def dump(cluster: Cluster, comments: bool = True) -> str:
    """The text of a cluster.toml that ``parse`` reads back as ``cluster``."""
    return written(cluster.model_dump(exclude_unset=True), comments=comments)


def read_text(path: Path) -> str:
    """The text of a file that a person wrote; raises ``BadInput``, whatever it is."""
    remedy = T("catherd init writes one")
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise BadInput(T("{path} is too large for a cluster.toml", path=path), remedy=remedy)
        return raw.decode("utf-8-sig")
    except FileNotFoundError:
        raise BadInput(
            T("There is no {path}", path=path),
            remedy=T("catherd init asks the questions and writes it"),
        ) from None
    except IsADirectoryError:
        raise BadInput(
            T("{path} is a directory", path=path),
            remedy=T("Name the file in it, such as {path}", path=path / "cluster.toml"),
        ) from None
    except UnicodeDecodeError as error:
        raise BadInput(
            T("{path} is not UTF-8 text", path=path),
            T("byte {number}", number=error.start + 1),
            T("Save it as UTF-8"),
        ) from None
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise BadInput(
            T("{path} cannot be read: {why}", path=path, why=why), remedy=remedy
        ) from None


def read_toml(text: str, name: str) -> dict[str, Any]:
    """The data of a TOML text; raises ``BadInput`` with line and column of a mistake in it."""
    for number, line in enumerate(text.split("\n"), 1):
        if len(line) > LONGEST:  # tomllib takes minutes for a key of a hundred thousand parts
            raise BadInput(
                T("This line is too long"),
                f"{name}:{number}",
                T("A list may stand on several lines, with one value on each"),
            )
    try:
        data = tomllib.loads(text)
        if _deeper(data, DEEPEST):
            raise RecursionError
        return data
    except ValueError as error:
        said, place = str(error), re.search(r"\(at line (\d+), column (\d+)\)$", str(error))
    except RecursionError:
        raise BadInput(
            T("Tables lie within tables here, more than a cluster.toml has"),
            name,
            T("catherd init --template prints a whole file to start from"),
        ) from None
    last = text.count("\n") + 1
    where = ":".join(place.groups()) if place else last if "end of document" in said else ""
    what, remedy = next(
        ((what, remedy) for pattern, what, remedy in SYNTAX if re.search(pattern, said)),
        (T("This is not TOML"), T('Lines look like name = "value", headers like [cluster]')),
    )
    raise BadInput(what, f"{name}:{where}" if where else name, remedy)


def _deeper(value: object, levels: int) -> bool:
    """Whether there are more than so many tables and lists within each other."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return levels < 0 or any(_deeper(each, levels - 1) for each in inner)


def _placed(found: tuple[Wrong, ...], data: Mapping[str, Any], text: str, name: str) -> Faults:
    lines = lines_of(text)
    placed = [(line_of(lines, wrong.at) or 0, wrong) for wrong in found]
    placed.sort(key=lambda each: each[0] or len(text))
    return Faults([_fault(wrong, line, data, name) for line, wrong in placed])


def _fault(wrong: Wrong, line: int, data: Mapping[str, Any], name: str) -> CatherdError:
    place = f"{name}:{line}" if line else name
    entry = _entry(data, wrong.at)
    key = shown_path(wrong.at) + (f" ({entry})" if entry else "")
    return BadInput(wrong.what, f"{place}  {key}", wrong.remedy)


def _entry(data: Mapping[str, Any], at: KeyPath) -> str:
    """The name of the host or application that the place belongs to."""
    try:
        name = data[str(at[0])][at[1]]["name"]
    except (LookupError, TypeError):
        return ""
    return short(name) if isinstance(name, str) else ""
