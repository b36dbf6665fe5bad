"""What differs from one Linux distribution to the next: package names and package managers."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass

from runbook.text import T, Text


@dataclass(frozen=True)
class BuildNeed:
    """Something that compiling httpd needs: how to find it and which package brings it."""

    name: str
    found: str
    """POSIX sh that exits 0 when it is there."""
    debian: str
    redhat: str
    why: Text
    yum: str = ""
    """Where systems with yum (Red Hat's to 7) call it otherwise."""
    bundled: bool = False
    """Whether an httpd that brings its own runtime (2.2) brings this, too."""

    def package(self, manager: str) -> str:
        """The name of the package in this manager's world."""
        if manager == "apt-get":
            return self.debian
        return (manager == "yum" and self.yum) or self.redhat


BUILD_NEEDS = (
    BuildNeed("cc", "command -v gcc", "gcc", "gcc", T("compiles httpd")),
    BuildNeed("make", "command -v make", "make", "make", T("drives the build")),
    BuildNeed("perl", "command -v perl", "perl", "perl", T("configure and apxs use it")),
    BuildNeed(
        "libc headers",
        "test -e /usr/include/stdio.h",
        "libc6-dev",
        "glibc-devel",
        T("the C library's headers"),
    ),
    BuildNeed(
        "apr",
        "command -v apr-1-config && case $(apr-1-config --version) in 1.[0-3].*) false ;; esac",
        "libapr1-dev",
        "apr-devel",
        T("the portable runtime that httpd is built on, from 1.4 on; 2.4 brings none of its own"),
        bundled=True,
    ),
    BuildNeed(
        "apr-util",
        "command -v apu-1-config",
        "libaprutil1-dev",
        "apr-util-devel",
        T("its helpers"),
        bundled=True,
    ),
    BuildNeed(
        "pcre",
        "command -v pcre2-config || command -v pcre-config",
        "libpcre2-dev",
        "pcre2-devel",
        T("regular expressions in the configuration"),
        yum="pcre-devel",
        bundled=True,
    ),
    BuildNeed(
        "expat",
        "test -e /usr/include/expat.h",
        "libexpat1-dev",
        "expat-devel",
        T("XML, for apr-util"),
        bundled=True,
    ),
)

MANAGERS = ("apt-get", "dnf", "yum")


def build_needs(bundled: bool) -> tuple[BuildNeed, ...]:
    """What compiling an httpd needs; ``bundled`` where its source brings its own runtime."""
    return tuple(need for need in BUILD_NEEDS if not (bundled and need.bundled))


def missing_needs(lines: dict[str, str], bundled: bool) -> tuple[BuildNeed, ...]:
    """The needs that a host's facts (``need_NAME=yes``) do not show as met."""
    return tuple(need for need in build_needs(bundled) if lines.get(fact_name(need)) != "yes")


def fact_name(need: BuildNeed) -> str:
    """Key under which the preflight facts tell of a need."""
    return "need_" + need.name.replace(" ", "_").replace("-", "_")


def install_command(manager: str, needs: tuple[BuildNeed, ...]) -> str:
    """The command that installs the packages for these needs, without a question."""
    packages = " ".join(package_names(manager, needs))
    if manager == "apt-get":
        return f"DEBIAN_FRONTEND=noninteractive apt-get update -q && {_APT} install {packages}"
    return f"{manager} install -y {packages}"


def install_what_is_missing(bundled: bool) -> str:
    """The same for a host that nobody has looked at: it finds out itself what, and with which."""
    tests = "".join(
        f"({need.found}) >/dev/null 2>&1 ||"
        f' {{ debian="$debian {need.debian}"; redhat="$redhat {need.redhat}";'
        f' yum="$yum {need.package("yum")}"; }}\n'
        for need in build_needs(bundled)
    )
    return f"""debian='' redhat='' yum=''
{tests}if [ -z "$debian" ]; then :
elif command -v apt-get >/dev/null; then
  DEBIAN_FRONTEND=noninteractive apt-get update -q && {_APT} install $debian
elif command -v dnf >/dev/null; then dnf install -y $redhat
else yum install -y $yum; fi"""


def nothing_is_missing(bundled: bool) -> str:
    """POSIX sh that exits 0 where a host has all that a build needs."""
    return " && ".join(f"({need.found}) >/dev/null 2>&1" for need in build_needs(bundled))


def remove_command(manager: str, needs: tuple[BuildNeed, ...]) -> str:
    """The command that removes what ``install_command`` installed."""
    packages = " ".join(package_names(manager, needs))
    if manager == "apt-get":
        return f"{_APT} purge {packages}"
    return f"{manager} remove -y {packages}"


def install_noted(manager: str, package: str, note: str) -> str:
    """The command that installs a package, and notes in a file what came, also of half a try."""
    listed = _LISTED[manager == "apt-get"]
    install = (
        f"DEBIAN_FRONTEND=noninteractive apt-get update -q && {_APT} install {package}"
        if manager == "apt-get"
        else f"{manager} install -y {package}"
    )
    return (
        f"mkdir -p {posixpath.dirname(note)} && {listed} | sort >{note}.before"
        f" && {{ {install}; code=$?; {listed} | sort | comm -13 {note}.before - >>{note}"
        f"; rm {note}.before; (exit $code); }}"
    )


def remove_noted(manager: str, package: str, note: str) -> str:
    """The command that removes what was noted; packages that others need by now stay."""
    remove = "dpkg --purge" if manager == "apt-get" else "rpm -e"
    alone = f"{_APT} purge {package}" if manager == "apt-get" else f"rpm -e {package}"
    return (
        f"if [ -s {note} ]; then xargs {remove} <{note}; else {alone}; fi"
        f" && rm -f {note} {note}.before && {{ rmdir {posixpath.dirname(note)} || :; }}"
    )


_LISTED = {True: "dpkg-query -W -f '${binary:Package}\\n'", False: "rpm -qa"}
_APT = "DEBIAN_FRONTEND=noninteractive apt-get -q -y --no-install-recommends"


def package_names(manager: str, needs: tuple[BuildNeed, ...]) -> list[str]:
    """The names of the packages in this manager's world."""
    return [need.package(manager) for need in needs]
