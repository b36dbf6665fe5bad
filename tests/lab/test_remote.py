"""The real host behind ``Target``: sudo, systemd, accounts, detached jobs, a reboot."""

from __future__ import annotations

import hashlib
import os
import tarfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from installer import lab
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from installer.remote import locking
from installer.remote.host import FabricTarget
from installer.remote.jobs import ENDED
from installer.remote.operations import (
    AddAccount,
    Extract,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    WriteFile,
)
from installer.remote.ssh import NoCredentials, SshSettings
from installer.remote.target import Job
from runbook.errors import Failed, Locked, NotPermitted
from runbook.probes import AccountAt, FileAt, Http, Output, ServiceAt, ServiceState, Sh

pytestmark = pytest.mark.lab

UNIT = """[Unit]
Description=Something to start and stop
[Service]
ExecStart=/bin/sh -c '. /etc/catherd-test.conf; exec sleep "$LENGTH"'
[Install]
WantedBy=multi-user.target
"""


class Knows(NoCredentials):
    def __init__(self, password: str) -> None:
        self._password = password

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        return None if again else self._password


Open = Callable[[str], FabricTarget]


@pytest.fixture
def open_target(lab_hosts: lab.Lab) -> Iterator[Open]:
    opened: list[FabricTarget] = []

    def opening(host: str) -> FabricTarget:
        settings = SshSettings(host, host, config=str(lab_hosts.ssh_config), alias=host)
        knows = Knows(lab_hosts.sudo_password.read_text().strip())
        opened.append(FabricTarget(settings, knows))
        return opened[-1]

    yield opening
    for target in opened:
        target.close()


@pytest.fixture(params=["tomcat1", "tomcat2"], ids=["sudo", "sudo-with-password"])
def target(request: pytest.FixtureRequest, open_target: Open) -> FabricTarget:
    return open_target(request.param)


def look(target: FabricTarget, probe: ServiceAt) -> ServiceState:
    state = target.survey([probe])[probe]
    assert isinstance(state, ServiceState)
    return state


def test_the_password_is_needed_on_one_host_only(lab_hosts: lab.Lab) -> None:
    for host in lab_hosts.hosts:
        settings = SshSettings(host.name, host.name, config=str(lab_hosts.ssh_config))
        target = FabricTarget(settings, Knows("wrong"))
        try:
            if host.asks_password:
                with pytest.raises(NotPermitted, match="password"):
                    target.connect()
            else:
                target.connect()
        finally:
            target.close()


def test_all_kinds_of_questions_in_one_survey(target: FabricTarget) -> None:
    ssh = ServiceAt("ssh", ("/etc/ssh/sshd_config", "/no/such/file"))
    shadow, root, user = FileAt("/etc/shadow"), AccountAt("root"), Sh("id -un")
    answers = target.survey([ssh, shadow, root, user, Http(1), ServiceAt("none")])
    assert answers[user].text == "root"  # type: ignore[union-attr]
    assert b"root:" in (answers[shadow].data or b"")  # type: ignore[union-attr]
    assert answers[root].home == "/root"  # type: ignore[union-attr]
    assert answers[Http(1)].error == "connection refused"  # type: ignore[union-attr]
    state = answers[ssh]
    assert isinstance(state, ServiceState)
    assert (state.exists, state.enabled, state.running, state.stale) == (True, True, True, False)
    assert state.pid > 1
    assert answers[ServiceAt("none")] == ServiceState(detail="not-found")


@pytest.fixture
def service(target: FabricTarget) -> Iterator[ServiceAt]:
    unit, conf = "/etc/systemd/system/catherd-test.service", "/etc/catherd-test.conf"
    target.apply(WriteFile(unit, UNIT.encode()))
    target.apply(WriteFile(conf, b"LENGTH=1000\n"))
    yield ServiceAt("catherd-test", (conf, unit))
    for operation in (
        SetService("catherd-test", enabled=False, action="stop"),
        Remove(unit),
        Remove(conf),
        Shell("systemctl daemon-reload"),
    ):
        target.apply(operation)
    assert look(target, ServiceAt("catherd-test")) == ServiceState(detail="not-found")


