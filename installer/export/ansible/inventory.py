"""Hosts, how this machine logs in to them, and the variables of all and of each."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from installer.export.ansible.naming import common_values, own_values
from runbook.artefact import Artefact
from runbook.cluster import Cluster, HostAnswers, SshAnswers
from runbook.host import Host, Role

LEGACY = (
    "-o KexAlgorithms=+diffie-hellman-group14-sha1,diffie-hellman-group-exchange-sha1",
    "-o HostKeyAlgorithms=+ssh-rsa",
    "-o PubkeyAcceptedAlgorithms=+ssh-rsa",
)
"""What OpenSSH wants to hear before it speaks as in 2007."""


def group_of(role: Role) -> str:
    """The group of the hosts with a role; not a host's name, which may be the role."""
    return f"{role}s"


def inventory(cluster: Cluster, base: Path) -> dict[str, Any]:
    """All hosts in their groups.

    :param base: where files that the answers name are looked for
    """
    groups: dict[str, Any] = {}
    for host in cluster.hosts:
        group = groups.setdefault(group_of(host.role), {"hosts": {}})
        group["hosts"][host.name] = _login(host, base)
    return {"all": {"children": groups}}


def _login(host: HostAnswers, base: Path) -> dict[str, Any]:
    """Ansible's words for how a host is reached; no password is among them."""
    ssh = host.ssh
    login: dict[str, Any] = {"ansible_host": ssh.alias or ssh.host or str(host.address)}
    if ssh.port is not None:
        login["ansible_port"] = ssh.port
    if ssh.user is not None:
        login["ansible_user"] = ssh.user
    if ssh.key is not None:
        login["ansible_ssh_private_key_file"] = _file(ssh.key, base)
    if words := list(_options(ssh, base)):
        login["ansible_ssh_common_args"] = " ".join(words)
    return login


def _options(ssh: SshAnswers, base: Path) -> Iterable[str]:
    if ssh.config is not None:
        yield f"-F {shlex.quote(_file(ssh.config, base))}"
    if ssh.jump is not None:
        yield f"-J {shlex.quote(ssh.jump)}"
    if ssh.legacy:
        yield from LEGACY


def _file(name: str, base: Path) -> str:
    """As an absolute path, or below the home of whoever runs the playbook."""
    return name if name.startswith("~") else str((base / name).absolute())


def for_all(host: Host, archives: Mapping[str, tuple[Artefact, str | None]]) -> dict[str, Any]:
    """``group_vars/all.yml``: places and archives.

    :param archives: each with where it can be fetched again, if anywhere
    """
    return {
        **common_values(host),
        "archives": {
            artefact.name: {
                "sha256": artefact.sha256,
                "top": artefact.top,
                "format": artefact.format,
                **({"url": url} if url else {}),
            }
            for artefact, url in archives.values()
        },
    }


def for_host(
    host: Host, used: Sequence[str], only_here: Mapping[str, Sequence[Sequence[str]]]
) -> dict[str, Any]:
    """``host_vars``: what tells this host apart.

    :param used: variables that stand somewhere in the project
    """
    values = {
        name.partition(".")[2]: each for name, each in own_values(host).items() if name in used
    }
    found: dict[str, Any] = {"node": values} if values else {}
    if only_here:
        found["only_here"] = {name: [list(p) for p in each] for name, each in only_here.items()}
    return found
