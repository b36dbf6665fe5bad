"""An edit that says its lines too comes to the same by them, to the byte."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from runbook.actions import Edit, Line
from runbook.steps.httpd_conf import httpd_conf
from tests.engine.memory_software import FIXTURES
from tests.engine.three_hosts import ThreeHosts


def by_lines(source: str, lines: Iterable[Line]) -> str:
    """As ``lineinfile`` does it: the last line that matches gives way."""
    found = source.splitlines()
    for line in lines:
        places = [at for at, each in enumerate(found) if re.search(line.replaces, each)]
        behind = [at for at, each in enumerate(found) if re.search(line.after or "(?!)", each)]
        if places:
            found[places[-1]] = line.text
        else:
            found.insert(behind[-1] + 1 if behind else len(found), line.text)
    return "\n".join(found) + "\n"


@pytest.mark.parametrize("file", ["2.4.68.conf", "2.2.conf"])
@pytest.mark.parametrize("options", [{}, {"members": "ajp"}, {"health_checks": False}])
def test_httpd_conf(tmp_path: Path, file: str, options: dict[str, object]) -> None:
    hosts = ThreeHosts(tmp_path, {"options": options})
    (edit,) = httpd_conf.actions(hosts.installation().host("balancer", {}))
    assert isinstance(edit, Edit)
    source = (FIXTURES / "httpd" / file).read_bytes()
    made = by_lines(source.decode(), edit.lines).encode()
    assert edit.change(made) == made, "nothing is left to do"
    if file.startswith("2.4"):
        assert made == edit.change(source)
    assert by_lines(made.decode(), edit.lines).encode() == made
