"""Hosts of the document's time: SysV init, Red Hat's layout, chkconfig, an sshd of 2007."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from installer.remote.host import FabricTarget
from installer.remote.operations import SetService, WriteFile
from installer.remote.ssh import SshSettings
from runbook.probes import ServiceAt, ServiceState
from runbook.templates import render
from tests import document
from tests.lab import killing
from tests.lab.commands import NAME, await_verified, catherd, on, say
from tests.lab.test_taken_back import Prints, differences, prints

pytestmark = pytest.mark.lab
OLD = f"{NAME}-sysv"
APACHECTL = "/usr/local/apache/bin/apachectl"
IN_MEMORY = ("/run", "/tmp")
"""Elsewhere, that is; on these hosts they lie on the disk, as in 2007."""
SERVICES = (
    ("balancer", "httpd"),
    ("tomcat1", "tomcat"),
    ("tomcat2", "tomcat-a"),
    ("tomcat2", "tomcat-b"),
)
BOOTED = "until [ -f /var/lock/subsys/local ]; do sleep 0.2; done"
"""rc.local comes last; sshd lets people in long before."""


@pytest.fixture(scope="module")
def cluster() -> Iterator[lab.Lab]:
    """A lab of its own; one host has two Tomcats. Apache gets few modules: half the time."""
    lab.down(OLD)
    hosts = lab.up(lab.LabSpec(OLD, init="sysv"), say)
    answers = write_answers(hosts, say)
    text = answers.read_text("utf-8")
    second = 'name = "tomcat2"\nrole = "tomcat"\n'
    assert second in text
    text = text.replace(second, second + 'instances = [{ name = "a" }, { name = "b" }]\n')
    answers.write_text(text.replace("[software.httpd]\n", '[software.httpd]\nmodules = "few"\n'))
    yield hosts
    lab.down(OLD)


@pytest.fixture(scope="module")
def bare(cluster: lab.Lab) -> Prints:
    return prints(cluster, *IN_MEMORY)


def test_the_hosts_are_of_that_time(cluster: lab.Lab, bare: Prints) -> None:
    for host in cluster.hosts:
        assert on(cluster, host.name, "cat /proc/1/comm; readlink /etc/init.d").split() == [
            "init",
            "rc.d/init.d",
        ]
    old = cluster.host("tomcat1")
    plain = ["ssh", "-F", "/dev/null", "-p", str(old.ssh_port), "-o", "BatchMode=yes"]
    done = subprocess.run(
        [*plain, "operator@127.0.0.1", "true"], capture_output=True, text=True, check=False
    )
    assert "no matching" in done.stderr


def test_a_run_that_is_killed_is_taken_up_where_it_was(cluster: lab.Lab, bare: Prints) -> None:
    assert killing.run(cluster, killing.building(cluster), 1).killed
    assert "was interrupted in " in catherd(cluster, "status")
    resumed = killing.run(cluster)
    assert resumed.process.returncode == 0
    assert killing.joined(resumed.told), "the compile had gone on"
    tried = [each for each in resumed.told if each["event"] == "tried"]
    assert tried
    assert all(each["ok"] for each in tried)
    assert "Nothing to do" in catherd(cluster, "run", "--yes")


def test_the_services_are_entered_as_chkconfig_does(cluster: lab.Lab) -> None:
    for name, service in SERVICES:
        listed = on(cluster, name, f"chkconfig --list {service}").split()
        assert listed == [service, "0:off", "1:off", "2:on", "3:on", "4:on", "5:on", "6:off"]
        assert "is running" in on(cluster, name, f"service {service} status")
    assert on(cluster, "balancer", "ls /etc/rc3.d /etc/rc6.d | grep httpd").split() == [
        "S85httpd",
        "K15httpd",
    ]
    assert on(cluster, "tomcat1", "ls /etc/rc3.d /etc/rc6.d | grep tomcat").split() == [
        "S84tomcat",
        "K16tomcat",
    ]
    for name, service in SERVICES[1:]:
        user = f"ps -o user= -p $(cat /var/run/{service}.pid)"
        assert on(cluster, name, user).strip() == "tomcat"


def test_one_of_two_tomcats_is_restarted_and_the_other_goes_on(cluster: lab.Lab) -> None:
    pids = "cat /var/run/tomcat-a.pid /var/run/tomcat-b.pid"
    before = on(cluster, "tomcat2", pids).split()
    on(cluster, "tomcat2", "service tomcat-a restart")
    after = on(cluster, "tomcat2", pids).split()
    assert after[0] != before[0]
    assert after[1] == before[1]
    await_verified(cluster)


@pytest.mark.erratum("no-subsys-lock", "rc-local")
def test_everything_comes_back_after_a_reboot(cluster: lab.Lab) -> None:
    for host in cluster.hosts:
        lab.reboot(OLD, host.name)
        on(cluster, host.name, BOOTED)
    await_verified(cluster)
    for name, service in SERVICES:
        told = on(cluster, name, "cat /var/log/rc")
        assert f"stop {service}\n" in told, "its lock told that it ran, so it was stopped in order"
        assert told.index(f"stop {service}\n") < told.rindex(f"start {service}\n")
    told = on(cluster, "tomcat2", "cat /var/log/rc")
    assert told.rindex("start tomcat-a\n") < told.rindex("start tomcat-b\n")


@pytest.mark.erratum("no-subsys-lock", shows="failure")
def test_the_documents_apache_is_killed_at_shutdown(cluster: lab.Lab) -> None:
    """Its script leaves no lock, so the lab's rc, which does as Red Hat's, does not ask it."""
    script, kept = "/etc/rc.d/init.d/httpd", "/root/httpd.kept"
    header = shlex.quote(document.init_script(on(cluster, "balancer", f"cat {APACHECTL}")))
    on(cluster, "balancer", f"service httpd stop; mv {script} {kept}; echo {header} >{script}")
    as_it_says = (
        f"chkconfig --add httpd; chmod 755 {script}; chkconfig --level 345 httpd on; {script} start"
    )
    on(cluster, "balancer", as_it_says)
    stops = "grep -c 'stop httpd' /var/log/rc"
    before = on(cluster, "balancer", stops)
    lab.reboot(OLD, "balancer")
    on(cluster, "balancer", BOOTED)
    assert on(cluster, "balancer", stops) == before
    on(cluster, "balancer", f"{script} stop; mv {kept} {script}")
    gone = "while pgrep -x httpd; do sleep 0.1; done"
    on(cluster, "balancer", f"{gone}; service httpd start")


def test_a_changed_file_is_read_and_nothing_else_is_due(cluster: lab.Lab) -> None:
    pid = "cat /usr/local/apache/logs/httpd.pid"
    before = on(cluster, "balancer", pid)
    on(cluster, "balancer", "echo '# by hand' >>/usr/local/apache/conf/extra/httpd-modproxy.conf")
    assert "-# by hand" in catherd(cluster, "verify", code=1)
    catherd(cluster, "run", "--yes", "--host", "balancer")
    assert on(cluster, "balancer", pid) == before, "reloaded, not restarted"
    catherd(cluster, "verify")


def test_the_documents_line_in_rc_local_starts_them_as_well(cluster: lab.Lab) -> None:
    answers = cluster.directory / "cluster.toml"
    text = answers.read_text("utf-8")
    assert "[options]\n" in text
    answers.write_text(
        text.replace("[options]\n", '[options]\ntomcat_boot = "rc.local"\n'), "utf-8"
    )
    catherd(cluster, "run", "--yes")
    assert on(cluster, "tomcat1", "chkconfig --list tomcat 2>&1; :").count(":on") == 0
    for name in ("tomcat1", "tomcat2"):
        lab.reboot(OLD, name)
    for name, service in SERVICES[1:]:
        on(cluster, name, f"until /usr/local/sbin/{service} status; do sleep 0.5; done")
        user = f"ps -o user= -p $(cat /var/run/{service}-rc.local.pid)"
        assert on(cluster, name, user).strip() == "tomcat"
    await_verified(cluster)


def test_the_way_back_leaves_every_file_as_it_was(cluster: lab.Lab, bare: Prints) -> None:
    assert "Taken back" in catherd(cluster, "rollback", "--yes")
    assert differences(bare, prints(cluster, *IN_MEMORY)) == {}


def test_without_chkconfig_it_is_done_with_debians_own_tool(cluster: lab.Lab) -> None:
    """update-rc.d orders the links by the script's LSB block."""
    settings = SshSettings("balancer", "x", config=str(cluster.ssh_config), alias="balancer")
    target, httpd = FabricTarget(settings), ServiceAt("httpd")
    script = render("httpd.init.j2", prefix="/usr/local/apache", cluster="c")
    links = "ls /etc/rc[0-6].d | grep -c httpd; :"
    on(cluster, "balancer", "mv /sbin/chkconfig /root/")
    try:
        target.apply(WriteFile("/etc/init.d/httpd", script, 0o755))
        for enabled, count in ((True, "7"), (False, "0")):
            target.apply(SetService("httpd", enabled=enabled))
            state = target.survey([httpd])[httpd]
            assert isinstance(state, ServiceState)
            assert state.enabled is enabled
            assert on(cluster, "balancer", links).strip() == count
    finally:
        target.close()
        on(cluster, "balancer", "mv /root/chkconfig /sbin/; rm /etc/init.d/httpd")
