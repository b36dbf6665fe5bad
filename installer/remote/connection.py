"""Opens one Fabric connection: addresses, jump host, host key, algorithms, login."""

from __future__ import annotations

import logging
import os
import socket
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import paramiko
from fabric import Config, Connection
from paramiko import SSHConfig

from installer.remote.failures import explain, proxy_failure
from installer.remote.hostkeys import (
    SYSTEM_FILES,
    HostKeyCheck,
    KnownHosts,
    own_known_hosts,
)
from installer.remote.login import Login
from installer.remote.proxy import Proxy
from installer.remote.ssh import Credentials, HostKeyPolicy, SshSettings
from installer.remote.ssh_config import read_ssh_config
from installer.remote.wire import Wire
from runbook.errors import CatherdError
from runbook.text import T

logging.getLogger("paramiko").addHandler(logging.NullHandler())  # else it prints tracebacks

CONNECT_TIMEOUT = 10.0
BANNER_TIMEOUT = 20.0
AUTH_TIMEOUT = 60.0
_GIVE_UP_UNANSWERED = 30_000
"""Milliseconds after which the kernel declares a peer gone that acknowledges nothing."""

_SHA1 = {
    "kex": [
        "diffie-hellman-group-exchange-sha1",
        "diffie-hellman-group14-sha1",
        "diffie-hellman-group1-sha1",
    ],
    "keys": ["ssh-rsa", "ssh-rsa-cert-v01@openssh.com"],
    "pubkeys": ["ssh-rsa", "ssh-rsa-cert-v01@openssh.com"],
    "macs": ["hmac-sha1", "hmac-sha1-96", "hmac-md5", "hmac-md5-96"],
    "ciphers": ["3des-cbc"],
}


@dataclass(frozen=True)
class Way:
    """Where a connection leads, after ssh_config has had its say."""

    host: str
    port: int
    user: str
    entry: dict[str, Any]
    """The options of ssh_config that apply, keys in lower case."""

    @classmethod
    def to(cls, settings: SshSettings, ssh_config: SSHConfig) -> Way:
        """As ``ssh`` would understand it."""
        entry = dict(ssh_config.lookup(settings.alias or settings.host))
        user = entry.get("user") or _local_user()
        return cls(entry["hostname"], int(entry.get("port", 22)), user, entry)


def connect(settings: SshSettings, credentials: Credentials, policy: HostKeyPolicy) -> Connection:
    """Open a connection, once.

    :raises Unreachable: the host, the name or the way there
    :raises NotPermitted: the host key or the login
    :raises BadInput: a key or a configuration file
    """
    ssh_config = read_ssh_config(settings)
    way = Way.to(settings, ssh_config)
    gateway, jump = _gateway(settings, way, ssh_config, credentials, policy)
    command = way.entry.get("proxycommand", "none")
    proxy = Proxy(command) if gateway is None and command != "none" else None
    try:
        connection = _prepare(settings, way, ssh_config, credentials, policy)
        if gateway is not None:
            sock = _through(gateway, way)
        else:
            sock = proxy.sock if proxy else _socket(way.host, way.port)
        connection.connect_kwargs["sock"] = sock
        connection.open()
    except Exception as error:
        if gateway is not None:
            close(gateway)
        if proxy and (why := proxy.complaint()):
            raise proxy_failure(settings.name, command, why) from error
        raise explain(error, settings.name, way.host, way.port, jump) from error
    connection.gateway = gateway  # to be closed with it
    connection.transport.watch()
    return connection


def _prepare(
    settings: SshSettings,
    way: Way,
    ssh_config: SSHConfig,
    credentials: Credentials,
    policy: HostKeyPolicy,
) -> Connection:
    known = KnownHosts(
        _known_hosts_files(settings, way.entry), way.entry.get("hostkeyalias", way.host), way.port
    )
    identities = way.entry.get("identityfile", [])
    only_these = way.entry.get("identitiesonly", "no") == "yes"
    login = Login(settings, way.user, identities, not only_these, credentials)
    config = Config(
        lazy=True,  # no fabric.yaml of anybody is read
        ssh_config=ssh_config,
        overrides={"authentication": {"strategy_class": lambda **_: login}},
    )
    connection = Connection(
        settings.alias or settings.host,
        user=way.user,
        port=way.port,
        config=config,
        gateway=False,
        forward_agent=False,
        connect_timeout=int(CONNECT_TIMEOUT),
        connect_kwargs={
            "banner_timeout": BANNER_TIMEOUT,
            "auth_timeout": AUTH_TIMEOUT,
            "disabled_algorithms": None if settings.legacy_ssh else _SHA1,
            "transport_factory": partial(Wire, known_types=known.types),
        },
    )
    connection.client.set_missing_host_key_policy(HostKeyCheck(settings.name, known, policy))
    return connection


def _known_hosts_files(settings: SshSettings, entry: dict[str, Any]) -> list[Path]:
    configured = f"{entry.get('userknownhostsfile', '')} {entry.get('globalknownhostsfile', '')}"
    return [
        *(file for file in settings.known_hosts if file.exists()),
        own_known_hosts(),
        *(Path(name.strip('"')).expanduser() for name in configured.split()),
        *(Path(name).expanduser() for name in SYSTEM_FILES),
    ]


def _gateway(
    settings: SshSettings,
    way: Way,
    ssh_config: SSHConfig,
    credentials: Credentials,
    policy: HostKeyPolicy,
) -> tuple[Connection | None, str]:
    """The open connection to the jump host, if there is one on the way, and what it is called.

    It is logged in to with the key that ssh_config names for it, else with that of the host.
    """
    jump = settings.jump or way.entry.get("proxyjump", "none")
    if jump == "none":
        return None, ""
    *before, last = str(jump).split(",")
    user, _, address = last.strip().rpartition("@")
    host, port = _split(address)
    hop = replace(
        settings,
        name=address,
        host=host,
        port=port,
        user=user or None,
        alias=None,
        key=None if "identityfile" in ssh_config.lookup(host) else settings.key,
        jump=",".join(before) or None,
    )
    if host == way.host and (port or 22) == way.port:
        return None, ""  # a wildcard in ssh_config that also matches the jump host itself
    try:
        return connect(hop, credentials, policy), address
    except CatherdError as error:
        error.where = T(
            "{where} It is the jump host to {name}.", where=error.where or "", name=settings.name
        )
        raise


def _split(address: str) -> tuple[str, int | None]:
    host, colon, port = address.rpartition(":")
    if colon and port.isdecimal() and (":" not in host or host.endswith("]")):
        return host.strip("[]"), int(port)
    return address.strip("[]"), None


def _through(gateway: Connection, way: Way) -> paramiko.Channel:
    """A connection that the jump host makes to the host behind it."""
    return gateway.transport.open_channel(
        "direct-tcpip", (way.host, way.port), ("", 0), timeout=CONNECT_TIMEOUT
    )


def _socket(host: str, port: int) -> socket.socket:
    """A TCP connection that sends at once and notices a peer that has vanished."""
    sock = socket.create_connection((host, port), CONNECT_TIMEOUT)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _GIVE_UP_UNANSWERED)
    return sock


def close(connection: Connection) -> None:
    """End a connection and those that it goes through."""
    connection.close()
    if isinstance(connection.gateway, Connection):
        close(connection.gateway)


def _local_user() -> str:
    import getpass

    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return os.environ.get("USER", "root")
