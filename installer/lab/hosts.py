"""One practice host: made from an image, started, revived, and asked whether it answers."""

from __future__ import annotations

import io
import socket
import tarfile
import threading
import time
from ipaddress import IPv4Address

from installer.lab import forwards, ports, state
from installer.lab.image import INIT, Progress
from installer.lab.limits import why_hosts_hang
from installer.lab.podman import HOST_LABEL, LABEL, Podman
from installer.lab.process import run
from installer.lab.spec import USER, Init, Lab, LabHost
from runbook.artefact import RECEIPT
from runbook.errors import Failed
from runbook.text import T

_BOOT = 90.0
"""Seconds that a host may take to accept a login: two, unless this machine is very busy."""
_BOOTING: dict[Init, tuple[str, ...]] = {
    "systemd": ("--systemd=always",),
    # SysV init takes SIGINT for Ctrl-Alt-Del; halting a container ends nothing but its processes.
    "sysv": ("--systemd=false", "--stop-signal=SIGINT", "--cap-add=SYS_BOOT"),
}
_WRITTEN_LAST = ("-exec", "touch", "{}", "+")
"""A disk that is copied gives each file a new change time. The receipt of a directory must have the
last one there: what is younger was put in by somebody else."""
_LOOK = 2.0
"""Seconds after which a host that does not answer is asked whether it still runs at all."""


def container_name(lab: Lab, host: LabHost) -> str:
    """Name of the host's container."""
    return f"{lab.name}-{host.name}"


def create(podman: Podman, lab: Lab, host: LabHost, image: str, bare: bool = True) -> None:
    """Make and start the host; nothing of that name may exist.

    :param bare: the image is that of any host; False where it is a snapshot of this one
    :raises Failed: one of its ports is taken, or Podman refuses
    """
    published = {host.ssh_port: 22} | ({host.http_port: 80} if host.http_port else {})
    forwards.forget_dead(podman, published)
    for port in published:
        if not ports.is_free(port):
            raise Failed(
                T("Port {port} of this machine is taken by another program.", port=port),
                T("The lab {lab} needs it for {host}.", lab=lab.name, host=host.name),
                T("End that program; or catherd lab down, then up: other ports are chosen."),
            )
    name = container_name(lab, host)
    podman.do(
        "create",
        f"--name={name}",
        f"--hostname={host.name}",
        f"--label={LABEL}={lab.name}",
        f"--label={HOST_LABEL}={host.name}",
        f"--network={lab.network}",
        f"--ip={host.address}",
        f"--mac-address={mac_address(host.address)}",
        "--no-hosts",  # ours, below: what this machine's own file says is of no use there
        "--dns=none",
        *_BOOTING[lab.init],
        "--cap-add=NET_RAW",  # ping
        *(f"--publish=127.0.0.1:{port}:{its_own}" for port, its_own in published.items()),
        *podman.flags(image).create,
        image,
        INIT[lab.init],
    )
    if bare:
        podman.do("cp", "-", f"{name}:/", input=own_files(lab, host))
    podman.do("start", name)
    if not bare:
        podman.do("exec", name, "find", "/", "-xdev", "-name", RECEIPT, *_WRITTEN_LAST)


def mac_address(address: str) -> str:
    """A hardware address that stays with the IP address when a host is made or started anew.

    With another one each time, neighbours talk to the dead one until their ARP entry ages: a
    minute.
    """
    return "02:00:" + ":".join(f"{byte:02x}" for byte in IPv4Address(address).packed)


def revive(podman: Podman, lab: Lab, host: LabHost, stop: threading.Event) -> bool:
    """Start a dead host again with all that is installed on it, if that can be done.

    Where the whole machine was killed, Podman can be stuck believing that the host is just
    being stopped; then what lies on its disk goes to a new container.
    """
    name = container_name(lab, host)
    podman.ask("unpause", name)
    podman.ask("stop", "--time", "2", name)
    if not podman.ask("start", name).ok:
        disk = podman.ask("commit", "--quiet", "--pause=false", name)
        if not disk.ok:
            return False
        podman.remove([name])
        create(podman, lab, host, disk.out.strip(), bare=False)
    return comes_up(podman, lab, host, stop)


