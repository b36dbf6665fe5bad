"""The exported Ansible project on bare hosts: what it leaves is what Catherd would."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from bench.fingerprint import difference, fingerprint
from installer import lab
from installer.lab.cluster import write_answers
from tests.lab.commands import await_verified, catherd, on, say
from tests.lab.letter import until

pytestmark = pytest.mark.lab
ANSIBLE = Path(sys.executable).with_name("ansible-playbook")
ITS_OWN = ("/home", "/usr/lib/python3*")
"""Where Ansible's modules are brought to, and where Python keeps what it has compiled."""
Recap = dict[str, dict[str, int]]


@pytest.fixture(scope="module")
def cluster(lab_hosts: lab.Lab) -> lab.Lab:
    """The lab, bare; Apache gets few modules, and there are secrets to be made."""
    write_answers(lab_hosts, say, options={"members": "ajp", "encrypt": True}, modules="few")
    return lab_hosts


@pytest.fixture(scope="module")
def project(cluster: lab.Lab, tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("ansible") / "cluster"
    catherd(cluster, "export", "ansible", "-o", str(directory))
    return directory


def play(cluster: lab.Lab, project: Path, *words: str) -> Recap:
    """Run a playbook as a user would; what it says of each host in the end."""
    done = subprocess.run(
        [ANSIBLE, *words, "--become-password-file", cluster.sudo_password],
        cwd=project,
        env={**os.environ, "ANSIBLE_NOCOLOR": "1", "ANSIBLE_FORCE_COLOR": "0"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=2000,
        check=False,
    )
    print(done.stdout)
    assert done.returncode == 0, done.stdout[-4000:]
    _, _, recap = done.stdout.partition("PLAY RECAP")
    lines = re.findall(r"^(\w+) +: (.*)$", recap, re.MULTILINE)
    found = {
        name: {key: int(value) for key, value in re.findall(r"(\w+)=(\d+)", rest)}
        for name, rest in lines
    }
    assert set(found) == {host.name for host in cluster.hosts}
    return found


def changed(recap: Recap) -> int:
    return sum(each["changed"] for each in recap.values())


def test_check_mode_tells_of_changes_on_bare_hosts_and_makes_none(
    cluster: lab.Lab, project: Path
) -> None:
    before = fingerprint(cluster, "tomcat1", ITS_OWN)
    assert changed(play(cluster, project, "site.yml", "--check", "--diff")) > 6
    assert difference(before, fingerprint(cluster, "tomcat1", ITS_OWN)) == []


def unproved(cluster: lab.Lab) -> list[str]:
    """Checks that do not hold: Apache looks for nodes that have just started each second."""
    return [
        check["check"]
        for step in json.loads(catherd(cluster, "plan", "--json", code=2))["steps"]
        for check in step["checks"]
        if not check["ok"] and not check["advice"]
    ]


def test_after_it_nothing_is_left_for_catherd_but_the_proof(
    cluster: lab.Lab, project: Path
) -> None:
    """Bytes, mode and owner of every file, every receipt, account and service: a plan of them."""
    play(cluster, project, "site.yml")
    until(lambda: unproved(cluster) == ["proved"], "all checks hold but the proof", 120)
    planned = json.loads(catherd(cluster, "plan", "--json", code=2))
    due = {step["step"]: step["changes"] for step in planned["steps"] if step["changes"]}
    assert [one["kind"] for one in due.pop("proof")] == ["prove"]
    assert due == {}


def test_a_second_run_changes_nothing_in_check_mode_or_without(
    cluster: lab.Lab, project: Path
) -> None:
    assert changed(play(cluster, project, "site.yml", "--check")) == 0
    assert changed(play(cluster, project, "site.yml")) == 0
    assert changed(play(cluster, project, "verify.yml")) == 0


def test_secrets_are_on_the_hosts_alone(cluster: lab.Lab, project: Path) -> None:
    place = "/var/lib/catherd/secrets"
    secrets = on(cluster, "tomcat1", f"cat {place}/ajp {place}/replication").split()
    assert [len(each) for each in secrets] == [48, 64]
    assert on(cluster, "tomcat2", f"cat {place}/ajp {place}/replication").split() == secrets
    modes = on(cluster, "tomcat1", f"stat -c %a {place} {place}/ajp")
    assert modes.split() == ["700", "600"]
    texts = [path for path in project.rglob("*") if path.is_file() and "files" not in path.parts]
    assert not any(each in path.read_text("utf-8") for path in texts for each in secrets)


def test_a_change_is_undone_and_its_service_hears_of_it(cluster: lab.Lab, project: Path) -> None:
    pid = "systemctl show -p MainPID --value tomcat"
    before = {node.name: on(cluster, node.name, pid) for node in cluster.tomcats}
    edit = """sed -i 's/jvmRoute="tomcat1"/jvmRoute="tomcat9"/' /usr/local/tomcat/conf/server.xml"""
    on(cluster, "tomcat1", edit)
    recap = play(
        cluster,
        project,
        "site.yml",
        "--limit",
        "tomcats,balancers",
        "--tags",
        "server_xml,start_tomcat",
    )
    assert {name: each["changed"] for name, each in recap.items()} == {
        "balancer": 0,
        "tomcat1": 2,
        "tomcat2": 0,
    }
    after = {node.name: on(cluster, node.name, pid) for node in cluster.tomcats}
    assert after["tomcat1"] != before["tomcat1"]
    assert after["tomcat2"] == before["tomcat2"]


def test_the_cluster_is_proved_and_verify_is_green(cluster: lab.Lab, project: Path) -> None:
    catherd(cluster, "prove", "--yes")
    await_verified(cluster)
