"""How archives and secrets come to the hosts by hand, and how what is left of that goes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from shlex import quote

from installer.export.by_hand import STAGE, secret_file
from installer.export.here_documents import here_document
from installer.export.model import HERE, Archive, Block
from runbook.cluster import Cluster, HostAnswers
from runbook.host import SECRET_BYTES
from runbook.text import T

Secrets = Mapping[str, Sequence[str]]
"""The hosts that need each secret, by its name."""


def bringing(
    cluster: Cluster, archives: Sequence[Archive], secrets: Secrets, places: Mapping[str, Path]
) -> Iterator[Block]:
    """Make secrets, copy everything, put it where only root reads it, and compare checksums.

    :param places: where each archive lies on this machine, by its name
    """
    if secrets:
        made = "\n".join(_make_secret(name) for name in secrets)
        yield Block((HERE,), f"( umask 077\n{made}\n)", T("secrets, made once"))
    for host in cluster.hosts:
        mine = [archive for archive in archives if host.name in archive.hosts]
        hidden = [secret_file(name) for name, hosts in secrets.items() if host.name in hosts]
        if not mine and not hidden:
            continue
        files = [*(str(places[archive.name]) for archive in mine), *hidden]
        copy = f"{_scp(host)} {' '.join(map(quote, files))} {quote(_login(host))}:"
        yield Block((HERE,), copy, T("what {host} needs", host=host.name))
        names = [*(archive.name for archive in mine), *hidden]
        yield Block((host.name,), _stage(names, mine), T("only root reads it there"))


def tidying(archives: Sequence[Archive], secrets: Secrets) -> Iterator[Block]:
    """Nothing of it is needed any more."""
    hosts = dict.fromkeys(name for archive in archives for name in archive.hosts)
    hosts.update(dict.fromkeys(name for names in secrets.values() for name in names))
    if hosts:
        yield Block(tuple(hosts), f"rm -rf {STAGE}")
    if secrets:
        yield Block((HERE,), f"rm -f {' '.join(map(secret_file, secrets))}")


def _make_secret(name: str) -> str:
    digits = f"od -An -v -tx1 -N{SECRET_BYTES[name]} /dev/urandom | tr -d ' \\n'"
    return f"printf '%s\\n' \"$({digits})\" >{secret_file(name)}"


def _scp(host: HostAnswers) -> str:
    ssh = host.ssh
    options = (("-F", ssh.config), ("-P", ssh.port), ("-i", ssh.key), ("-J", ssh.jump))
    words = (f" {flag} {_home(str(value))}" for flag, value in options if value is not None)
    return f"scp -p{''.join(words)}"


def _home(word: str) -> str:
    """The word quoted, but for a tilde that stands for the home."""
    return f"~/{quote(word[2:])}" if word.startswith("~/") else quote(word)


def _login(host: HostAnswers) -> str:
    name = host.ssh.alias or host.ssh.host or str(host.address)
    name = f"[{name}]" if ":" in name else name
    return f"{host.ssh.user}@{name}" if host.ssh.user else name


def _stage(names: Sequence[str], archives: Sequence[Archive]) -> str:
    sums = "".join(f"{archive.sha256}  {archive.name}\n" for archive in archives)
    moved = " ".join(quote(name) for name in names)
    lines = [
        f"( umask 077; mkdir -p {STAGE} )",
        'cd "$(getent passwd "${SUDO_USER:-root}" | cut -d : -f 6)"',
        f"mv -f -- {moved} {STAGE}/",
        f"chown root:root {STAGE}/*",
    ]
    if sums:
        lines.append(f"cd {STAGE}")
        lines.append(checked(sums))
    return "\n".join(lines)


def checked(sums: str) -> str:
    """Compares checksums in the form of sha256sum; a host without that has openssl."""
    return here_document(
        """if command -v sha256sum >/dev/null 2>&1; then sha256sum -c
else
  while read -r sum name; do
    case $(openssl dgst -sha256 <"$name") in
    *"$sum") echo "$name: OK" ;;
    *) echo "$name: FAILED"; false ;;
    esac
  done
fi""",
        sums.encode(),
    )
