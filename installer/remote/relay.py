"""A connection from the host to one of its ports without sshd's forwarding: a shell carries it."""

from __future__ import annotations

from contextlib import ExitStack

import paramiko

from installer.remote.link import Link
from installer.remote.script import quote
from runbook.text import T

_UP, _DOWN = b"catherd-relay: up\n", b"catherd-relay: down\n"

_BASH = """
if { exec 3<>"/dev/tcp/$0/$1"; } 2>/dev/null; then echo "catherd-relay: up"
else echo "catherd-relay: down"; exit; fi
cat <&0 >&3 &
cat <&3
kill $! 2>/dev/null
"""
"""Only bash can connect by itself; it is on nearly every host."""


def relay(stack: ExitStack, link: Link, host: str, port: int, seconds: float) -> paramiko.Channel:
    """A session, open for as long as ``stack``, whose streams are those of ``host:port``.

    :raises ConnectionRefusedError: nobody listens there
    :raises ConnectionError: there is no bash on the host
    """
    channel = stack.enter_context(link.session())
    channel.settimeout(seconds)
    one_line = "; ".join(_BASH.strip().splitlines()).replace("&;", "&")
    channel.exec_command(f"bash -c {quote(one_line)} {quote(host)} {port:d}")
    seen = b""
    while not seen.endswith((_UP, _DOWN)):
        chunk = channel.recv(4096)
        if not chunk:
            raise ConnectionError(
                T("sshd forbids it: set AllowTcpForwarding yes in its sshd_config, or install bash")
            )
        seen += chunk
    if seen.endswith(_DOWN):
        raise ConnectionRefusedError(T("connection refused"))
    return channel
