"""Real sshd, real networks: host keys, ways through other hosts, and each way of failing."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import fabric
import paramiko
import pytest

from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from installer.remote import connection, link, wire
from installer.remote.host import FabricTarget
from installer.remote.operations import Shell
from installer.remote.ssh import (
    HostKey,
    HostKeyPolicy,
    SshSettings,
    accept_new,
    refuse_unknown,
)
from runbook.errors import CatherdError, Failed, NotPermitted, Unreachable
from runbook.probes import Http, Output, Sh
from tests.lab.faulty import until
from tests.lab.servers import Servers

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("nobody")]


def works(settings: SshSettings, policy: HostKeyPolicy = refuse_unknown) -> None:
    target = FabricTarget(settings, policy=policy)
    probe = Sh("id -un")
    assert target.survey([probe])[probe].data == b"root\n"  # type: ignore[union-attr]
    target.close()


def fails(settings: SshSettings, policy: HostKeyPolicy = refuse_unknown) -> CatherdError:
    """What people are told: what, where and a remedy, and nothing of Python."""
    target = FabricTarget(settings, policy=policy)
    with pytest.raises(CatherdError) as caught:
        target.connect()
    target.close()
    error = caught.value
    print(error)
    assert error.where
    assert error.remedy
    assert not any(word in str(error) for word in ("Traceback", "paramiko", "Exception", "errno"))
    return error


@contextlib.contextmanager
def full_backlog() -> Iterator[int]:
    """A port that lets nobody in any more: connections to it time out."""
    with socket.socket() as listening, contextlib.ExitStack() as stack:
        listening.bind(("127.0.0.1", 0))
        listening.listen(0)
        for _ in range(3):
            waiting = stack.enter_context(socket.socket())
            waiting.setblocking(False)
            waiting.connect_ex(listening.getsockname())
        yield listening.getsockname()[1]


Given = Callable[[Servers], SshSettings]
FAILURES: dict[str, tuple[Given, type[CatherdError], tuple[str, ...]]] = {
    "no such name": (
        lambda on: on.settings(host="no-such-host.invalid"),
        Unreachable,
        ("No address is known for no-such-host.invalid", "spelling"),
    ),
    "nobody listens": (
        lambda on: on.settings(port=2),
        Unreachable,
        ("refuses connections on port 2", "Is sshd running"),
    ),
    "no such host": (
        lambda on: on.settings(host=on.address.rpartition(".")[0] + ".99"),
        Unreachable,
        ("There is no way to tomcat1 from here", "network"),
    ),
    "old algorithms": (
        lambda on: on.settings(server="legacy"),
        Unreachable,
        ("no SSH algorithm in common", "legacy = true"),
    ),
    "new algorithms": (
        lambda on: on.settings(server="modern"),
        Unreachable,
        ("no SSH algorithm in common", "sshd_config"),
    ),
    "another key": (
        lambda on: on.settings(server="other-key"),
        NotPermitted,
        ("host key of tomcat1 has changed", "line 2, knows ssh-ed25519 SHA256:", "ssh-keygen -R"),
    ),
    "no session": (lambda on: on.settings(server="no-session"), Failed, ("MaxSessions",)),
    "first jump host": (
        lambda on: on.settings(jump=f"free@{on.address}:2"),
        Unreachable,
        ("refuses connections on port 2", "It is the jump host to tomcat1"),
    ),
    "second jump host": (
        lambda on: on.settings(jump=f"free@{on.address}:{on.ports['plain']},{on.address}:3"),
        Unreachable,
        ("cannot be reached from the jump host", "port 3", "It is the jump host to tomcat1"),
    ),
    "behind the jump host": (
        lambda on: on.settings(jump=f"free@{on.address}:{on.ports['plain']}", port=2),
        Unreachable,
        ("tomcat1 cannot be reached from the jump host", "Is sshd running there"),
    ),
    "a jump host that forwards nothing": (
        lambda on: on.settings(jump=f"free@{on.address}:{on.ports['no-forwarding']}"),
        Unreachable,
        ("may not go on to tomcat1", "AllowTcpForwarding yes"),
    ),
    "a jump host that refuses": (
        lambda on: on.settings(jump=f"nemo@{on.address}:{on.ports['both']}"),
        NotPermitted,
        ("does not let nemo in", "It is the jump host to tomcat1"),
    ),
}


@pytest.mark.parametrize("what", FAILURES)
def test_each_way_of_failing_is_told(
    servers: Servers, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("installer.remote.link.PATIENCE", 0.0)
    given, kind, words = FAILURES[what]
    error = fails(given(servers))
    assert isinstance(error, kind)
    for word in words:
        assert word in str(error)


def test_a_host_that_does_not_answer(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.remote.link.PATIENCE", 0.0)
    monkeypatch.setattr(connection, "CONNECT_TIMEOUT", 1.0)
    with full_backlog() as port:
        error = fails(servers.settings(host="127.0.0.1", port=port))
    assert "does not answer" in str(error)


def test_another_kind_of_server(servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.remote.link.PATIENCE", 0.0)
    web = http.server.HTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    error = fails(servers.settings(host="127.0.0.1", port=web.server_port))
    web.shutdown()
    web.server_close()
    assert "really sshd" in str(error)


def test_an_old_server_is_let_in_with_consent(servers: Servers) -> None:
    rsa = servers.on("cat /root/sshd/rsa.pub").split()
    known = servers.place / "legacy"
    known.write_text(f"[{servers.address}]:{servers.ports['legacy']} {rsa[0]} {rsa[1]}\n")
    works(servers.settings(server="legacy", legacy_ssh=True, known_hosts=(known,)))


def test_a_key_is_shown_accepted_and_known_from_then_on(servers: Servers, tmp_path: Path) -> None:
    shown: list[HostKey] = []

    def accept(key: HostKey) -> bool:
        shown.append(key)
        return True

    known = tmp_path / "known_hosts"
    known.write_text("")
    settings = servers.settings(server="other-key", known_hosts=(known,))
    error = fails(settings)
    assert isinstance(error, NotPermitted)
    key = servers.on("ssh-keygen -lf /root/sshd/ed25519").split()[1]
    assert key in str(error)
    works(settings, accept)
    assert [each.fingerprint for each in shown] == [key]
    works(settings)
    known.write_text("")
    works(settings, accept_new)
    works(settings)
    moved = known.read_text().replace(str(settings.port), str(servers.ports["plain"]))
    known.write_text(moved)
    error = fails(servers.settings(known_hosts=(known,)), accept_new)
    assert "has changed" in str(error), "whatever the policy"


def test_lines_of_known_hosts_as_ssh_reads_them(servers: Servers, tmp_path: Path) -> None:
    known, port = tmp_path / "known_hosts", servers.ports["plain"]
    key = " ".join(servers.on("cat /etc/ssh/ssh_host_ed25519_key.pub").split()[:2])
    address = f"[{servers.address}]:{port}"
    settings = servers.settings(known_hosts=(known,))
    for names in (
        address,
        paramiko.HostKeys.hash_host(address),
        "[192.168.*]:230?",
        servers.address,
        paramiko.HostKeys.hash_host(servers.address),
        f"elsewhere,{address}",
    ):
        known.write_text(f"# comment\nrubbish\n{names} {key} comment\n")
        works(settings)
    for names in (f"!{address},[*]:*", f"[{servers.address}]:22", "192.168.1.1"):
        known.write_text(f"{names} {key}\n")
        assert "is not known" in str(fails(settings))
    known.write_text(f"@cert-authority * {key}\n")
    assert "@cert-authority cannot be checked" in str(fails(settings))
    known.write_text(f"{address} {key}\n@revoked * {key}\n")
    assert "revoked" in str(fails(settings, accept_new))


def test_through_other_hosts(servers: Servers) -> None:
    """From the balancer to the second node, and from there on to the first."""
    lab = servers.lab
    first = f"operator@127.0.0.1:{lab.balancer.ssh_port}"
    second = f"operator@{lab.tomcats[1].address}"
    config = servers.place / "ssh_config"
    config.write_text(
        f"Host 127.0.0.1 {lab.tomcats[1].address}\n  IdentityFile {lab.key}\n  IdentitiesOnly yes\n"
    )
    for jump in (first, f"{first},{second}"):
        works(servers.settings(jump=jump, config=str(config)))


def test_ssh_config_decides(servers: Servers, nobody: Path) -> None:
    lab, port = servers.lab, servers.ports["plain"]
    main, more = nobody / ".ssh" / "config", nobody / ".ssh" / "more"
    more.write_text(
        f"Host node\n  HostName {servers.address}\n  IdentityFile {servers.place}/key\n"
        f"Host door\n  HostName 127.0.0.1\n  Port {lab.balancer.ssh_port}\n  User operator\n"
        f"  IdentityFile {lab.key}\n"
        "Host node-by-jump\n  ProxyJump door\n"
        f"Host node-by-command\n  ProxyCommand ssh -F {main} -W %h:%p door\n"
        f"Match originalhost matched\n  HostName {servers.address}\n"
    )
    main.write_text(
        f"Include more\nHost node* matched\n  HostName {servers.address}\n  Port {port}\n"
        f"  User free\n  IdentityFile {servers.place}/key\n"
        f"Host *\n  UserKnownHostsFile {servers.known}\n"
    )
    for alias in ("node", "node-by-jump", "node-by-command", "matched"):
        works(SshSettings("tomcat1", "ignored", alias=alias))
    main.write_text(main.read_text().replace("Host node*", "Host node* user-of-nobody"))
    main.write_text(f"Host node\n  ProxyCommand echo no way >&2; exit 3\n{main.read_text()}")
    assert "no way" in str(fails(SshSettings("tomcat1", "ignored", alias="node")))


def test_sshd_that_comes_up_late_and_sshd_that_is_busy(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each lets nobody in until it has turned somebody away once."""
    monkeypatch.setattr(link, "PATIENCE", 60.0)
    refused: list[CatherdError] = []

    def works_after(mend: Callable[[], object]) -> None:
        refused.clear()

        def connecting(*given: Any) -> fabric.Connection:
            try:
                return connection.connect(*given)
            except CatherdError as error:
                if not refused:
                    mend()
                refused.append(error)
                raise

        monkeypatch.setattr(link, "connect", connecting)
        works(servers.settings(server="startups"))
        assert refused

    servers.stop("startups")
    works_after(lambda: servers.start("startups"))
    with socket.create_connection((servers.address, servers.ports["startups"])) as idle:
        idle.recv(1)  # one login that is not finished: MaxStartups lets no other begin
        works_after(lambda: idle.shutdown(socket.SHUT_RDWR))


