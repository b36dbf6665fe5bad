"""Tomcat started by rc.local, as the document has it: corrected, and taken back without a trace."""

from __future__ import annotations

import json

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from tests.lab.commands import await_verified, catherd, on, say
from tests.lab.test_taken_back import Prints, differences, prints

pytestmark = pytest.mark.lab

STEPS = (
    "preflight",
    "jdk",
    "profile",
    "tomcat",
    "tomcat-boot",
    "server-xml",
    "web-xml",
    "start-tomcat",
)
TOMCATS = (
    *("--host", "tomcat1", "--host", "tomcat2"),
    *(word for step in STEPS for word in ("--only", step)),
)
"""Nothing here needs Apache, whose compile would take longer than all the rest."""
RC_LOCAL = r"""
printf '#!/bin/sh -e\ntouch /run/mine\nexit 0\n' >/etc/rc.local; chmod 700 /etc/rc.local
touch -d 2020-02-02 /etc/rc.local
"""
CONTROL = "/usr/local/sbin/tomcat"
LISTENS = "cat /proc/net/tcp /proc/net/tcp6 | grep -q ':1F90 [0-9A-F:]* 0A '"
UP = f"n=0; until {LISTENS} || [ $n = 300 ]; do n=$((n+1)); sleep 1; done; {CONTROL} status"
OF_A_BOOT = "/var/tmp"
"""Where systemd makes directories anew each time it starts."""
PROCESS = "ps -o user=,args= -p $(cat /var/run/tomcat-rc.local.pid)"


@pytest.fixture(scope="module")
def cluster(lab_hosts: lab.Lab) -> lab.Lab:
    write_answers(lab_hosts, say, options={"tomcat_boot": "rc.local"})
    on(lab_hosts, "tomcat1", RC_LOCAL)
    return lab_hosts


@pytest.fixture(scope="module")
def bare(cluster: lab.Lab) -> Prints:
    return prints(cluster, OF_A_BOOT)


@pytest.mark.erratum("rc-local", "tomcat-as-root")
def test_the_line_starts_tomcat_after_a_reboot(cluster: lab.Lab, bare: Prints) -> None:
    catherd(cluster, "run", "--yes", *TOMCATS)
    text = on(cluster, "tomcat1", "cat /etc/rc.local").splitlines()
    assert text[:2] == ["#!/bin/sh -e", "touch /run/mine"]
    assert f"{CONTROL} start || :" in text
    assert text[-1] == "exit 0"
    assert on(cluster, "tomcat1", "systemctl show -p LoadState tomcat").strip().endswith("found")
    for node in cluster.tomcats:
        lab.reboot(cluster.name, node.name)
    for node in cluster.tomcats:
        assert "is running" in on(cluster, node.name, UP)
        user, program = on(cluster, node.name, PROCESS).split()[:2]
        assert user == "tomcat"
        assert program.startswith("/usr/java/jdk-17")
    on(cluster, "tomcat1", "test -f /run/mine")
    await_verified(cluster, *TOMCATS)


def test_one_that_died_is_found_and_started_again(cluster: lab.Lab) -> None:
    on(cluster, "tomcat2", "kill -9 $(cat /var/run/tomcat-rc.local.pid)")
    seen = json.loads(catherd(cluster, "verify", "--json", *TOMCATS, code=1))
    failed = {
        check["check"] for step in seen["steps"] for check in step["checks"] if not check["ok"]
    }
    assert "tomcat-runs" in failed
    catherd(cluster, "run", "--yes", *TOMCATS)
    assert "is running" in on(cluster, "tomcat2", f"{CONTROL} status")


def test_a_service_takes_its_place_one_node_after_the_other(cluster: lab.Lab) -> None:
    write_answers(cluster, say)
    catherd(cluster, "run", "--yes", *TOMCATS)
    for node in cluster.tomcats:
        state = "systemctl is-enabled tomcat; systemctl is-active tomcat; " + CONTROL + " status; :"
        assert on(cluster, node.name, state).splitlines() == [
            "enabled",
            "active",
            "tomcat is stopped",
        ]
    assert "tomcat" not in on(cluster, "tomcat1", "cat /etc/rc.local")


def test_the_way_back(cluster: lab.Lab, bare: Prints) -> None:
    assert "Taken back" in catherd(cluster, "rollback", "--yes")
    assert differences(bare, prints(cluster, OF_A_BOOT)) == {}