def test_a_service_from_nothing_to_a_restart_that_is_owed(
    target: FabricTarget, service: ServiceAt
) -> None:
    conf = service.reads[0]
    start = SetService(service.name, enabled=True, action="start", reads=service.reads)
    target.apply(start)
    first = look(target, service)
    assert (first.enabled, first.running, first.stale) == (True, True, False)
    target.apply(WriteFile(conf, b"LENGTH=2000\n"))
    assert look(target, service).stale
    target.apply(SetService(service.name, action="restart", reads=service.reads))
    second = look(target, service)
    assert (second.running, second.stale) == (True, False)
    assert second.pid != first.pid

    target.apply(Shell(f"systemctl restart {service.name}"))
    assert not look(target, service).stale, "somebody else restarted it: it has read the file"
    time.sleep(3)
    target.apply(WriteFile(conf, b"LENGTH=3000\n"))
    assert look(target, service).stale

    target.apply(WriteFile(conf, b"exit 3\n"))
    with pytest.raises(Failed, match="did not do what it was told"):
        target.apply(SetService(service.name, action="restart", reads=service.reads))
    assert not look(target, service).running


def test_an_account_comes_and_goes(target: FabricTarget) -> None:
    users = Sh("cat /etc/passwd /etc/group /etc/shadow")
    before = target.survey([users])[users]
    add = AddAccount("catherd-test", "/usr/local/tomcat", "/sbin/nologin")
    target.apply(add)
    target.apply(add)
    probe = AccountAt("catherd-test")
    account = target.survey([probe])[probe]
    assert account.group == "catherd-test"  # type: ignore[union-attr]
    assert account.home == "/usr/local/tomcat"  # type: ignore[union-attr]
    assert account.shell.endswith("/nologin")  # type: ignore[union-attr]
    assert 0 < account.uid < 1000  # type: ignore[union-attr]
    target.apply(RemoveAccount("catherd-test"))
    target.apply(RemoveAccount("catherd-test"))
    assert target.survey([users])[users] == before


def test_files_archives_and_their_undo(target: FabricTarget, tmp_path: Path) -> None:
    path, saved = "/opt/catherd-test/conf/x", "/var/lib/catherd/saved/test/x"
    target.apply(WriteFile(path, b"one\n", 0o604, "daemon", "mail", expect=""))
    target.apply(WriteFile(path, b"two\n", 0o600, save_to=saved))
    target.apply(RestoreFile(path, saved, expect=hashlib.sha256(b"two\n").hexdigest()))
    state = target.survey([FileAt(path)])[FileAt(path)]
    assert (state.mode, state.owner, state.group) == (0o604, "daemon", "mail")  # type: ignore[union-attr]
    with pytest.raises(Failed, match="has changed"):
        target.apply(Remove(path, expect="somebody else's"))
    target.apply(Remove(path, keep="/opt"))
    archive = tmp_path / "archive.tar.gz"
    (tmp_path / "top").mkdir()
    (tmp_path / "top" / "file").write_bytes(os.urandom(300_000))
    with tarfile.open(archive, "w:gz") as tar:
        tar.add(tmp_path / "top", "top")
    staged = target.stage(archive, hashlib.sha256(archive.read_bytes()).hexdigest())
    target.apply(Extract(staged, "/opt/catherd-test", writable=("logs",), writable_owner="daemon"))
    logs = target.survey([FileAt("/opt/catherd-test/logs")])
    assert [found.owner for found in logs.values()] == ["daemon"]  # type: ignore[union-attr]
    target.apply(Remove("/opt/catherd-test", keep="/opt"))
    target.apply(Remove("/var/lib/catherd/saved", keep="/var/lib"))
    target.unstage()


def test_secrets_are_not_in_the_process_table(
    target: FabricTarget, lab_hosts: lab.Lab, open_target: Open
) -> None:
    other = open_target(target.name)
    probe = Sh("for n in 1 2 3 4 5 6 7 8; do cat /proc/[0-9]*/cmdline; sleep 0.1; done", 1 << 22)
    seen: list[bytes] = []

    def watch() -> None:
        answer = other.survey([probe])[probe]
        assert isinstance(answer, Output)
        seen.append(answer.data)

    watching = threading.Thread(target=watch)
    watching.start()
    time.sleep(0.2)
    secret = b"AJP-s3cret-of-the-lab"
    for number in range(4):
        target.apply(WriteFile("/root/catherd-test", secret + b"%d" % number, 0o600))
        target.apply(Shell(f": {secret.decode()}; sleep 0.05"))
    watching.join()
    target.apply(Remove("/root/catherd-test"))
    password = lab_hosts.sudo_password.read_text().strip().encode()
    assert len(seen[0]) > 1000
    assert secret not in seen[0]
    assert password not in seen[0]


