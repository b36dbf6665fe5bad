"""Each way in which a connection fails, as people are told it."""

from __future__ import annotations

import errno
import socket

import paramiko

from runbook.errors import CatherdError, NotPermitted, Unreachable
from runbook.text import T, Text

_FORBIDDEN = 1
"""Code of a channel that an administrator prohibits."""
_NO_ROUTE = (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTDOWN)


def explain(error: Exception, name: str, host: str, port: int, jump: str = "") -> CatherdError:
    """The error to raise for what went wrong while connecting to ``host:port``.

    :param jump: the host that the connection goes through, if there is one
    """
    if isinstance(error, CatherdError):
        return error
    where = T("Tried {host}, port {port}.", host=host, port=port)
    if jump:
        where = T(
            "Tried {host}, port {port}, from the jump host {jump}.", host=host, port=port, jump=jump
        )
        beyond = _beyond(error, name, host, port, jump)
        if beyond is not None:
            return Unreachable(beyond[0], where, beyond[1])
    what, remedy = _words(error, name, host, port)
    kind = NotPermitted if isinstance(error, paramiko.AuthenticationException) else Unreachable
    return kind(what, where, remedy)


def _beyond(
    error: Exception, name: str, host: str, port: int, jump: str
) -> tuple[Text, Text] | None:
    """What a jump host says that cannot, or may not, go on to the next one."""
    if isinstance(error, paramiko.ChannelException):
        if error.code == _FORBIDDEN:
            return (
                T("The jump host {jump} may not go on to {name}.", jump=jump, name=name),
                T(
                    "In its sshd_config, set AllowTcpForwarding yes; look at PermitOpen and at "
                    "the options of your key there, too."
                ),
            )
        return (
            T(
                "{name} cannot be reached from the jump host {jump}: {why}.",
                name=name,
                jump=jump,
                why=error.text,
            ),
            T(
                "Is sshd running there? Log in to {jump} and try: ssh -p {port} {host}",
                jump=jump,
                port=port,
                host=host,
            ),
        )
    if "Timeout opening channel" in str(error):
        return (
            T("{name} does not answer the jump host {jump}.", name=name, jump=jump),
            T("Is the host up? Is a firewall between the two?"),
        )
    return None


def proxy_failure(name: str, command: str, why: str) -> Unreachable:
    """The error for a ProxyCommand that ended by itself."""
    return Unreachable(
        T("The ProxyCommand for {name} failed: {why}", name=name, why=why),
        T("It was: {command}", command=command),
        T("Correct it in ssh_config; try it with: ssh {name}", name=name),
    )


def is_transient(error: CatherdError) -> bool:
    """Whether trying again in a moment may help: not with a wrong key or a wrong name."""
    cause = error.__cause__
    if isinstance(cause, socket.gaierror):
        return cause.errno == socket.EAI_AGAIN
    return isinstance(error, Unreachable) and not isinstance(
        cause, paramiko.ssh_exception.IncompatiblePeer
    )


def _words(error: Exception, name: str, host: str, port: int) -> tuple[Text, Text]:
    if isinstance(error, socket.gaierror):
        return (
            T("No address is known for {host}.", host=host),
            T("Check the spelling in cluster.toml, and that the name resolves here."),
        )
    if isinstance(error, ConnectionRefusedError):
        return (
            T("{name} refuses connections on port {port}.", name=name, port=port),
            T(
                "Is sshd running there, and is it that port? Check with: ssh -p {port} {host}",
                port=port,
                host=host,
            ),
        )
    if isinstance(error, TimeoutError):
        return (
            T("{name} does not answer.", name=name),
            T("Is the host up? Is a VPN or a firewall in between?"),
        )
    if isinstance(error, OSError) and error.errno in _NO_ROUTE:
        return (
            T("There is no way to {name} from here: {why}.", name=name, why=error.strerror),
            T("Check the network of this machine, and the address."),
        )
    if isinstance(error, paramiko.ssh_exception.IncompatiblePeer):
        return (
            T("{name} and Catherd have no SSH algorithm in common: {why}.", name=name, why=error),
            T(
                "If it is an old server that you trust, set legacy = true in its [hosts.ssh]; "
                "otherwise allow it what OpenSSH allows by default (sshd_config)."
            ),
        )
    if isinstance(error, paramiko.AuthenticationException):
        return (
            T("{name} ended the login: {why}.", name=name, why=error),
            T("Check user and key of the host in cluster.toml."),
        )
    if isinstance(error, EOFError | ConnectionResetError) or "banner" in str(error):
        return (
            T("{name} closed the connection before it said what it is.", name=name),
            T(
                "Is port {port} really sshd? It may be overloaded, or refuse this address.",
                port=port,
            ),
        )
    return (
        T("The connection to {name} failed: {why}.", name=name, why=error),
        T("Check with: ssh -v -p {port} {host}", port=port, host=host),
    )
