"""The practice lab itself, for real: what a host is like, and how a broken lab is mended."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from installer import lab
from installer.lab import state
from installer.lab.podman import LABEL, Podman
from runbook.errors import CatherdError
from runbook.text import Text

pytestmark = pytest.mark.lab

NAME = "lab-test"


def tell(text: Text) -> None:
    print(text)


def on(host: str, script: str, stdin: str = "") -> str:
    done = subprocess.run(
        [*lab.ssh_command(NAME, host), script], input=stdin, capture_output=True, text=True
    )
    return (done.stdout + done.stderr).strip()


def podman(*words: str) -> str:
    return Podman(state.podman_memory()).do(*words)


def states() -> list[str]:
    return [host.state for host in lab.status(NAME).hosts]


@pytest.fixture(scope="module")
def standing() -> Iterator[lab.Lab]:
    """A lab of this module's own, since its tests break it."""
    lab.down(NAME)
    yield lab.up(lab.LabSpec(NAME), tell)
    lab.down(NAME)
    assert not leftovers()


def leftovers() -> list[str]:
    label = f"label={LABEL}={NAME}"
    return [
        *podman("ps", "--all", "--filter", label, "--format", "{{.Names}}").split(),
        *podman("network", "ls", "--filter", label, "--format", "{{.Name}}").split(),
        *podman("images", "--filter", label, "--quiet").split(),
        *([NAME] if state.directory(NAME).exists() else []),
    ]


def test_hosts_boot_and_the_operator_is_not_root(standing: lab.Lab) -> None:
    assert standing.running
    for host in standing.hosts:
        assert (
            on(host.name, "hostname; id -un; cat /proc/1/comm") == f"{host.name}\noperator\nsystemd"
        )
        assert on(host.name, "systemctl is-system-running --wait") == "running"


def test_every_host_finds_every_other_by_name_and_none_at_loopback(standing: lab.Lab) -> None:
    for host in standing.hosts:
        for other in standing.hosts:
            assert on(host.name, f"getent hosts {other.name}").split() == [
                other.address,
                other.name,
            ]
    assert "0% packet loss" in on("tomcat1", "sudo ping -c 1 -W 2 tomcat2")


def test_sudo_asks_for_the_password_on_the_last_host_only(standing: lab.Lab) -> None:
    for host in standing.hosts:
        free = on(host.name, "sudo -n id -un")
        assert ("password is required" in free) if host.asks_password else (free == "root")
    password = standing.sudo_password.read_text()
    assert on(standing.hosts[-1].name, "sudo -k -S -p '' id -un", password) == "root"
    assert "lab-password" not in on(standing.hosts[-1].name, "ls /etc")


def test_a_host_without_internet_installs_a_missing_header_package(standing: lab.Lab) -> None:
    script = (
        "export DEBIAN_FRONTEND=noninteractive;"
        "sudo apt-get -q -y purge libexpat1-dev gcc >/dev/null 2>&1;"
        "ls /usr/include/expat.h /usr/bin/gcc 2>&1 | grep -c 'No such file';"
        "sudo apt-get -q update >/dev/null &&"
        "sudo apt-get -q -y --no-install-recommends install gcc libexpat1-dev libaprutil1-dev"
        " >/dev/null 2>&1;"
        "ls /usr/include/expat.h /usr/bin/gcc"
    )
    assert on("balancer", script) == "2\n/usr/bin/gcc\n/usr/include/expat.h"


def test_multicast_reaches_the_other_hosts(standing: lab.Lab) -> None:
    """Membership of a cluster is multicast by default."""
    assert "eth0" in on("tomcat1", "ip route get 228.0.0.4")


def test_reset_gives_bare_hosts_with_the_same_keys(standing: lab.Lab) -> None:
    on("tomcat1", "touch installed; sudo touch /usr/local/installed")
    before = standing.known_hosts.read_text()
    again = lab.reset(NAME, tell)
    assert again.running
    assert again.known_hosts.read_text() == before
    assert on("tomcat1", "ls; ls /usr/local | grep installed") == ""


def test_a_rebooted_host_keeps_what_is_installed(standing: lab.Lab) -> None:
    on("balancer", "touch installed")
    boot = on("balancer", "stat -c %Y /proc/1")
    lab.reboot(NAME, "balancer")
    assert on("balancer", "ls") == "installed"
    assert on("balancer", "stat -c %Y /proc/1") != boot


def exited_and_half_made(standing: lab.Lab) -> None:
    """One as after a crash; one as when ``up`` was killed before it could start the host."""
    lab.kill(NAME, "tomcat1")
    remove("tomcat2")
    image = podman("inspect", "--format", "{{.ImageName}}", f"{NAME}-balancer").strip()
    labels = [f"--label={LABEL}={NAME}", "--label=io.catherd.host=tomcat2"]
    podman(
        "create", f"--name={NAME}-tomcat2", f"--network={standing.network}", *labels, image, "true"
    )