def test_a_job_outlives_its_connection_and_is_followed_again(
    target: FabricTarget, open_target: Open
) -> None:
    script = "for i in 1 2 3 4 5; do echo $i; sleep 0.4; done; exit 6"
    job = Job("catherd-test", script)
    output: list[bytes] = []

    def cut_off() -> None:
        assert target._link._connection is not None
        target._link._connection.transport.close()

    threading.Timer(1.0, cut_off).start()
    result = target.run_job(job, output.append)
    assert (result.code, b"".join(output)) == (6, b"1\n2\n3\n4\n5\n")
    again = open_target(target.name)
    assert again.run_job(job) == result, "it has run and is not run again"
    again.forget_job(job.id)


def once(do: Callable[[], object]) -> Callable[[bytes], None]:
    """Carries something out, beside, as soon as there is output."""
    begun = threading.Event()

    def heard(data: bytes) -> None:
        if data and not begun.is_set():
            begun.set()
            threading.Thread(target=do).start()

    return heard


def test_cancelling_a_job_leaves_no_process(target: FabricTarget) -> None:
    word = f"8{time.time_ns() % 10**8}"
    job = Job("catherd-test", f"setsid sleep {word} & echo begun; sleep {word}; true")
    assert target.run_job(job, once(lambda: target.cancel_job(job.id))).code == ENDED
    probe = Sh(f"cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'slee[p] {word}'")
    assert target.survey([probe])[probe].text == "0"  # type: ignore[union-attr]
    target.forget_job(job.id)


def test_a_reboot_ends_a_job_and_the_next_start_runs_it_anew(
    lab_hosts: lab.Lab, open_target: Open
) -> None:
    target = open_target("tomcat1")
    marker = FileAt("/var/tmp/catherd-test")
    job = Job(
        "catherd-test", f"[ -e {marker.path} ] || {{ touch {marker.path}; echo begun; sleep 600; }}"
    )
    host = lab_hosts.host("tomcat1")
    restart = ("restart", "--time", "1", container_name(lab_hosts, host))
    assert target.run_job(job, once(lambda: open_podman().do(*restart))).code == ENDED
    assert target.run_job(job).code == 0
    target.forget_job(job.id)
    target.apply(Remove(marker.path))


def test_the_lock_is_seen_by_others(target: FabricTarget, open_target: Open) -> None:
    other = open_target(target.name)
    target.lock(locking.holder("the tests"))
    with pytest.raises(Locked, match="the tests"):
        other.lock("somebody else")
    target.unlock()
    other.lock("somebody else")
    other.unlock()


def test_a_full_disk_is_told_and_leaves_nothing_half_done(open_target: Open) -> None:
    target = open_target("balancer")
    size = Sh("df -kP /dev/shm | awk 'NR == 2 { print $4 }'")
    if int(target.survey([size])[size].text) > 200_000:  # type: ignore[union-attr]
        pytest.skip("/dev/shm is too large to be filled")
    path, full = "/dev/shm/catherd-test/deep/file", "/dev/shm/catherd-full"
    try:
        with pytest.raises(Failed, match="disk is full"):
            target.apply(Shell(f"cat /dev/zero >{full}"))
        told = r"(?s)disk of balancer is full: 0 kB.* /dev/shm\..*could not be written"
        with pytest.raises(Failed, match=told):
            target.apply(WriteFile(path, os.urandom(1 << 20)))
        left = FileAt(path)
        assert target.survey([left])[left].ancestor == "/dev/shm"  # type: ignore[union-attr]
    finally:
        target.apply(Shell(f"rm -f {full}"))
    target.apply(WriteFile(path, b"room again"))
    target.apply(Remove(path, keep="/dev/shm"))
