"""Other versions than the lab usually has, and other clusters: one copy, a hot standby."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from tests.lab.commands import NAME, catherd, on, say

pytestmark = pytest.mark.lab
OTHER = f"{NAME}-versions"
STANDBY = "tomcat3"


@pytest.fixture(scope="module")
def cluster() -> Iterator[lab.Lab]:
    """A lab of its own with three Tomcats, so that there are two beside one that stands by."""
    lab.down(OTHER)
    yield lab.up(lab.LabSpec(OTHER, tomcats=3), say)
    lab.down(OTHER)


def answers(cluster: lab.Lab, tomcat: str, jdk: str, manager: str) -> None:
    """Software from other Debians; Apache gets few modules, which takes half the time."""
    path = write_answers(cluster, say, tomcat, jdk, {"session_manager": manager}, "few")
    text = path.read_text("utf-8")
    host = f'name = "{STANDBY}"\n'
    assert host in text
    path.write_text(text.replace(host, f"{host}standby = true\n"), "utf-8")


def proof(cluster: lab.Lab) -> dict[str, str]:
    """Carry everything out: what each trial has seen, by its title. All of them succeed."""
    lines = [json.loads(line) for line in catherd(cluster, "run", "--yes", "--json").splitlines()]
    return {
        line["title"]: line["seen"] for line in lines if line["event"] == "tried" and line["ok"]
    }


def versions(cluster: lab.Lab) -> set[str]:
    """What the Tomcats said of themselves and of their Java when they began."""
    script = (
        "sed -n 's/.*\\(Server version number\\|JVM Version\\): *//p'"
        " /usr/local/tomcat/logs/catalina.*.log | tail -n 2"
    )
    return {" ".join(on(cluster, host.name, script).split()) for host in cluster.tomcats}


def test_tomcat_11_keeps_one_copy_of_each_session(cluster: lab.Lab) -> None:
    answers(cluster, "tomcat11/trixie", "jdk17", "backup")
    seen = proof(cluster)
    assert len(seen) == 10
    assert STANDBY not in seen["New sessions are shared out"]
    assert f"→ 200 {STANDBY} #" in seen["The hot standby takes over"]
    (version,) = versions(cluster)
    assert version.startswith("11.0.")
    assert " 17." in version
    assert "BackupManager" in on(cluster, "tomcat1", "cat /usr/local/tomcat/conf/server.xml")


def test_tomcat_9_on_java_11_takes_its_place(cluster: lab.Lab) -> None:
    """The answers are changed and carried out; what was there is moved aside."""
    answers(cluster, "tomcat9/bullseye", "jdk11/bullseye", "delta")
    seen = proof(cluster)
    assert len(seen) == 10
    assert seen["The hot standby takes over"].endswith(f"→ 200 {STANDBY} #2")
    (version,) = versions(cluster)
    assert version.startswith("9.0.")
    assert " 11." in version
    catherd(cluster, "verify")
