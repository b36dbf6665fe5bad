"""A rollback leaves every file of a host as it was: on bare hosts, half-way, and on used ones."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from bench.fingerprint import difference, fingerprint
from installer import lab
from installer.lab.cluster import write_answers
from tests.lab import killing
from tests.lab.commands import catherd, on, say

pytestmark = pytest.mark.lab

KEEP = """
set -e
mkdir -p /root/older
for place in /usr/local/apache /usr/local/tomcat /usr/java; do
  [ ! -d $place ] || cp -a $place /root/older/
done
find /root/older -name .catherd -exec rm {} +
"""
"""Copies of what was installed, as somebody who never heard of Catherd would have it."""

PUT = """
set -e
mv /root/older/apache /usr/local/apache
cat >/etc/systemd/system/httpd.service <<'END'
[Service]
ExecStart=/usr/local/apache/bin/httpd -DFOREGROUND -k start
[Install]
WantedBy=multi-user.target
END
echo 'Listen 8081' >>/usr/local/apache/conf/httpd.conf
systemctl -q enable --now httpd
"""
PUT_TOMCAT = """
set -e
mv /root/older/tomcat /usr/local/tomcat
mkdir /opt/java && mv /root/older/java /opt/java/older
useradd -r -M -d /srv/tomcat -s /bin/false tomcat
chown -R tomcat: /usr/local/tomcat
printf '%s\\n' '# ours' 'export JAVA_HOME=/opt/java/none' 'umask 027' >>/etc/profile
chmod 640 /etc/profile; touch -d 2020-02-02 /etc/profile
cat >/etc/systemd/system/tomcat.service <<END
[Service]
User=tomcat
Environment=JAVA_HOME=$(echo /opt/java/older/*)
ExecStart=/usr/local/tomcat/bin/catalina.sh run
SuccessExitStatus=143
[Install]
WantedBy=multi-user.target
END
systemctl -q enable --now tomcat
"""
RUNNING = (
    "/usr/local/apache/logs",
    "/usr/local/tomcat/logs",
    "/usr/local/tomcat/work",
    "/usr/local/tomcat/temp",
)
"""Where an Apache and a Tomcat that run write all the time."""
Prints = dict[str, list[str]]


def prints(hosts: lab.Lab, *extra: str) -> Prints:
    """The fingerprints of all hosts."""
    names = [host.name for host in hosts.hosts]
    with ThreadPoolExecutor() as pool:
        found = pool.map(lambda name: fingerprint(hosts, name, ("/root", *extra)), names)
        return dict(zip(names, found, strict=True))


def differences(before: Prints, after: Prints) -> dict[str, list[str]]:
    found = {name: difference(before[name], after[name]) for name in before}
    return {name: lines for name, lines in found.items() if lines}


@pytest.fixture(scope="module")
def cluster(lab_hosts: lab.Lab) -> lab.Lab:
    """The lab, bare; Apache gets few modules, which takes half the time."""
    write_answers(lab_hosts, say, modules="few")
    return lab_hosts


@pytest.fixture(scope="module")
def bare(cluster: lab.Lab) -> Prints:
    found = prints(cluster)
    assert all(len(lines) > 5000 for lines in found.values())
    return found


def test_half_an_installation_is_taken_back(cluster: lab.Lab, bare: Prints) -> None:
    """The compile that its killed run has left behind ends too."""
    assert killing.run(cluster, killing.change("build"), 4).killed
    assert differences(bare, prints(cluster)) != {}
    assert "Taken back" in catherd(cluster, "rollback", "--yes")
    assert killing.at_work(cluster) == []
    assert differences(bare, prints(cluster)) == {}


def test_an_installation_is_taken_back(cluster: lab.Lab, bare: Prints) -> None:
    catherd(cluster, "run", "--yes")
    for host in cluster.hosts:
        on(cluster, host.name, KEEP)
    assert set(differences(bare, prints(cluster))) == {host.name for host in cluster.hosts}
    assert "Taken back" in catherd(cluster, "rollback", "--yes")
    assert differences(bare, prints(cluster)) == {}
    assert "nothing to take back" in catherd(cluster, "rollback", "--yes")


@pytest.mark.erratum("mv-nests")
def test_older_software_is_back_as_it_was_and_runs(cluster: lab.Lab, bare: Prints) -> None:
    """An Apache, Tomcats and a profile that somebody else has set up are in the way."""
    on(cluster, "balancer", PUT)
    for node in cluster.tomcats:
        on(cluster, node.name, PUT_TOMCAT)
    before = prints(cluster, *RUNNING)
    times = "stat -c '%Y %a' /etc/profile"
    assert "The proof" in catherd(cluster, "run", "--yes")
    assert "8081" not in on(cluster, "balancer", "cat /usr/local/apache/conf/httpd.conf")
    for node in cluster.tomcats:
        tops = "ls -d /usr/local/tomcat/.catherd /usr/local/tomcat/*/bin/startup.sh 2>/dev/null; :"
        assert on(cluster, node.name, tops).split() == ["/usr/local/tomcat/.catherd"], "none nests"
    catherd(cluster, "rollback", "--yes")
    assert differences(before, prints(cluster, *RUNNING)) == {}
    assert on(cluster, "tomcat1", times).split()[1] == "640"
    running = "readlink /proc/$(systemctl show -p MainPID --value httpd)/exe; ss -Hltn sport = 8081"
    assert on(cluster, "balancer", running).startswith("/usr/local/apache/bin/httpd\nLISTEN")
    for node in cluster.tomcats:
        assert on(cluster, node.name, "systemctl is-active tomcat").strip() == "active"
        program = "tr '\\0' ' ' </proc/$(systemctl show -p MainPID --value tomcat)/cmdline"
        assert on(cluster, node.name, program).startswith("/opt/java/older/")


def test_uninstall_leaves_no_trace(cluster: lab.Lab) -> None:
    catherd(cluster, "run", "--yes", "--host", "tomcat1", "--only", "jdk")
    assert on(cluster, "tomcat1", "ls /var/lib/catherd").split() == ["undo"]
    catherd(cluster, "uninstall", "--yes")
    for host in cluster.hosts:
        assert on(cluster, host.name, "ls -d /var/lib/catherd /home/*/.catherd-stage; :") == ""
