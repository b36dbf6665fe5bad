"""Where a JDK comes from, and where it is on a host then.

The source says the form: an archive (``.tar.gz``, ``.bin``, ``-rpm.bin``, ``.rpm``), a package of
the host's distribution, or a JDK that is on the hosts already.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from runbook.probes import Sh
from runbook.software.platform import MANAGERS

Family = Literal["debian", "redhat"]

_DEBIAN = r"openjdk-([0-9]{1,2})-jdk(?:-headless)?"
_REDHAT = r"java-(?:1\.([5-8])\.0|([0-9]{1,2}))-openjdk-devel"
_DEBIAN_MACHINES = {"x86_64": "amd64", "aarch64": "arm64", "ppc64le": "ppc64el"}
"""Where Debian calls a machine something else than ``uname -m`` does."""
JVMS = "/usr/lib/jvm"
"""Where distributions put Java."""


@dataclass(frozen=True)
class Origin:
    """A source that is no archive: a package by its name, or by none; or a directory."""

    kind: Literal["package", "existing"]
    name: str = ""


def origin(source: str) -> Origin | None:
    """What a source means; None for an archive."""
    kind, _, name = source.partition(":")
    if source == "package" or kind == "package":
        return Origin("package", name)
    return Origin("existing", name) if kind == "existing" else None


def shows_licence(source: str) -> bool:
    """Whether it is an installer, which does nothing before its licence is accepted."""
    path = urlsplit(source).path if "://" in source else source
    return path.lower().endswith(".bin")


def family_of(package: str) -> tuple[Family, int] | None:
    """Whose package that is, and of which Java; None where nobody knows."""
    if found := re.fullmatch(_DEBIAN, package, re.ASCII):
        return "debian", int(found[1])
    if found := re.fullmatch(_REDHAT, package, re.ASCII):
        return "redhat", int(found[1] or found[2])
    return None


def package_name(package: str, feature: int, manager: str) -> str:
    """The package's name in the world of a package manager, where none was given."""
    if package:
        return package
    if manager == "apt-get":
        return f"openjdk-{feature}-jdk-headless"
    return f"java-{_redhat_version(feature)}-openjdk-devel"


def installed(package: str, feature: int) -> Sh:
    """Manager, machine, and where the package has put Java; no home where it is not installed.

    Red Hat's directory has another name after each update, so the name that stays is taken.
    """
    debian, redhat = (package_name(package, feature, manager) for manager in ("apt-get", "dnf"))
    headless = f"{debian.removesuffix('-headless')}-headless"
    stays = lasting(feature)
    return Sh(
        f"""
echo "machine=$(uname -m)"
manager=
for each in {" ".join(MANAGERS)}; do
  if command -v $each >/dev/null 2>&1; then manager=$each; break; fi
done
echo "manager=$manager"
javac=
if [ "$manager" = apt-get ]; then
  state=$(dpkg-query -W -f '${{Status}}' {debian} 2>/dev/null)
  [ "$state" != "install ok installed" ] \\
    || javac=$(dpkg -L {debian} {headless} 2>/dev/null | grep '/bin/javac$' | sed 1q)
else javac=$(rpm -ql {redhat} 2>/dev/null | grep '/bin/javac$' | sed 1q); fi
home=${{javac%/bin/javac}}
if [ -n "$home" ] && [ "$(readlink -f {stays})" = "$(readlink -f "$home")" ]; then home={stays}; fi
echo "home=$home"
""".strip()
    )


def lasting(feature: int) -> str:
    """Red Hat's name for the directory of a Java, whatever its last update is."""
    return f"{JVMS}/java-{_redhat_version(feature)}-openjdk"


def _redhat_version(feature: int) -> str:
    return f"1.{feature}.0" if feature <= 8 else str(feature)


def home_of_package(feature: int, seen: Mapping[str, str]) -> str:
    """Where the package has put Java or, before it is installed, where it will."""
    if seen.get("home"):
        return seen["home"]
    if (seen.get("manager") or MANAGERS[0]) == "apt-get":
        machine = seen.get("machine") or "x86_64"
        return f"{JVMS}/java-{feature}-openjdk-{_DEBIAN_MACHINES.get(machine, machine)}"
    return lasting(feature)


_KIN = {
    "i386": {"i386", "i486", "i586", "i686", "x86_64"},
    "arm": {"armv6l", "armv7l", "armv8l", "aarch64", "arm64"},
    "aarch64": {"aarch64", "arm64"},
    "ppc": {"ppc", "ppc64"},
}


def runs_on(machine: str, host: str) -> bool:
    """Whether a processor starts programs of a machine, if their loader is there."""
    return not machine or host in _KIN.get(machine, {machine})
