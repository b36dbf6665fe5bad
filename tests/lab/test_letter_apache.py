"""Apache's compile and init script to the letter."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from installer.depot.depot import Depot
from tests.document import CONFIGURE, INIT_HEADER, init_script
from tests.lab.commands import say
from tests.lab.letter import APACHE, LabHosts, shown

pytestmark = pytest.mark.lab

HOST = "balancer"
SCRIPT = "/etc/init.d/letter"
"""Not ``httpd``: systemd takes no init script of a service that has a unit."""
SERVICE = "letter.service"
PATIENCE = 4
"""Seconds that systemd gives it to come up; it is 300 where nothing is said."""


@pytest.fixture(scope="module")
def hosts(installed: LabHosts) -> Iterator[LabHosts]:
    """Catherd's httpd leaves its port to the document's."""
    installed.do(HOST, "systemctl stop httpd")
    yield installed
    installed.do(HOST, "systemctl start httpd")


@pytest.fixture(scope="module")
def apachectl(hosts: LabHosts) -> str:
    return hosts.do(HOST, f"cat {APACHE}/bin/apachectl")


@pytest.fixture
def script(hosts: LabHosts) -> Iterator[str]:
    """Where the init script goes; systemd is asked for it at boot."""
    links = "/etc/rc2.d/S85letter /etc/rc3.d/S85letter"
    limit = f"/run/systemd/system/{SERVICE}.d/limit.conf"
    hosts.do(HOST, f"for link in {links}; do ln -s {SCRIPT} $link; done")
    hosts.write(HOST, limit, f"[Service]\nTimeoutStartSec={PATIENCE}\n")
    yield SCRIPT
    hosts.run(HOST, f"systemctl stop letter; {APACHE}/bin/httpd -k stop; rm {links} {limit}")
    hosts.do(HOST, f"rm {SCRIPT}; systemctl daemon-reload; systemctl reset-failed")


def of_unit(hosts: LabHosts, unit: str, *properties: str) -> dict[str, str]:
    """What systemd knows of a service."""
    said = hosts.do(HOST, f"systemctl show {unit} -p {','.join(properties)}")
    return dict(line.split("=", 1) for line in said.splitlines())


@pytest.mark.erratum("enable-modules-so", shows="failure")
def test_configure_stops(hosts: LabHosts) -> None:
    depot = Depot()
    archive = depot.path(depot.fetch("debian:httpd", say=say)).read_bytes()
    source = "/root/letter-source"
    hosts.do(HOST, f"mkdir {source}; tar -xz --strip-components=1 -C {source}", archive)
    configured = hosts.run(HOST, f"cd {source} && nice {CONFIGURE}")
    assert configured.code != 0
    assert shown("enable-modules-so", configured.said)
    hosts.do(HOST, f"rm -r {source}")


@pytest.mark.erratum("apachectl-return-codes", shows="failure")
def test_apachectl_says_0_when_nothing_runs(hosts: LabHosts, script: str, apachectl: str) -> None:
    hosts.write(HOST, script, init_script(apachectl), "755")
    for verb in ("status", "stop"):
        assert hosts.run(HOST, f"{script} {verb}").code == 0


@pytest.mark.erratum("pidfile", "chkconfig-description", shows="failure")
def test_systemd_waits_for_the_wrong_file(hosts: LabHosts, script: str, apachectl: str) -> None:
    """It reads the header as chkconfig does: what stands on the next line is no description."""
    hosts.write(HOST, script, init_script(apachectl), "755")
    hosts.do(HOST, "systemctl daemon-reload")
    unit = of_unit(hosts, SERVICE, "PIDFile", "Description")
    assert unit["PIDFile"] == "/usr/local/apache/log/httpd.pid"
    assert unit["Description"].endswith("It is used to server")
    assert hosts.run(HOST, "systemctl start letter").code != 0
    said = hosts.do(HOST, f"systemctl status {SERVICE}; journalctl -u {SERVICE}; :")
    assert shown("pidfile", said)
    assert of_unit(hosts, SERVICE, "Result")["Result"] == "timeout"


@pytest.mark.erratum("shebang-not-first", shows="failure")
def test_above_the_first_line_the_header_hides_it(
    hosts: LabHosts, script: str, apachectl: str
) -> None:
    hosts.write(HOST, script, INIT_HEADER + apachectl, "755")
    hosts.do(HOST, "systemctl daemon-reload")
    assert hosts.run(HOST, "systemctl start letter").code != 0
    assert shown("shebang-not-first", hosts.do(HOST, f"journalctl UNIT={SERVICE}"))


@pytest.mark.erratum(
    "apachectl-return-codes", "pidfile", "chkconfig-description", "shebang-not-first"
)
def test_catherds_unit_tells_the_truth(hosts: LabHosts) -> None:
    assert hosts.run(HOST, "systemctl is-active httpd").said == "inactive\n"
    assert hosts.run(HOST, "systemctl status httpd").code == 3
    assert hosts.run(HOST, "systemctl start httpd").code == 0
    assert hosts.run(HOST, "systemctl status httpd").code == 0
    unit = of_unit(hosts, "httpd", "PIDFile", "Description")
    assert unit["PIDFile"] == ""
    assert re.search("cluster tomcatcluster$", unit["Description"])
    hosts.do(HOST, "systemctl stop httpd")