def test_one_session_at_a_time_is_enough(servers: Servers) -> None:
    target = FabricTarget(servers.settings(server="one-session"))
    probes = [Sh(f"sleep 0.2; echo {number}") for number in range(4)]
    found: list[bytes] = []

    def ask(probe: Sh) -> None:
        answer = target.survey([probe])[probe]
        assert isinstance(answer, Output)
        found.append(answer.data)

    threads = [threading.Thread(target=ask, args=(each,)) for each in probes]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    target.close()
    assert sorted(found) == [b"0\n", b"1\n", b"2\n", b"3\n"]


WEB = r"""
use IO::Socket::INET;
$s = IO::Socket::INET->new(LocalAddr => '127.0.0.1', LocalPort => 8099, Listen => 9) or die;
while ($c = $s->accept) {
  while (<$c>) { last if /^\r/ }
  print $c "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "x" x 70000;
  close $c;
}
"""


def test_pages_are_read_where_sshd_forwards_nothing(servers: Servers) -> None:
    servers.copy("/root/web.pl", WEB.encode())
    servers.on("perl /root/web.pl >/root/web.log 2>&1 & echo $! >/root/web.pid; sleep 0.5")
    page, closed = Http(8099), Http(8098)
    for server in ("plain", "no-forwarding"):
        target = FabricTarget(servers.settings("noisy", server))
        answers = target.survey([page, closed, Sh("true")])
        assert (answers[page].status, len(answers[page].body)) == (200, 70000)  # type: ignore[union-attr]
        assert answers[closed].error == "connection refused"  # type: ignore[union-attr]
        target.close()
    left = "pgrep -u noisy -f dev/tcp || :"
    until(lambda: servers.on(left) == "")  # nothing of it is left on the host
    servers.on("mv /bin/bash /bin/bash.away; usermod -s /bin/sh free")
    try:
        target = FabricTarget(servers.settings("free", "no-forwarding"))
        assert "AllowTcpForwarding yes" in target.survey([page])[page].error  # type: ignore[union-attr]
        target.close()
    finally:
        servers.on("mv /bin/bash.away /bin/bash; kill $(cat /root/web.pid)")


