"""A small SSH server in this process, so that connections can fail in every way on demand."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import paramiko
from paramiko import SFTPAttributes, SFTPHandle, SFTPServer, SFTPServerInterface

from installer.remote.ssh import NoCredentials, SshSettings

SUDO = """#!/bin/sh
mode=$(cat "$SUDO_STATE/mode") prompt= n= s=
while :; do
  case $1 in
  -n) n=1; shift ;; -S) s=1; shift ;; -H) shift ;; -p) prompt=$2; shift 2 ;; *) break ;;
  esac
done
echo "$n$s" >>"$SUDO_STATE/calls"
case $mode in
free) exec "$@" ;;
tty) echo "sudo: sorry, you must have a tty to run sudo" >&2; exit 1 ;;
denied) echo "Sorry, user x is not allowed to execute '$*' as root." >&2; exit 1 ;;
old) [ -z "$n" ] || { echo "sudo: illegal option \\`-n'" >&2; exit 1; } ;;
esac
[ -z "$n" ] || { echo "sudo: a password is required" >&2; exit 1; }
for try in 1 2 3; do
  printf '%s' "$prompt" >&2
  read -r password || break
  [ "$password" != "$(cat "$SUDO_STATE/password")" ] || exec "$@"
  echo "Sorry, try again." >&2
