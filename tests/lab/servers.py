"""A practice host with many accounts and many sshd: each lets in, or refuses, in its own way."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

from installer import lab
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from installer.lab.state import host_key
from installer.remote.ssh import SshSettings

PASSWORD = "it's $(me) — 密码"
PASSPHRASE = "open sesame; true"

SSHDS = {
    "plain": "",
    "keyboard": "KbdInteractiveAuthentication yes\nPubkeyAuthentication no",
    "password": "PasswordAuthentication yes\nPubkeyAuthentication no\nMaxAuthTries 10",
    "both": "PasswordAuthentication yes\nAuthenticationMethods publickey,password",
    "tries": "MaxAuthTries 2",
    "no-sftp": "",
    "no-sftp-server": "",
    "no-forwarding": "AllowTcpForwarding no",
    "one-session": "MaxSessions 1",
    "no-session": "MaxSessions 0",
    "startups": "MaxStartups 1:100:1",
    "legacy": "KexAlgorithms diffie-hellman-group14-sha1\nHostKeyAlgorithms ssh-rsa",
    "modern": "KexAlgorithms sntrup761x25519-sha512@openssh.com",
    "other-key": "",
    "forced": "ForceCommand /bin/echo this account may only fetch mail",
}  # fmt: skip
_SFTP = {"no-sftp": "", "no-sftp-server": "Subsystem sftp /no/such/sftp-server"}
_PORT = 2301

ACCOUNTS = """
add() { useradd --create-home --shell "$2" "$1" && cp /root/test.pub "/etc/ssh/authorized_keys/$1"
  printf '%s:%s\\n' "$1" "$password" | chpasswd; }
may() { echo "$1 ALL=(ALL:ALL) $2 ALL" >"/etc/sudoers.d/$1"; }
for name in asks lectured lawless once; do add $name /bin/bash; done
for name in asks lectured once; do may $name; done
for name in free noisy ttyonly full readonly homeless shut; do
  add $name /bin/bash; may $name NOPASSWD:
done
sed -i 's/pam_unix.so nullok/& nodelay/' /etc/pam.d/common-auth
echo 'Defaults:lectured lecture=always' >>/etc/sudoers.d/lectured
echo 'Defaults:ttyonly requiretty' >>/etc/sudoers.d/ttyonly
echo 'Defaults:once passwd_tries=1' >>/etc/sudoers.d/once
add nologin /usr/sbin/nologin
for name in expired stale locked; do add $name /bin/bash; done
chage -E 0 expired; chage -d 0 stale; usermod -L locked; chage -E 0 locked
printf 'echo "Welcome, noisy!"\\necho careful >&2\\n' >/home/noisy/.bashrc
chown root:root /home/shut; chmod 555 /home/shut
rm -rf /home/homeless
mount -t tmpfs -o size=64k,mode=777 none /home/full
dd if=/dev/zero of=/home/full/fill bs=1k count=64 2>/dev/null
mount -t tmpfs -o ro none /home/readonly
if dpkg -i /root/tcsh.deb >/dev/null 2>&1; then
  add csh /usr/bin/tcsh; may csh NOPASSWD:; add cshroot /usr/bin/tcsh
  echo 'echo "csh says hello"' >/home/csh/.cshrc
fi
true
"""


@dataclass
class Servers:
    """What stands on the host, and how it is reached."""

    lab: lab.Lab
    place: Path
    ports: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.host = self.lab.host("tomcat1")
        self.address = self.host.address
        for name, passphrase in (("key", ""), ("locked", PASSPHRASE), ("stranger", "")):
            file = str(self.place / name)
            words = ["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", file]
            subprocess.run(words, check=True)
        public = (self.place / "key.pub").read_text() + (self.place / "locked.pub").read_text()
        self.copy("/root/test.pub", public.encode())
        tcsh = self._tcsh()
        if tcsh is not None:
            self.copy("/root/tcsh.deb", tcsh.read_bytes())
        quoted = PASSWORD.replace("'", "'\\''")
        self.on(f"password='{quoted}'\n{ACCOUNTS}")
        self._start_all()
        self.known = self.place / "known_hosts"
        self.known.write_text(self.lines("*"))

    def lines(self, port: str, other: bool = False) -> str:
        """Lines of known_hosts for all hosts of the lab, at these ports."""
        hosts = self.lab.hosts
        keys = {host.name: host_key(self.lab, host).with_suffix(".pub").read_text().split()[:2]
                for host in hosts}  # fmt: skip
        return "".join(
            f"{host.address},[{host.address}]:{port},[127.0.0.1]:{host.ssh_port} "
            f"{' '.join(keys[host.name])}\n"
            for host in hosts
        )

    def settings(self, user: str = "free", server: str = "plain", **more: object) -> SshSettings:
        """How to reach an account at one of the servers."""
        given: dict[str, object] = {
            "name": "tomcat1", "host": self.address, "port": self.ports[server], "user": user,
            "key": str(self.place / "key"), "known_hosts": (self.known,), **more,
        }  # fmt: skip
        return SshSettings(**given)  # type: ignore[arg-type]

    def on(self, script: str, host: str = "tomcat1") -> str:
        """Run a script as root on a host, past Catherd."""
        container = container_name(self.lab, self.lab.host(host))
        return open_podman().do("exec", "--privileged", container, "sh", "-c", script)

    def start(self, server: str) -> None:
        """Start one of the servers, which was stopped."""
        self.on(f"/usr/sbin/sshd -f /root/sshd/{server}")

    def stop(self, server: str) -> None:
        """Stop it; connections that stand are left alone."""
        self.on(f"kill $(cat /root/sshd/{server}.pid)")

    def copy(self, path: str, data: bytes) -> None:
        """Put a file on the host."""
        file = self.place / "copied"
        file.write_bytes(data)
        open_podman().do("cp", str(file), f"{container_name(self.lab, self.host)}:{path}")

    def _start_all(self) -> None:
        lines = ["set -e; mkdir -p /root/sshd /run/sshd"]
        lines.append("for t in ed25519 rsa; do ssh-keygen -q -t $t -N '' -f /root/sshd/$t; done")
        for number, (name, options) in enumerate(SSHDS.items()):
            self.ports[name] = _PORT + number
            key = {"legacy": "/root/sshd/rsa", "other-key": "/root/sshd/ed25519"}.get(
                name, "/etc/ssh/ssh_host_ed25519_key"
            )
            config = (
                f"{options}\nPort {self.ports[name]}\nPidFile /root/sshd/{name}.pid\n"
                f"HostKey {key}\nAuthorizedKeysFile /etc/ssh/authorized_keys/%u\nUsePAM yes\n"
                "PasswordAuthentication no\nKbdInteractiveAuthentication no\nUseDNS no\n"
                f"{_SFTP.get(name, 'Subsystem sftp internal-sftp')}\n"
            )
            lines.append(f"cat >/root/sshd/{name} <<'END'\n{config}END")
            lines.append(f"/usr/sbin/sshd -f /root/sshd/{name}")
        self.on("\n".join(lines))

    def _tcsh(self) -> Path | None:
        """A shell that is none of Bourne's family, where one can be had."""
        if shutil.which("apt-get") is None:
            return None
        subprocess.run(
            ["apt-get", "download", "-q", "tcsh"], cwd=self.place, capture_output=True, check=False
        )
        return next(self.place.glob("tcsh_*.deb"), None)