@pytest.mark.parametrize(
    ("user", "server", "words"),
    [
        ("free", "no-sftp", ("SFTP", "Subsystem sftp internal-sftp")),
        ("free", "no-sftp-server", ("SFTP", "Subsystem sftp internal-sftp")),
        ("full", "plain", ("full", "Make room")),
        ("readonly", "plain", ("home of readonly", "Read-only file system")),
        ("shut", "plain", ("home of shut", "Permission denied")),
        ("homeless", "plain", ("home of homeless",)),
    ],
)
def test_uploads_that_find_no_place(
    servers: Servers, tmp_path: Path, user: str, server: str, words: tuple[str, ...]
) -> None:
    file = tmp_path / "archive"
    file.write_bytes(b"x" * 200_000)
    target = FabricTarget(servers.settings(user, server))
    with pytest.raises(CatherdError) as caught:
        target.stage(file, hashlib.sha256(file.read_bytes()).hexdigest())
    target.close()
    print(caught.value)
    assert caught.value.where
    assert caught.value.remedy
    for word in words:
        assert word in str(caught.value)


def test_a_connection_that_is_cut_in_the_middle_of_a_command(servers: Servers) -> None:
    target = FabricTarget(servers.settings())

    def cut(data: bytes) -> None:
        if b"begun" in data:
            threading.Thread(target=servers.on, args=("pkill -KILL -u free sshd",)).start()

    with pytest.raises(Unreachable) as caught:
        target.apply(Shell("echo begun; sleep 300", timeout=300), cut)
    target.close()
    assert "connection to tomcat1 was lost" in str(caught.value)
    assert caught.value.remedy


