"""Connections: every way in, and every way in which it is refused."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import paramiko
import pytest

from installer.remote import connection, login
from installer.remote.host import FabricTarget
from installer.remote.ssh import (
    HostKey,
    Remembering,
    SshSettings,
    accept_new,
    refuse_unknown,
)
from runbook.errors import BadInput, CatherdError, NotPermitted, Unreachable
from runbook.probes import Sh
from tests.unit.remote.sshd import USER_KEY, Answers, Sshd, settings

pytestmark = pytest.mark.usefixtures("impatient")


def attempt(target: FabricTarget) -> CatherdError:
    with pytest.raises(CatherdError) as caught:
        target.connect()
    target.close()
    assert "Traceback" not in str(caught.value)
    assert caught.value.remedy is not None
    return caught.value


def works(target: FabricTarget) -> None:
    probe = Sh("echo hello")
    assert target.survey([probe])[probe].data == b"hello\n"  # type: ignore[union-attr]
    target.close()


def test_a_key_lets_in_and_sudo_needs_no_password(sshd: Sshd, home: Path) -> None:
    works(FabricTarget(settings(sshd, home)))
    assert (sshd.sudo / "calls").read_text() == "1\n"


def test_root_needs_no_sudo(sshd: Sshd, home: Path) -> None:
    works(FabricTarget(settings(sshd, home, "root")))
    assert not (sshd.sudo / "calls").exists()


def test_sudo_is_given_the_password_once_it_asks(sshd: Sshd, home: Path) -> None:
    sshd.sudo_mode("password", "it's $(me)")
    answers = Answers("wrong", "it's $(me)")
    target = FabricTarget(settings(sshd, home), answers)
    target.connect()
    works(target)
    assert answers.asked == [("sudo", "alice", ""), ("sudo", "alice", "again")]


def test_an_old_sudo_is_given_the_password_too(sshd: Sshd, home: Path) -> None:
    sshd.sudo_mode("old", "pw")
    works(FabricTarget(settings(sshd, home), Answers("pw")))


def test_sudo_refuses(sshd: Sshd, home: Path) -> None:
    sshd.sudo_mode("password", "right")
    error = attempt(FabricTarget(settings(sshd, home), Answers("a", "b", "c", "d")))
    assert isinstance(error, NotPermitted)
    assert "refused the password" in str(error)
    error = attempt(FabricTarget(settings(sshd, home)))
    assert "wants a password" in str(error)
    sshd.sudo_mode("tty")
    assert "!requiretty" in str(attempt(FabricTarget(settings(sshd, home))))
    sshd.sudo_mode("denied")
    error = attempt(FabricTarget(settings(sshd, home)))
    assert "visudo" in str(error)


def test_the_password_is_never_in_an_error(sshd: Sshd, home: Path) -> None:
    sshd.sudo_mode("password", "right")
    error = attempt(FabricTarget(settings(sshd, home), Answers("hunter2", "hunter2", "hunter2")))
    chain: BaseException | None = error
    while chain is not None:
        assert "hunter2" not in repr(chain)
        chain = chain.__cause__ or chain.__context__


def test_a_password_lets_in_when_no_key_does(sshd: Sshd, home: Path) -> None:
    answers = Answers("wrong", "secret")
    works(FabricTarget(settings(sshd, home, "bob", key=None), answers))
    assert answers.asked == [("login", "bob", ""), ("login", "bob", "again")]


def test_no_password_is_asked_where_it_would_not_help(sshd: Sshd, home: Path) -> None:
    answers = Answers("secret")
    other = paramiko.ECDSAKey.generate()
    other.write_private_key_file(str(home / "other"))
    error = attempt(FabricTarget(settings(sshd, home, key=str(home / "other")), answers))
    assert isinstance(error, NotPermitted)
    assert "does not let alice in" in str(error)
    assert str(home / "other") in str(error)
    assert answers.asked == []


def test_a_key_with_a_passphrase(sshd: Sshd, home: Path) -> None:
    USER_KEY.write_private_key_file(str(home / "locked"), password="open sesame")
    answers = Answers("wrong", "open sesame")
    works(FabricTarget(settings(sshd, home, key=str(home / "locked")), answers))
    assert answers.asked == [("key", "locked", ""), ("key", "locked", "again")]


def test_one_passphrase_for_all_hosts() -> None:
    answers = Answers("a", "b")
    remembering = Remembering(answers)
    assert [remembering.key_passphrase(host, "/key", False) for host in "xyz"] == ["a"] * 3
    assert remembering.key_passphrase("x", "/key", True) == "b"
    assert remembering.sudo_password("x", "u", False) is None
    assert len(answers.asked) == 3
    assert "'a'" not in repr(remembering)


def test_a_default_key_is_found(sshd: Sshd, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(login, "_DEFAULT_KEYS", ("~/.ssh/none", "~/.ssh/mine"))
    USER_KEY.write_private_key_file(str(home / ".ssh" / "mine"))
    works(FabricTarget(settings(sshd, home, key=None)))


@pytest.mark.parametrize("content", [None, b"", b"rubbish", b"-----BEGIN RSA PRIVATE KEY-----\n"])
def test_a_key_file_that_is_none(sshd: Sshd, home: Path, content: bytes | None) -> None:
    if content is not None:
        (home / "bad").write_bytes(content)
    error = attempt(FabricTarget(settings(sshd, home, key=str(home / "bad"))))
    assert isinstance(error, BadInput)
    assert str(home / "bad") in str(error)


def test_an_unknown_host_key_is_shown_and_remembered_when_accepted(sshd: Sshd, home: Path) -> None:
    shown: list[HostKey] = []

    def look(key: HostKey) -> bool:
        shown.append(key)
        return True

    (home / "known").write_text("# nothing yet\n")
    error = attempt(FabricTarget(settings(sshd, home), policy=refuse_unknown))
    assert isinstance(error, NotPermitted)
    assert "SHA256:" in str(error)
    works(FabricTarget(settings(sshd, home), policy=look))
    works(FabricTarget(settings(sshd, home), policy=look))
    assert [key.address for key in shown] == [f"[127.0.0.1]:{sshd.port}"]
    assert shown[0].fingerprint == sshd.key.fingerprint
    (home / "known").unlink()
    default = settings(sshd, home, known_hosts=())
    works(FabricTarget(default, policy=accept_new))
    assert (home / "state" / "catherd" / "known_hosts").stat().st_mode & 0o777 == 0o600


def test_a_changed_host_key_is_refused_whatever_the_policy(sshd: Sshd, home: Path) -> None:
    config = settings(sshd, home)
    sshd.key = paramiko.ECDSAKey.generate()
    error = attempt(FabricTarget(config, policy=accept_new))
    assert isinstance(error, NotPermitted)
    assert "has changed" in str(error)
    assert "ssh-keygen -R" in str(error)
    revoked = f"@revoked * x\n@revoked [127.0.0.1]:{sshd.port} {sshd.key.get_name()} "
    (home / "known").write_text(revoked + sshd.key.get_base64() + "\n")
    assert "revoked" in str(attempt(FabricTarget(config, policy=accept_new)))


def test_any_file_may_know_the_host_also_hashed(sshd: Sshd, home: Path) -> None:
    name = paramiko.HostKeys.hash_host(f"[127.0.0.1]:{sshd.port}")
    line = f"{name} {sshd.key.get_name()} {sshd.key.get_base64()}\n"
    (home / ".ssh" / "known_hosts").write_text("garbage\n\n" + line)
    stale = paramiko.ECDSAKey.generate()
    (home / "known").write_text(
        f"[127.0.0.1]:{sshd.port} {stale.get_name()} {stale.get_base64()}\n"
    )
    works(FabricTarget(settings(sshd, home)))


def test_a_host_known_by_its_rsa_key_is_asked_for_that(sshd: Sshd, home: Path) -> None:
    sshd.key = paramiko.RSAKey.generate(2048)
    works(FabricTarget(settings(sshd, home)))


def test_ssh_config_decides_what_is_not_said(sshd: Sshd, home: Path) -> None:
    settings(sshd, home)
    (home / "ssh_config").write_text(
        f"Host web\n  HostName 127.0.0.1\n  Port {sshd.port}\n  User alice\n"
        f"  IdentityFile {home}/none\n  IdentityFile {home}/key\n"
        f"  UserKnownHostsFile {home}/known\n"
    )
    config = str(home / "ssh_config")
    works(FabricTarget(SshSettings("tomcat1", "ignored", config=config, alias="web")))
    works(FabricTarget(SshSettings("tomcat1", "web", config=config)))
    error = attempt(FabricTarget(settings(sshd, home, config=str(home / "none"), user=None)))
    assert isinstance(error, BadInput)


def test_the_way_through_a_jump_host(sshd: Sshd, home: Path, tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    inner = Sshd(tmp_path / "inner", users={"alice": USER_KEY})
    known = home / "known"
    known.write_text("")
    config = settings(inner, home, jump=f"alice@127.0.0.1:{sshd.port}", known_hosts=(known,))
    works(FabricTarget(config, policy=accept_new))
    assert (sshd.logins, inner.logins) == (1, 1)
    sshd.close()
    error = attempt(FabricTarget(config, policy=accept_new))
    assert isinstance(error, Unreachable)
    assert "jump host to tomcat1" in str(error)
    inner.close()


def test_nobody_listens(sshd: Sshd, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = attempt(FabricTarget(settings(sshd, home, port=port)))
    assert isinstance(error, Unreachable)
    assert "refuses connections" in str(error)


def test_something_else_listens(sshd: Sshd, home: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        error = attempt(FabricTarget(settings(sshd, home, port=silent.getsockname()[1])))
    assert "really sshd" in str(error)


def test_a_name_that_does_not_resolve(sshd: Sshd, home: Path) -> None:
    error = attempt(FabricTarget(settings(sshd, home, host="no-such-host.invalid")))
    assert isinstance(error, Unreachable)
    assert "No address is known for no-such-host.invalid" in str(error)


def test_a_host_that_does_not_answer(
    sshd: Sshd, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silence(*_: object) -> None:
        raise TimeoutError("timed out")

    monkeypatch.setattr(socket, "create_connection", silence)
    assert "does not answer" in str(attempt(FabricTarget(settings(sshd, home))))


def test_old_algorithms_need_consent(sshd: Sshd, home: Path) -> None:
    transport = paramiko.Transport
    modern = [name for name in transport._preferred_kex if name != "diffie-hellman-group14-sha1"]
    sshd.options = {"disabled_algorithms": {"kex": modern}}
    error = attempt(FabricTarget(settings(sshd, home)))
    assert "legacy = true" in str(error)
    works(FabricTarget(settings(sshd, home, legacy_ssh=True)))


@pytest.mark.parametrize(
    ("announces", "signed"),
    [(False, [["ssh-rsa"]]), (True, [["rsa-sha2-512", "ssh-rsa"], ["ssh-rsa"]])],
)
def test_signatures_of_2007_need_consent(
    sshd: Sshd, home: Path, announces: bool, signed: list[list[str]]
) -> None:
    """A server that takes SHA-1 alone, says so or not, and refuses what is newer.

    What it says may arrive before the first signature is made, or after it.
    """
    key = paramiko.RSAKey.generate(2048)
    key.write_private_key_file(str(home / "key"))
    sshd.users["alice"] = key
    sshd.signatures = ("ssh-rsa",)
    sshd.options = {"server_sig_algs": announces}
    error = attempt(FabricTarget(settings(sshd, home)))
    assert isinstance(error, NotPermitted)
    assert "ssh-rsa" not in sshd.signed
    sshd.signed.clear()
    works(FabricTarget(settings(sshd, home, legacy_ssh=True)))
    assert sshd.signed in signed


def test_many_threads_share_one_connection(sshd: Sshd, home: Path) -> None:
    target = FabricTarget(settings(sshd, home))
    results: list[object] = []

    def ask(number: int) -> None:
        probe = Sh(f"echo {number}")
        results.append(target.survey([probe])[probe])

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    target.close()
    assert len(results) == 20
    assert sshd.logins == 1


def test_included_configuration_counts(sshd: Sshd, home: Path) -> None:
    settings(sshd, home)
    (home / ".ssh" / "conf.d").mkdir()
    (home / ".ssh" / "conf.d" / "web").write_text(
        f"Host web\n  HostName 127.0.0.1\n  Port {sshd.port}\n  IdentityFile ~/key\n"
    )
    (home / ".ssh" / "config").write_text("Include conf.d/* none\nHost *\n  User alice\n")
    works(FabricTarget(SshSettings("tomcat1", "web", known_hosts=(home / "known",))))


def test_a_proxy_command(sshd: Sshd, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "BANNER_TIMEOUT", 20)
    config = settings(sshd, home, config=str(home / "ssh_config"))
    program = home / "proxy.py"
    program.write_text(
        "import os, socket, sys, threading\n"
        "s = socket.create_connection((sys.argv[1], int(sys.argv[2])))\n"
        "def back():\n"
        "    while data := s.recv(4096): os.write(1, data)\n"
        "threading.Thread(target=back, daemon=True).start()\n"
        "while data := os.read(0, 4096): s.sendall(data)\n"
    )
    proxy = home / "ssh_config"
    proxy.write_text(f"Host *\n  ProxyCommand {sys.executable} {program} %h %p\n")
    works(FabricTarget(config))
    proxy.write_text("Host *\n  ProxyCommand sh -c 'echo no way to %h >&2; exit 3'\n")
    assert "no way to 127.0.0.1" in str(attempt(FabricTarget(config)))


@pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="there is no ssh-agent")
def test_the_agent_holds_the_key(sshd: Sshd, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    USER_KEY.write_private_key_file(str(home / "locked"), password="open sesame")
    public = f"{USER_KEY.get_name()} {USER_KEY.get_base64()} me\n"
    (home / "locked.pub").write_text(public)
    (home / "key").chmod(0o600)
    agent = subprocess.Popen(
        ["ssh-agent", "-D", "-a", str(home / "agent")], stdout=subprocess.DEVNULL
    )
    try:
        while not (home / "agent").exists():
            time.sleep(0.02)
        monkeypatch.setenv("SSH_AUTH_SOCK", str(home / "agent"))
        subprocess.run(["ssh-add", "-q", str(home / "key")], check=True)
        works(FabricTarget(settings(sshd, home, key=None)))
        works(FabricTarget(settings(sshd, home, key=str(home / "locked"))))
    finally:
        agent.terminate()
        agent.wait()


def test_hosts_behind_one_new_jump_host_ask_once(sshd: Sshd, home: Path) -> None:
    asked: list[HostKey] = []

    def look(key: HostKey) -> bool:
        time.sleep(0.1)
        asked.append(key)
        return True

    (home / "known").write_text("")
    targets = [FabricTarget(settings(sshd, home), policy=look) for _ in range(4)]
    threads = [threading.Thread(target=works, args=(target,)) for target in targets]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(asked) == 1


def test_the_light_modules_bring_no_ssh_library() -> None:
    code = (
        "import sys, installer.remote.target, installer.remote.operations, installer.remote.ssh\n"
        "sys.exit(any(name in sys.modules for name in ('paramiko', 'fabric', 'pydantic')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
