"""The exported runbook, followed to the letter on bare hosts, makes the cluster it describes."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from itertools import groupby
from pathlib import Path

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from tests.lab.commands import CATHERD, catherd, on, say
from tests.lab.following import Block, blocks, follow

pytestmark = [pytest.mark.lab, pytest.mark.timeout(2400)]

ANSWERS = {"members": "ajp", "encrypt": True}
"""Both secrets are needed: whoever follows the document makes them."""


LEFT_OVERS = """
ls -d /usr/local/apache /usr/local/tomcat /usr/java/jdk* 2>/dev/null
ls /etc/systemd/system/httpd.service /etc/systemd/system/tomcat.service 2>/dev/null
getent passwd tomcat
grep -l catherd /etc/profile
:
"""


@pytest.fixture(scope="module")
def hosts(lab_hosts: lab.Lab) -> lab.Lab:
    write_answers(lab_hosts, say, options=ANSWERS, modules="few")
    return lab_hosts


@pytest.fixture(scope="module")
def exported(hosts: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> list[Block]:
    file = tmp_path_factory.mktemp("export") / "runbook.md"
    catherd(hosts, "export", "markdown", "-o", str(file))
    return list(blocks(file.read_text("utf-8")))


@pytest.fixture(scope="module")
def followed(hosts: lab.Lab, exported: list[Block]) -> list[tuple[Block, str]]:
    """Every command that installs something, literally, in the order of the document."""
    return [(block, follow(hosts, block)) for block in exported if block.kind == "do"]


def test_its_commands_make_the_cluster(
    hosts: lab.Lab,
    followed: list[tuple[Block, str]],
    record_property: Callable[[str, object], None],
) -> None:
    record_property("blocks of the exported runbook run literally", len(followed))
    for _ in range(3):  # a node that has just come back compiles its first page
        told = json.loads(_verify(hosts))
        if told["ok"]:
            break
        time.sleep(5)
    failed = [
        (each["host"], check["check"], check["seen"])
        for each in told["steps"]
        for check in each["checks"]
        if not check["ok"] and not check["advice"]
    ]
    assert failed == []
    assert [(each["step"], each["host"]) for each in told["steps"] if each["changes"]] == []
    catherd(hosts, "plan")


def test_a_session_was_seen_to_survive(followed: list[tuple[Block, str]]) -> None:
    survived = [said for block, said in followed if "grep -qx counter=3" in block.commands]
    assert len(survived) == 1
    assert "node=tomcat2" in survived[0]


def test_what_it_says_to_look_at_can_be_looked_at(
    hosts: lab.Lab, exported: list[Block], followed: list[tuple[Block, str]]
) -> None:
    assert followed
    for block in exported:
        if block.kind == "look":
            follow(hosts, block)


def test_it_leaves_no_secret_where_others_read(
    hosts: lab.Lab, followed: list[tuple[Block, str]]
) -> None:
    secret = on(hosts, "tomcat1", "cat /var/lib/catherd/secrets/ajp").strip()
    assert len(secret) == 48
    assert not any(secret in said for _, said in followed)
    for name in ("balancer", "tomcat1", "tomcat2"):
        found = on(hosts, name, f"grep -rlsF {secret} /etc /home /root /tmp /usr/local /var || :")
        for file in found.split():
            assert on(hosts, name, f"stat -c %A {file}").strip().endswith("---"), file
    assert list(Path(hosts.directory).glob("*.secret")) == []


def test_what_it_says_to_take_back_is_taken_back(
    hosts: lab.Lab, exported: list[Block], followed: list[tuple[Block, str]]
) -> None:
    """Step by step from the last to the first; within a step as the document says it."""
    assert followed
    sections = [list(section) for kind, section in groupby(exported, _kind) if kind == "undo"]
    for section in reversed(sections):
        for block in section:
            follow(hosts, block)
    for name in ("balancer", "tomcat1", "tomcat2"):
        left = on(hosts, name, LEFT_OVERS)
        assert left.split() == []


def _kind(block: Block) -> str:
    return block.kind


def _verify(hosts: lab.Lab) -> str:
    return subprocess.run(
        [CATHERD, "verify", "--json", "--lab", hosts.name],
        stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=200, check=False,
    ).stdout  # fmt: skip
