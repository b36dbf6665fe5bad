from __future__ import annotations

import io
import json
import subprocess
import tarfile
from contextlib import ExitStack
from pathlib import Path

import pytest

from installer.lab import hosts, planning, ports, state
from installer.lab.podman import Podman
from installer.lab.spec import Lab, LabHost, LabSpec
from runbook.errors import BadInput, Locked

HOSTS = (
    LabHost("balancer", "balancer", "192.168.232.4", 22204, 8232, state="running"),
    LabHost("tomcat1", "tomcat", "192.168.232.5", 22205),
    LabHost("tomcat2", "tomcat", "192.168.232.6", 22206, None, True),
)


@pytest.fixture
def lab(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Lab:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    kept = Lab("catherd", "192.168.232.0/24", HOSTS, state.directory("catherd"))
    state.save(kept)
    return kept


def test_a_lab_is_read_as_it_was_written(lab: Lab, tmp_path: Path) -> None:
    read = state.load("catherd")
    assert read is not None
    assert read.directory == tmp_path / "catherd" / "labs" / "catherd"
    assert [host.state for host in read.hosts] == ["unknown"] * 3, "how they are is never kept"
    assert [host.asks_password for host in read.hosts] == [False, False, True]
    assert state.names() == ["catherd"]
    state.forget("catherd")
    assert state.load("catherd") is None
    assert state.names() == []


def test_nobody_else_may_read_the_keys(lab: Lab) -> None:
    assert lab.directory.stat().st_mode & 0o777 == 0o700
    for secret in (lab.key, lab.sudo_password, *(state.host_key(lab, host) for host in HOSTS)):
        assert secret.stat().st_mode & 0o777 == 0o600


def test_keys_and_password_stay_when_a_lab_is_written_again(lab: Lab) -> None:
    kept = (lab.key, lab.sudo_password, *(state.host_key(lab, host) for host in HOSTS))
    before = [file.read_bytes() for file in kept]
    lab.known_hosts.unlink()
    state.save(lab)
    assert [file.read_bytes() for file in kept] == before
    assert lab.known_hosts.exists()


def test_ssh_understands_the_configuration(lab: Lab) -> None:
    asked = ["ssh", "-G", "-F", str(lab.ssh_config), "tomcat1"]
    shown = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()
    for line in (
        "hostname 127.0.0.1",
        "port 22205",
        "user operator",
        f"identityfile {lab.key}",
        f"userknownhostsfile {lab.known_hosts}",
        "stricthostkeychecking true",
    ):
        assert line in shown


def test_ssh_finds_every_hosts_key(lab: Lab) -> None:
    for host in HOSTS:
        where = ["-f", str(lab.known_hosts), "-F", f"[127.0.0.1]:{host.ssh_port}"]
        found = subprocess.run(["ssh-keygen", *where], check=True, capture_output=True, text=True)
        public = state.host_key(lab, host).with_suffix(".pub").read_text().split()[1]
        assert public in found.stdout


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"name": "x", "hosts": [{"a": 1}]}'])
def test_a_mangled_file_counts_as_no_lab(lab: Lab, content: str) -> None:
    (lab.directory / "lab.json").write_text(content)
    assert state.load("catherd") is None


@pytest.mark.parametrize("lost", ["id_ed25519", "host_keys/tomcat1"])
def test_a_lab_whose_keys_are_lost_counts_as_none(lab: Lab, lost: str) -> None:
    (lab.directory / lost).unlink()
    assert state.load("catherd") is None


def test_a_file_of_a_newer_catherd_is_no_reason_to_crash(lab: Lab) -> None:
    kept = json.loads((lab.directory / "lab.json").read_text())
    kept["hosts"][0]["colour"] = "red"
    (lab.directory / "lab.json").write_text(json.dumps(kept))
    assert state.load("catherd") is None


def test_two_cannot_work_on_one_lab(lab: Lab) -> None:
    with (
        state.lock("catherd"),
        pytest.raises(Locked, match="at work on the lab catherd"),
        state.lock("catherd"),
    ):
        pass
    with state.lock("catherd"), state.lock("other"):
        pass


