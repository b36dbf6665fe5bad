"""Every way in to a real sshd, as every kind of account, and what is said where there is none."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer.remote.host import FabricTarget
from installer.remote.operations import Shell
from installer.remote.ssh import Credentials, NoCredentials
from runbook.errors import CatherdError, NotPermitted
from runbook.probes import Sh
from tests.lab.servers import PASSPHRASE, PASSWORD, Servers
from tests.unit.remote.sshd import Answers

pytestmark = [pytest.mark.lab, pytest.mark.usefixtures("nobody")]

NONE = NoCredentials()


def works(servers: Servers, answers: Credentials = NONE, *words: str, **more: object) -> None:
    """Root answers there, and only the script's own output comes back."""
    target = FabricTarget(servers.settings(*words, **more), answers)  # type: ignore[arg-type]
    probe = Sh("id -un; echo done >&2")
    try:
        assert target.survey([probe])[probe].data == b"root\ndone\n"  # type: ignore[union-attr]
        assert target.apply(Shell("printf x; printf y >&2")).output == b"xy"
    finally:
        target.close()


def refused(servers: Servers, answers: Credentials = NONE, *words: str, **more: object) -> str:
    """What people are told; it has a remedy and no password in it."""
    target = FabricTarget(servers.settings(*words, **more), answers)  # type: ignore[arg-type]
    with pytest.raises(CatherdError) as caught:
        target.connect()
    target.close()
    error = caught.value
    assert isinstance(error, NotPermitted)
    assert error.where
    assert error.remedy
    assert PASSWORD not in str(error)
    print(error)
    return str(error)


def test_a_key(servers: Servers) -> None:
    works(servers)


@pytest.mark.parametrize("server", ["password", "keyboard"])
def test_a_password(servers: Servers, server: str) -> None:
    answers = Answers("wrong", PASSWORD)
    works(servers, answers, "free", server, key=None)
    assert answers.asked == [("login", "free", ""), ("login", "free", "again")]


@pytest.mark.parametrize("server", ["password", "keyboard"])
def test_a_password_that_stays_wrong_is_asked_for_three_times(
    servers: Servers, server: str
) -> None:
    answers = Answers(*["wrong"] * 9)
    said = refused(servers, answers, "free", server, key=None)
    assert len(answers.asked) == 3
    assert "Tried: password." in said
    assert ("keyboard-interactive" if server == "keyboard" else "takes: password") in said


def test_a_key_and_a_password(servers: Servers) -> None:
    works(servers, Answers("wrong", PASSWORD), "free", "both")
    said = refused(servers, NONE, "free", "both")
    assert "takes: password" in said


def test_a_key_with_a_passphrase(servers: Servers) -> None:
    answers = Answers("wrong", PASSPHRASE)
    works(servers, answers, key=str(servers.place / "locked"))
    assert answers.asked == [("key", "locked", ""), ("key", "locked", "again")]
    answers = Answers(*["wrong"] * 9)
    assert "locked" in refused(servers, answers, key=str(servers.place / "locked"))
    assert len(answers.asked) == 3


def test_a_key_that_is_not_known_there(servers: Servers) -> None:
    said = refused(servers, key=str(servers.place / "stranger"))
    assert "does not let free in" in said
    assert "takes: publickey" in said
    assert "no key to offer" in refused(servers, key=None)


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    sock = tmp_path / "agent"
    process = subprocess.Popen(["ssh-agent", "-D", "-a", sock], stdout=subprocess.DEVNULL)
    while not sock.exists():
        time.sleep(0.02)
    monkeypatch.setenv("SSH_AUTH_SOCK", str(sock))
    yield sock
    process.terminate()
    process.wait()


def add(*keys: Path) -> None:
    subprocess.run(["ssh-add", "-q", *keys], check=True)


def test_the_agent(servers: Servers, agent: Path) -> None:
    add(servers.place / "stranger", servers.place / "key")
    works(servers, key=None)
    script = f"echo {PASSPHRASE!r}"
    (ask := agent.parent / "ask").write_text(f"#!/bin/sh\n{script}\n")
    ask.chmod(0o700)
    environment = {**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force"}
    subprocess.run(["ssh-add", "-q", servers.place / "locked"], env=environment, check=True)
    works(servers, key=str(servers.place / "locked"))


def test_too_many_keys(servers: Servers, agent: Path) -> None:
    for number in range(3):
        file = agent.parent / f"key{number}"
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", file], check=True)
        add(file)
    add(servers.place / "key")
    said = refused(servers, NONE, "free", "tries", key=None)
    assert "Too many authentication failures" in said
    assert "MaxAuthTries" in said
    works(servers, NONE, "free", "tries")


@pytest.mark.parametrize(
    ("user", "words"),
    [
        ("nologin", ("cannot run commands", "not available", "usermod -s")),
        ("expired", ("broke the login of expired off", "expired", "chage -l expired")),
        ("locked", ("broke the login of locked off", "chage -l locked")),
        ("stale", ("cannot run commands", "assword change required", "passwd")),
        ("no-such-user", ("does not let no-such-user in",)),
        ("lawless", ("cannot become root", "sudoers", "visudo")),
        ("ttyonly", ("cannot become root", "must have a tty", "!requiretty")),
    ],
)
def test_accounts_that_are_of_no_use(servers: Servers, user: str, words: tuple[str, ...]) -> None:
    said = refused(servers, Answers(PASSWORD), user)
    for word in words:
        assert word in said


def test_a_command_that_is_forced_upon_the_account(servers: Servers) -> None:
    assert "only fetch mail" in refused(servers, NONE, "free", "forced")


@pytest.mark.parametrize("user", ["asks", "lectured"])
def test_sudo_with_a_password(servers: Servers, user: str) -> None:
    answers = Answers("wrong", PASSWORD)
    works(servers, answers, user)
    assert answers.asked == [("sudo", user, ""), ("sudo", user, "again")]
    answers = Answers(*["wrong"] * 9)
    assert "refused the password" in refused(servers, answers, user)
    assert len(answers.asked) == 3


def test_sudo_that_lets_try_once_is_asked_again(servers: Servers) -> None:
    works(servers, Answers("wrong", PASSWORD), "once")


def test_sudo_that_is_not_there(servers: Servers) -> None:
    servers.on("mv /usr/bin/sudo /usr/bin/sudo.away")
    try:
        assert "Install sudo there" in refused(servers)
    finally:
        servers.on("mv /usr/bin/sudo.away /usr/bin/sudo")


@pytest.mark.parametrize("user", ["noisy", "csh", "full", "readonly", "homeless", "shut"])
def test_shells_that_talk_and_homes_that_are_none(servers: Servers, user: str) -> None:
    if user == "csh" and not servers.on("command -v tcsh || :"):
        pytest.skip("there is no csh to be had")
    works(servers, NONE, user)


def test_root_with_another_shell(servers: Servers) -> None:
    if not servers.on("command -v tcsh || :"):
        pytest.skip("there is no csh to be had")
    servers.on("cp /root/test.pub /etc/ssh/authorized_keys/root; usermod -s /usr/bin/tcsh root")
    try:
        works(servers, NONE, "root")
    finally:
        servers.on("usermod -s /bin/bash root")