def wait_until_ready(podman: Podman, lab: Lab, host: LabHost, stop: threading.Event) -> None:
    """Wait until the operator can log in.

    :raises Failed: the host does not get that far
    """
    if not comes_up(podman, lab, host, stop) and not stop.is_set():
        where, remedy = why_hosts_hang() or (
            T("See: podman logs {name}", name=container_name(lab, host)),
            T("Try once more: catherd lab reset"),
        )
        what = T("{host} was started, but nobody can log in to it.", host=host.name)
        raise Failed(what, where, remedy)


def comes_up(podman: Podman, lab: Lab, host: LabHost, stop: threading.Event) -> bool:
    """Wait until the operator can log in; False once it is clear that this will not happen."""
    end = time.monotonic() + _BOOT
    while not stop.is_set() and time.monotonic() < end:
        if logs_in(lab, host, stop, _LOOK):
            return True
        found = podman.containers(lab.name).get(host.name)
        if found is None or not found.alive:
            return False
    return False


def logs_in(lab: Lab, host: LabHost, stop: threading.Event, patience: float) -> bool:
    """Whether the operator can log in within so many seconds."""
    end = time.monotonic() + patience
    while not stop.is_set():
        if answers(host, 1.0) and _login(lab, host):
            return True
        if time.monotonic() >= end:
            return False
        stop.wait(0.05)
    return False


def answers(host: LabHost, patience: float) -> bool:
    """Whether an sshd greets on the host's port."""
    try:
        with socket.create_connection(("127.0.0.1", host.ssh_port), patience) as connection:
            connection.settimeout(patience)
            return connection.recv(4) == b"SSH-"
    except OSError:
        return False


def _login(lab: Lab, host: LabHost) -> bool:
    options = ("-o", "BatchMode=yes", "-o", "ConnectTimeout=5", "-o", "LogLevel=ERROR")
    return run(["ssh", "-F", lab.ssh_config, *options, host.name, "true"]).ok


def own_files(lab: Lab, host: LabHost) -> bytes:
    """A tar of what makes this host itself: keys, names of its neighbours, and its sudo rule."""
    key = state.host_key(lab, host)
    names = [f"{other.address}\t{other.name}\n" for other in lab.hosts]
    kind = "rsa" if host.legacy else "ed25519"
    login = lab.key_for(host).with_suffix(".pub").read_text()
    files = {
        "etc/hosts": (0o644, "127.0.0.1\tlocalhost\n" + "".join(names)),
        f"etc/ssh/ssh_host_{kind}_key": (0o600, key.read_text()),
        f"etc/ssh/ssh_host_{kind}_key.pub": (0o644, key.with_suffix(".pub").read_text()),
        f"etc/ssh/authorized_keys/{USER}": (0o644, login),
    }
    if host.legacy:
        lines = ("HostKey /etc/ssh/ssh_host_rsa_key", *state.LEGACY_SSH)
        files["etc/ssh/sshd_config.d/legacy.conf"] = (0o644, "\n".join(lines) + "\n")
    if host.asks_password:
        files["etc/lab-password"] = (0o600, f"{USER}:{lab.sudo_password.read_text()}")
    else:
        files[f"etc/sudoers.d/{USER}"] = (0o440, f"{USER} ALL=(ALL:ALL) NOPASSWD: ALL\n")
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for name, (mode, text) in files.items():
            member = tarfile.TarInfo(name)
            member.mode, member.size = mode, len(text.encode())
            member.mtime = int(time.time())
            tar.addfile(member, io.BytesIO(text.encode()))
    return packed.getvalue()


def bring(
    podman: Podman,
    lab: Lab,
    host: LabHost,
    image: str,
    progress: Progress,
    stop: threading.Event,
    bare: bool = True,
) -> None:
    """Make the host from the image and wait until it answers."""
    create(podman, lab, host, image, bare)
    wait_until_ready(podman, lab, host, stop)
    progress(T("{host}: up at {address}", host=host.name, address=host.address))