def silent_and_removed(standing: lab.Lab) -> None:
    podman("exec", f"{NAME}-tomcat1", "systemctl", "stop", "ssh")
    remove("tomcat2")


def killed_from_outside(standing: lab.Lab) -> None:
    """As when every process of the machine is killed: Podman believes that all are up."""
    names = [f"{NAME}-{host.name}" for host in standing.hosts]
    for what in ("{{.State.ConmonPid}}", "{{.State.Pid}}"):
        for pid in podman("inspect", "--format", what, *names).split():
            os.kill(int(pid), signal.SIGKILL)


def without_network(standing: lab.Lab) -> None:
    podman("network", "rm", "--force", standing.network)


def without_namespaces(standing: lab.Lab) -> None:
    """As when the namespace that Podman was called in is gone, or this machine was thawed."""
    names = [f"{NAME}-{host.name}" for host in standing.hosts]
    places = podman("inspect", "--format", "{{.NetworkSettings.SandboxKey}}", *names).split()
    subprocess.run(["umount", "--lazy", *places], check=True)


def without_keys(standing: lab.Lab) -> None:
    standing.key.unlink()


def remove(host: str) -> None:
    podman("rm", "--force", "--time", "0", f"{NAME}-{host}")


@pytest.mark.parametrize(
    ("harm", "survivors"),
    [
        (exited_and_half_made, ["balancer", "tomcat1"]),
        (silent_and_removed, ["balancer", "tomcat1"]),
        (killed_from_outside, ["balancer", "tomcat1", "tomcat2"]),
        (without_namespaces, ["balancer", "tomcat1", "tomcat2"]),
        (without_network, []),
        (without_keys, []),
    ],
)
def test_up_mends_and_keeps_what_can_be_kept(
    standing: lab.Lab, harm: Callable[[lab.Lab], None], survivors: list[str]
) -> None:
    for host in standing.hosts:
        on(host.name, "touch installed")
    harm(lab.load(NAME))
    mended = lab.up(lab.LabSpec(NAME), tell)
    assert mended.running
    assert [host.name for host in mended.hosts if on(host.name, "ls")] == survivors
    assert on("balancer", "systemctl is-system-running --wait") == "running"


def test_reset_mends_as_well(standing: lab.Lab) -> None:
    killed_from_outside(lab.load(NAME))
    assert "running" not in states()
    assert lab.reset(NAME, tell).running


def test_up_leaves_a_lab_alone_that_stands(standing: lab.Lab) -> None:
    on("tomcat2", "touch installed")
    told: list[Text] = []
    assert lab.up(lab.LabSpec(NAME), told.append).running
    assert told == []
    assert on("tomcat2", "ls") == "installed"


def test_a_port_that_still_leads_to_a_dead_container_is_freed(standing: lab.Lab) -> None:
    port = str(standing.host("tomcat1").ssh_port)
    chain = ["iptables", "--wait", "--table", "nat", "--insert", "NETAVARK-HOSTPORT-DNAT"]
    match = ["--protocol", "tcp", "--dport", port, "--match", "comment"]
    to = ["--comment", f"dnat name: x id: {'0' * 64}", "--jump", "DNAT", "--to", "127.0.0.9:9"]
    if os.getuid() != 0 or subprocess.run([*chain, *match, *to]).returncode:
        pytest.skip("Podman forwards ports in another way here")
    assert lab.status(NAME).host("tomcat1").state == "not answering"
    remove("tomcat1")
    assert lab.up(lab.LabSpec(NAME), tell).running


def test_a_taken_port_is_told(standing: lab.Lab) -> None:
    remove("tomcat1")
    port = lab.load(NAME).host("tomcat1").ssh_port
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        with pytest.raises(CatherdError, match=f"Port {port}"):
            lab.up(lab.LabSpec(NAME), tell)
    assert states() == ["running", "missing", "running"]
    assert lab.up(lab.LabSpec(NAME), tell).running


@pytest.mark.parametrize("delay", [0.4, 1.5])
def test_an_interrupted_up_leaves_nothing(standing: lab.Lab, delay: float) -> None:
    lab.down(NAME)
    code = (
        "from installer import lab\n"
        "print('begun', flush=True)\n"
        f"lab.up(lab.LabSpec({NAME!r}), print)\n"
    )
    up = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert up.stdout
    up.stdout.readline()
    time.sleep(delay)
    up.send_signal(signal.SIGTERM)
    assert up.wait(60) != 0
    assert leftovers() == []
