"""Debian packages for a practice host, which has no internet: brought here, and laid out there."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

import platformdirs

from installer import lab
from installer.depot.debian_apt import Apt
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from tests.lab.commands import on, say

SHELF = "/opt/packages"
_DEPENDS = [
    "apt-cache", "depends", "--recurse", "--no-recommends", "--no-suggests", "--no-conflicts",
    "--no-breaks", "--no-replaces", "--no-enhances",
]  # fmt: skip
_INDEX = f"""
cd {SHELF} && for deb in *.deb; do
  dpkg-deb -f "$deb"
  echo "Filename: ./$deb"
  echo "Size: $(stat -c %s "$deb")"
  echo "SHA256: $(sha256sum "$deb" | cut -d' ' -f1)"
  echo
done >Packages && apt-get -q update >/dev/null
"""


def offer(hosts: lab.Lab, host: str, names: Sequence[str]) -> None:
    """Let apt on a host install these packages: all that they need lies there afterwards."""
    told = subprocess.run([*_DEPENDS, *names], capture_output=True, text=True, check=True).stdout
    closure = set(re.findall(r"^([a-z0-9][a-z0-9+.-]+)$", told, re.M))
    there = set(on(hosts, host, "dpkg-query -W -f '${Package}\\n'").split())
    root = platformdirs.user_cache_path("catherd") / "debian"
    brought = Apt(root / "apt", say).packages(
        root / f"offer-{'-'.join(names)}", sorted(closure - there)
    )
    with tempfile.NamedTemporaryFile(suffix=".tar") as file:
        subprocess.run(
            ["tar", "-cf", file.name, *_from_one_place(list(brought.values()))], check=True
        )
        container = container_name(hosts, hosts.host(host))
        open_podman().do("cp", file.name, f"{container}:{SHELF}/new.tar")
    on(hosts, host, f"cd {SHELF} && tar -xf new.tar && rm new.tar && {{ {_INDEX} }}")


def _from_one_place(paths: Sequence[Path]) -> list[str]:
    (folder,) = {path.parent for path in paths}
    return ["-C", str(folder), *(path.name for path in paths)]
