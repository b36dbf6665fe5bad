"""The JDK, the environment and Tomcat's start at boot to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from installer.depot.depot import Depot
from tests import document
from tests.lab import letter
from tests.lab.commands import say
from tests.lab.letter import TOMCAT, LabHosts, shown
from tests.unit.edits.samples import SERVER_XML

pytestmark = pytest.mark.lab

HOST = "tomcat1"
SHIPPED = SERVER_XML["10.1.55"]
OWN_BLOCK = "(?s)# >>> catherd: .*# <<< catherd: environment\n"
A_LOGIN = "env -i HOME=/root LC_ALL=C.UTF-8 bash -l -c"
HEADER = "#!/bin/sh\n"


@contextmanager
def in_place_of(hosts: LabHosts, path: str, text: str, mode: str = "644") -> Iterator[None]:
    """A file of the host with other content for a while; it may be one that is not there."""
    hosts.do(HOST, f"[ ! -f {path} ] || cp -a {path} {path}.kept")
    hosts.write(HOST, path, text, mode)
    try:
        yield
    finally:
        hosts.do(HOST, f"rm {path}; [ ! -f {path}.kept ] || mv {path}.kept {path}")


@pytest.mark.erratum("java-home", shows="failure")
def test_there_is_no_java_where_java_home_says(installed: LabHosts) -> None:
    """The archive unpacked itself to a directory of its own name, as 6u4 did."""
    profile = installed.do(HOST, "cat /etc/profile")
    assert re.search(OWN_BLOCK, profile)
    with in_place_of(installed, "/etc/profile", re.sub(OWN_BLOCK, document.PROFILE, profile)):
        tried = installed.run(HOST, f"{A_LOGIN} 'java -version'")
    assert tried.code == 127
    assert shown("java-home", tried.said)


@pytest.mark.erratum("java-en-dash", shows="failure")
def test_the_dash_is_the_name_of_a_class(installed: LabHosts) -> None:
    tried = installed.run(HOST, f"{A_LOGIN} '{document.JAVA_VERSION}'")
    assert tried.code == 1
    assert shown("java-en-dash", tried.said)


@pytest.mark.erratum("java-home", "java-en-dash")
def test_after_catherd_a_login_finds_java(installed: LabHosts) -> None:
    assert 'openjdk version "17' in installed.do(HOST, f"{A_LOGIN} 'java -version'")


@pytest.mark.erratum("mv-nests", shows="failure")
def test_a_second_tomcat_lands_inside_the_first(installed: LabHosts) -> None:
    depot = Depot()
    archive = depot.fetch("debian:tomcat10", say=say)
    installed.do(HOST, "tar -xz -C /root", depot.path(archive).read_bytes())
    installed.do(HOST, f"mv /root/{archive.top} {TOMCAT}")
    installed.do(HOST, f"test -f {TOMCAT}/{archive.top}/bin/startup.sh")
    installed.do(HOST, f"rm -r {TOMCAT}/{archive.top}")


@pytest.mark.erratum("rc-local", "tomcat-as-root", shows="failure")
def test_rc_local_starts_no_tomcat_or_one_of_roots(installed: LabHosts) -> None:
    """It reads no /etc/profile; with a java in the PATH, Tomcat runs as root."""
    with letter.tomcat(installed, HOST, SHIPPED.decode(), {}) as beside:
        lines = f"{HEADER}export CATALINA_BASE={beside.base} CATALINA_PID={beside.base}/pid\n"
        with in_place_of(installed, "/etc/rc.local", f"{lines}{document.RC_LOCAL}\n", "755"):
            assert "JAVA_HOME" in booted(installed)
            assert not beside.lives
            installed.do(HOST, "ln -s /usr/java/*/bin/java /usr/bin/java")
            booted(installed)
            installed.do(HOST, "rm /usr/bin/java")
            assert beside.lives
            assert beside.on_host("ps -o user= -p $(cat pid)").strip() == "root"
        installed.do(HOST, "systemctl stop rc-local; systemctl daemon-reload")


def booted(hosts: LabHosts) -> str:
    """What rc.local says when it is carried out as at boot."""
    hosts.run(HOST, "systemctl daemon-reload; systemctl restart rc-local")
    return hosts.do(HOST, "journalctl -b -u rc-local")


@pytest.mark.erratum("startup-exit-code", "classes-gone", shows="failure")
def test_startup_says_0_of_a_tomcat_that_dies(installed: LabHosts) -> None:
    text = document.server_xml(SHIPPED)
    with letter.tomcat(installed, HOST, text, {}) as dying:
        started = dying.run("startup.sh")
        assert (started.code, started.said) == (0, "Tomcat started.\n")
        dying.await_end()
        assert shown("classes-gone", dying.log)


@pytest.mark.erratum("configtest-exit-code", shows="failure")
def test_configtest_finds_nothing(installed: LabHosts) -> None:
    """Neither that AJP has no secret, nor that the installed Tomcat has port 8080."""
    lines = '<Connector port="8080"/><Connector protocol="AJP/1.3" port="8009"/>'
    with letter.tomcat(installed, HOST, SHIPPED.decode(), {}) as beside:
        beside.on_host(f"sed -i 's|<Engine name|{lines}&|' conf/server.xml")
        tested = beside.run("configtest.sh")
    assert tested.code == 0
    assert "Address already in use" in tested.said