def test_a_host_that_falls_silent_is_noticed(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Directly, and behind a jump host, whose own connection stays well; both at once.

    Quicker than in earnest, unless CATHERD_TEST_SILENCE is set.
    """
    assert wire.SILENCE <= 30
    if not os.environ.get("CATHERD_TEST_SILENCE"):
        monkeypatch.setattr(wire, "KEEPALIVE", 2.0)
        monkeypatch.setattr(wire, "SILENCE", 6.0)
    jump = f"operator@127.0.0.1:{servers.lab.balancer.ssh_port}"
    config = servers.place / "silent_config"
    config.write_text(f"Host 127.0.0.1\n  IdentityFile {servers.lab.key}\n  IdentitiesOnly yes\n")
    ways = {
        "direct": servers.settings(),
        "jump": servers.settings(jump=jump, config=str(config)),
    }
    seconds: dict[str, float] = {}

    def wait(way: str, target: FabricTarget) -> None:
        began = time.monotonic()
        with pytest.raises(Unreachable):
            target.apply(Shell("sleep 300", timeout=300))
        seconds[way] = time.monotonic() - began

    targets = {way: FabricTarget(settings) for way, settings in ways.items()}
    threads = [threading.Thread(target=wait, args=each) for each in targets.items()]
    for target in targets.values():
        target.connect()
    for thread in threads:
        thread.start()
    time.sleep(1)
    container = container_name(servers.lab, servers.host)
    open_podman().do("pause", container)
    try:
        for thread in threads:
            thread.join()
    finally:
        open_podman().do("unpause", container)
        for target in targets.values():
            target.close()
    print({way: f"{each:.1f} s" for way, each in seconds.items()})
    assert seconds.keys() == ways.keys()
    assert all(wire.SILENCE < each < wire.SILENCE + 60 for each in seconds.values())


def test_a_host_that_is_only_slow_is_not_given_up(
    servers: Servers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wire, "KEEPALIVE", 1.0)
    monkeypatch.setattr(wire, "SILENCE", 8.0)
    target = FabricTarget(servers.settings())
    assert target.apply(Shell("sleep 10; echo there")).text == "there"
    target.close()