done
echo "sudo: $try incorrect password attempts" >&2
exit 1
"""  # fmt: skip


@dataclass
class Sshd:
    """What the server does may be changed while it runs."""

    root: Path
    key: paramiko.PKey = field(default_factory=lambda: paramiko.ECDSAKey.generate())
    users: dict[str, str | paramiko.PKey] = field(default_factory=dict)
    """Password or key of each account."""
    forwards: bool = True
    options: dict[str, Any] = field(default_factory=dict)
    """More arguments for the server's transport."""
    signatures: tuple[str, ...] = ()
    """Algorithms of the signatures that it takes; empty is any."""
    signed: list[str] = field(default_factory=list)
    """Algorithms of the signatures that came."""
    room: int | None = None
    """Bytes that uploads may write before the disk is full."""
    logins: int = 0

    def __post_init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self._transports: list[paramiko.Transport] = []
        self.home = self.root / "home"
        self.sudo = self.root / "sudo"
        for folder in (self.home, self.sudo, self.root / "bin"):
            folder.mkdir(exist_ok=True)
        (self.root / "bin" / "sudo").write_text(SUDO)
        (self.root / "bin" / "sudo").chmod(0o755)
        self.sudo_mode("free")
        threading.Thread(target=self._serve, daemon=True).start()

    def sudo_mode(self, mode: str, password: str = "") -> None:
        (self.sudo / "mode").write_text(mode)
        (self.sudo / "password").write_text(password)

    def drop(self) -> None:
        """Cut all connections."""
        for transport in self._transports:
            transport.close()
        self._transports.clear()

    def close(self) -> None:
        with contextlib.suppress(OSError, EOFError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.drop()

    def _serve(self) -> None:
        while True:
            try:
                sock, _ = self._socket.accept()
            except OSError:
                return
            transport = paramiko.Transport(sock, **self.options)
            transport.add_server_key(self.key)
            transport.set_subsystem_handler("sftp", SFTPServer, _Files)
            self._transports.append(transport)
            with contextlib.suppress(paramiko.SSHException, EOFError):
                transport.start_server(server=_Server(self), event=threading.Event())


class _Server(paramiko.ServerInterface):  # type: ignore[misc] # paramiko is untyped
    def __init__(self, sshd: Sshd) -> None:
        self.sshd = sshd

    def get_allowed_auths(self, username: str) -> str:
        by_key = isinstance(self.sshd.users.get(username), paramiko.PKey)
        return "publickey" if by_key else "publickey,password"

    def check_auth_password(self, username: str, password: str) -> int:
        return self._login(self.sshd.users.get(username) == password)

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        def verify(data: bytes, message: paramiko.Message) -> bool:
            algorithm = message.get_text()
            message.rewind()
            self.sshd.signed.append(algorithm)
            wanted = self.sshd.signatures
            return type(key).verify_ssh_sig(key, data, message) and (
                not wanted or algorithm in wanted
            )

        key.verify_ssh_sig = verify
        return self._login(self.sshd.users.get(username) == key)

    def _login(self, ok: bool) -> int:
        self.sshd.logins += ok
        return int(paramiko.AUTH_SUCCESSFUL if ok else paramiko.AUTH_FAILED)

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_direct_tcpip_request(
        self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        if not self.sshd.forwards:
            return int(paramiko.OPEN_FAILED_ADMINISTRATIVELY_PROHIBITED)
        try:
            sock = socket.create_connection(destination, 2)
        except OSError:
            return int(paramiko.OPEN_FAILED_CONNECT_FAILED)
        transport = self.sshd._transports[-1]
        threading.Thread(target=_forward, args=(transport, chanid, sock), daemon=True).start()
        return int(paramiko.OPEN_SUCCEEDED)

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=_execute, args=(self.sshd, channel, command), daemon=True).start()
        return True


def _forward(transport: paramiko.Transport, chanid: int, sock: socket.socket) -> None:
    while (channel := transport._channels.get(chanid)) is None:
        time.sleep(0.01)

    def pump() -> None:
        while data := channel.recv(4096):
            sock.sendall(data)

    threading.Thread(target=pump, daemon=True).start()
    with contextlib.suppress(OSError, EOFError):
        while data := sock.recv(4096):
            channel.sendall(data)
    channel.close()


def _execute(sshd: Sshd, channel: paramiko.Channel, command: bytes) -> None:
    process = subprocess.Popen(
        ["sh", "-c", command],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=sshd.home,
        start_new_session=True,
        env={
            "PATH": f"{sshd.root}/bin:/usr/bin:/bin",
            "SUDO_STATE": str(sshd.sudo),
            "HOME": str(sshd.home),
        },
    )
    assert process.stdin
    assert process.stdout
    assert process.stderr

    def feed(pipe: Any) -> None:
        with contextlib.suppress(OSError, EOFError):
            while data := channel.recv(4096):
                pipe.write(data)
                pipe.flush()
            pipe.close()

    def drain(pipe: Any, send: Any) -> None:
        with contextlib.suppress(OSError, EOFError):
            while data := os.read(pipe.fileno(), 4096):
                send(data)
        pipe.close()

    threading.Thread(target=feed, args=(process.stdin,), daemon=True).start()
    pumps = [
        threading.Thread(target=drain, args=(process.stdout, channel.sendall), daemon=True),
        threading.Thread(target=drain, args=(process.stderr, channel.sendall_stderr), daemon=True),
    ]
    for pump in pumps:
        pump.start()
    code = process.wait()
    with contextlib.suppress(OSError, paramiko.SSHException, EOFError):
        channel.send_exit_status(code & 0xFF)
        for pump in pumps:
            pump.join()
        channel.close()


class _Handle(SFTPHandle):  # type: ignore[misc] # paramiko is untyped
    def __init__(self, sshd: Sshd, flags: int) -> None:
        super().__init__(flags)
        self._sshd = sshd

    def write(self, offset: int, data: bytes) -> Any:
        if self._sshd.room is not None and offset + len(data) > self._sshd.room:
            return paramiko.SFTP_FAILURE
        return super().write(offset, data)


class _Files(SFTPServerInterface):  # type: ignore[misc] # paramiko is untyped
    """Just the calls that an upload makes."""

    def __init__(self, server: _Server, *args: Any, **kwargs: Any) -> None:
        super().__init__(server, *args, **kwargs)
        self._sshd, self._home = server.sshd, server.sshd.home

    def canonicalize(self, path: str) -> str:
        return os.path.normpath(self._home / path)

    def lstat(self, path: str) -> Any:
        return _tried(lambda: SFTPAttributes.from_stat(os.lstat(path)))

    def mkdir(self, path: str, attr: SFTPAttributes) -> Any:
        return _tried(lambda: os.mkdir(path, attr.st_mode or 0o755))

    def chattr(self, path: str, attr: SFTPAttributes) -> Any:
        return _tried(lambda: os.chmod(path, attr.st_mode or 0))

    def open(self, path: str, flags: int, attr: SFTPAttributes) -> Any:
        def opened() -> SFTPHandle:
            handle = _Handle(self._sshd, flags)
            handle.writefile = os.fdopen(os.open(path, flags | os.O_CREAT, 0o600), "wb")
            handle.filename = path
            handle.chattr = lambda attr: self.chattr(path, attr)
            handle.stat = lambda: self.lstat(path)
            return handle

        return _tried(opened)


def _tried(action: Any) -> Any:
    try:
        result = action()
    except OSError as error:
        return SFTPServer.convert_errno(error.errno or 0)
    return paramiko.SFTP_OK if result is None else result


USER_KEY = paramiko.ECDSAKey.generate()


class Answers(NoCredentials):
    """Answers from a list, and what was asked."""

    def __init__(self, *answers: str | None) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, ...]] = []

    def _next(self, *question: str) -> str | None:
        self.asked.append(question)
        return self.answers.pop(0) if self.answers else None

    def login_password(self, host: str, user: str, again: bool) -> str | None:
        return self._next("login", user, "again" if again else "")

    def key_passphrase(self, host: str, key: str, again: bool) -> str | None:
        return self._next("key", Path(key).name, "again" if again else "")

    def sudo_password(self, host: str, user: str, again: bool) -> str | None:
        return self._next("sudo", user, "again" if again else "")


def settings(sshd: Sshd, home: Path, user: str | None = "alice", **more: object) -> SshSettings:
    known = home / "known"
    if not known.exists():
        known.write_text(f"[127.0.0.1]:{sshd.port} {sshd.key.get_name()} {sshd.key.get_base64()}\n")
    given: dict[str, object] = {
        "name": "tomcat1", "host": "127.0.0.1", "port": sshd.port, "user": user,
        "key": str(home / "key"), "known_hosts": (known,), **more,
    }  # fmt: skip
    return SshSettings(**given)  # type: ignore[arg-type]