def test_a_host_gets_its_key_its_neighbours_and_its_sudo_rule(lab: Lab) -> None:
    def packed(host: LabHost) -> dict[str, tuple[int, str]]:
        with tarfile.open(fileobj=io.BytesIO(hosts.own_files(lab, host))) as tar:
            return {
                member.name: (member.mode, file.read().decode())
                for member in tar
                if (file := tar.extractfile(member))
            }

    free, asking = packed(lab.hosts[0]), packed(lab.hosts[2])
    assert free["etc/hosts"][1].splitlines() == [
        "127.0.0.1\tlocalhost",
        "192.168.232.4\tbalancer",
        "192.168.232.5\ttomcat1",
        "192.168.232.6\ttomcat2",
    ]
    assert free["etc/ssh/ssh_host_ed25519_key"] == (
        0o600,
        state.host_key(lab, lab.hosts[0]).read_text(),
    )
    assert free["etc/sudoers.d/operator"] == (0o440, "operator ALL=(ALL:ALL) NOPASSWD: ALL\n")
    assert "etc/lab-password" not in free
    assert "etc/sudoers.d/operator" not in asking
    assert asking["etc/lab-password"] == (0o600, f"operator:{lab.sudo_password.read_text()}")


@pytest.mark.parametrize(
    "spec", [LabSpec(), LabSpec(tomcats=2), LabSpec(subnet="192.168.232.0/24", http_port=8232)]
)
def test_a_lab_that_stands_is_taken_as_it_is(lab: Lab, spec: LabSpec) -> None:
    found = planning.existing(spec, no_podman(), lambda text: None)
    assert found is not None
    assert len(found.tomcats) == 2


@pytest.mark.parametrize(
    "spec", [LabSpec(tomcats=3), LabSpec(subnet="192.168.9.0/24"), LabSpec(http_port=8080)]
)
def test_a_lab_that_stands_is_not_changed(lab: Lab, spec: LabSpec) -> None:
    with pytest.raises(BadInput, match="stands already") as refused:
        planning.existing(spec, no_podman(), lambda text: None)
    assert "2 Tomcats on 192.168.232.0/24" in str(refused.value.where)


def test_a_second_lab_stands_beside_the_first(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "routed_subnets", dict)
    monkeypatch.setattr(ports, "is_free", lambda port: True)
    podman = no_podman()
    monkeypatch.setattr(podman, "network_subnets", lambda: {"x": ("192.168.233.0/24", None)})
    second = planning.new(LabSpec("second", 3), podman, ExitStack())
    assert second.subnet == "192.168.234.0/24"
    assert [host.ssh_port for host in second.hosts] == [22207, 22208, 22209, 22210]
    assert second.balancer.http_port == 8233
    assert [host.name for host in second.hosts if host.asks_password] == ["tomcat3"]


def no_podman() -> Podman:
    return Podman(state.podman_memory())


def test_a_lab_with_sysv_init_has_one_host_of_2007(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    monkeypatch.setattr(ports, "is_free", lambda port: True)
    lab = planning._plan(LabSpec("old", init="sysv"), "192.168.232.0/24")
    state.save(lab)
    kept = state.load("old")
    assert kept == lab
    assert [host.legacy for host in kept.hosts] == [False, True, False]
    asked = ["ssh", "-G", "-F", str(lab.ssh_config), "tomcat1"]
    shown = subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()
    assert f"identityfile {lab.legacy_key}" in shown
    assert "macs hmac-sha1" in shown
    with tarfile.open(fileobj=io.BytesIO(hosts.own_files(lab, lab.host("tomcat1")))) as tar:
        legacy = tar.extractfile("etc/ssh/sshd_config.d/legacy.conf")
        assert legacy is not None
        assert b"Ciphers aes128-cbc,3des-cbc\n" in legacy.read()
    assert "legacy.conf" not in str(hosts.own_files(lab, lab.host("tomcat2")))


def test_a_lab_with_another_init_is_not_the_one_that_stands(lab: Lab) -> None:
    podman = Podman(lab.directory / "podman.json")
    with pytest.raises(BadInput) as refused:
        planning.existing(LabSpec(init="sysv"), podman, lambda text: None)
    assert "systemd" in str(refused.value)
