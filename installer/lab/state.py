"""What a lab keeps on this machine: its answers, its keys, and a lock for whoever works on it.

``$XDG_STATE_HOME/catherd/labs/NAME`` holds lab.json, the key pair, the hosts' keys, known_hosts,
ssh_config and the operator's password. Host keys are made once, so that a reset host is
still the one that ssh knows.
"""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import platformdirs

from installer.lab.process import run
from installer.lab.spec import USER, Lab, LabHost
from installer.private import private
from runbook.errors import Failed, Locked
from runbook.text import T

_FILE = "lab.json"
LEGACY_SSH = (
    "KexAlgorithms diffie-hellman-group14-sha1,diffie-hellman-group1-sha1",
    "HostKeyAlgorithms ssh-rsa",
    "PubkeyAcceptedAlgorithms ssh-rsa",
    "Ciphers aes128-cbc,3des-cbc",
    "MACs hmac-sha1",
)
"""All that an sshd of 2007 (OpenSSH 4.3) and this machine's ssh have in common."""


def root() -> Path:
    """Where all labs of this user are kept."""
    return platformdirs.user_state_path("catherd") / "labs"


def directory(name: str) -> Path:
    """Where the lab of that name is kept."""
    return root() / name


def podman_memory() -> Path:
    """Where it is remembered which flags Podman needs here."""
    return root() / "podman.json"


def names() -> list[str]:
    """All labs that this user has."""
    return sorted(file.parent.name for file in root().glob(f"*/{_FILE}"))


def load(name: str) -> Lab | None:
    """The lab as it was written; None where there is none, or its keys are lost."""
    place = directory(name)
    try:
        kept = json.loads((place / _FILE).read_text())
        hosts = tuple(LabHost(**host) for host in kept["hosts"])
        moved, init = kept.get("moved", ""), kept.get("init", "systemd")
        lab = Lab(kept["name"], kept["subnet"], hosts, place, moved, init)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    keys = [key for host in hosts for key in (lab.key_for(host), host_key(lab, host))]
    return lab if all(key.exists() for key in keys) else None


def save(lab: Lab) -> None:
    """Write lab.json and what ssh reads; the keys are made where they are missing."""
    private(lab.directory)
    _make_key(lab.key, f"{USER}@{lab.name}")
    if any(host.legacy for host in lab.hosts):
        _make_key(lab.legacy_key, f"{USER}@{lab.name}", "rsa")
    known = []
    for host in lab.hosts:
        key = host_key(lab, host)
        _make_key(key, host.name, "rsa" if host.legacy else "ed25519")
        public = key.with_suffix(".pub").read_text().split()
        known.append(f"[127.0.0.1]:{host.ssh_port} {public[0]} {public[1]}\n")
    if not lab.sudo_password.exists():
        _write(lab.sudo_password, secrets.token_urlsafe(12) + "\n")
    _write(lab.known_hosts, "".join(known))
    _write(lab.ssh_config, "".join(_ssh_entry(lab, host) for host in lab.hosts))
    hosts = [{**asdict(host), "state": "unknown"} for host in lab.hosts]
    kept = {
        "name": lab.name,
        "subnet": lab.subnet,
        "moved": lab.moved,
        "init": lab.init,
        "hosts": hosts,
    }
    _write(lab.directory / _FILE, json.dumps(kept, indent=2) + "\n")


def forget(name: str) -> None:
    """Remove all that is kept of the lab."""
    shutil.rmtree(directory(name), ignore_errors=True)


def host_key(lab: Lab, host: LabHost) -> Path:
    """Private key of the host's sshd."""
    return lab.directory / "host_keys" / host.name


@contextmanager
def lock(name: str, purpose: str = "lab") -> Iterator[None]:
    """Keep everybody else from changing the lab; a lock dies with its holder.

    :param purpose: what it is held for; locks of one purpose exclude each other
    :raises Locked: somebody else is at it
    """
    private(root())
    with (root() / f".{name}.{purpose}.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Locked(
                T("Another Catherd is at work on the lab {name}.", name=name),
                remedy=T("Wait until it has finished, or use another name."),
            ) from None
        yield


@contextmanager
def machine_lock() -> Iterator[None]:
    """Wait for, then hold, what all labs of this machine share: the image, the choice of ports."""
    private(root())
    with (root() / ".lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _ssh_entry(lab: Lab, host: LabHost) -> str:
    return (
        f"Host {host.name}\n"
        "  HostName 127.0.0.1\n"
        f"  Port {host.ssh_port}\n"
        f"  User {USER}\n"
        f'  IdentityFile "{lab.key_for(host)}"\n'
        "  IdentitiesOnly yes\n"
        f'  UserKnownHostsFile "{lab.known_hosts}"\n'
        "  StrictHostKeyChecking yes\n"
        "  LogLevel ERROR\n" + "".join(f"  {line}\n" for line in LEGACY_SSH if host.legacy) + "\n"
    )


def _make_key(path: Path, comment: str, kind: str = "ed25519") -> None:
    if path.exists() and path.with_suffix(".pub").exists():
        return
    private(path.parent)
    path.unlink(missing_ok=True)
    words: list[str | Path] = ["-q", "-t", kind, "-N", "", "-C", comment, "-f", path]
    made = run(["ssh-keygen", *words])
    if not made.ok:
        raise Failed(
            T("No key pair could be made: {reason}", reason=made.last_words),
            remedy=T("Install ssh's own tools: apt-get install openssh-client"),
        )


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
    part.rename(path)
