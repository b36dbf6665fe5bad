"""Whether the chosen JDK can be installed on a host and run there; looked at before anything is."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping

from runbook.check import Check, Seen, Verdict
from runbook.host import Host
from runbook.judges import values
from runbook.probes import Sh
from runbook.software.jdk import JVMS, family_of, installed, origin, runs_on
from runbook.step import Erratum
from runbook.text import T, Text

I586 = Erratum(
    id="jdk-i586",
    says=T("./jdk-6u4-linux-i586-rpm.bin"),
    happens=T(
        "On a 64-bit system without the 32-bit C library nothing of an i586 JDK starts: the shell "
        "says that a file is not there which everybody can see. The installer itself is such a "
        "program: it goes on, and has unpacked nothing."
    ),
    instead=T(
        "Before anything is touched, the machine for which bin/java is made is compared with the "
        "host's, and its loader is looked for there."
    ),
    message="No such file or directory",
    versions=T("i586 on x86_64"),
)

Facts = Mapping[str, str]


def fits(host: Host) -> Check:
    """Machine and loader for a file, package manager for a package, Java for a directory."""
    found = origin(host.cluster.software.jdk.source)
    if found is None:
        return _archive_fits(host)
    return _package_fits(host, found.name) if found.kind == "package" else _is_there(host)


def look_at_archive(host: Host) -> Sh:
    """Machine, loader and rpm of a host; other versions of the packages that are to come."""
    java = host.artefacts.java
    others = " ".join(sorted({package.rsplit("-", 2)[0] for package in java.packages}))
    lines = ['echo "machine=$(uname -m)"']
    if java.loader:
        lines.append(f"[ ! -e {shlex.quote(java.loader)} ] || echo loader=yes")
    if java.glibc:
        lines.append('echo "glibc=$(getconf GNU_LIBC_VERSION 2>/dev/null)"')
    if others:
        query = f"rpm -q --qf '%{{NAME}}-%{{VERSION}}-%{{RELEASE}}\\n' {others}"
        lines.append("if command -v rpm >/dev/null 2>&1; then echo rpm=yes")
        lines.append(f'echo packages=$({query} | grep -v "not installed"); fi')
    return Sh("\n".join((*lines, ":")))


def _archive_fits(host: Host) -> Check:
    java, look = host.artefacts.java, look_at_archive(host)
    archive = host.artefacts.jdk
    replaces = archive is not None and archive.format == "rpm-bin"

    def judge(seen: Seen) -> Verdict:
        facts = values(seen.facts[look].text)
        machine = facts.get("machine", "?")
        there = not java.loader or facts.get("loader") == "yes"
        words: list[Text] = [T("{machine} host", machine=machine)]
        if not there:
            words.append(T("no {loader}", loader=java.loader))
        if java.packages and facts.get("rpm") != "yes":
            words.append(T("no rpm"))
        here = facts.get("glibc", "").removeprefix("glibc ")
        if java.glibc and here and _release(here) < _release(java.glibc):
            words.append(T("glibc {here}, Java needs {needed}", here=here, needed=java.glibc))
        others = set(facts.get("packages", "").split()) - set(java.packages)
        if replaces and others:
            words.append(T("{packages} would be replaced", packages=", ".join(sorted(others))))
        right = runs_on(java.machine, machine) and len(words) == 1
        return Verdict(right, ", ".join(map(str, words)))

    wanted = java.machine or T("any machine")
    return Check(
        id="jdk-fits",
        title=T("the JDK is made for this host"),
        probes=(look,),
        judge=judge,
        expected=T("a host for Java for {machine}", machine=wanted)
        if not java.loader
        else T("a host for Java for {machine}, with {loader}", machine=wanted, loader=java.loader),
        why=T("a program for another machine does not start, and the shell does not say why"),
        usual_cause=T("the archive for 32-bit (i586) systems, on a 64-bit one")
        if java.machine == "i386"
        else T("an archive for another kind of machine or a newer system, or a host without rpm"),
        remedy=T(
            "Choose the archive for this machine (x64 or amd64, aarch64). A 32-bit JDK runs on "
            "x86_64 with the package libc6-i386 (Debian) or glibc.i686 (Red Hat). Where the C "
            "library is too old, choose a JDK that was built on an older system."
        ),
    )


def _release(version: str) -> list[int]:
    return [int(number) for number in re.findall(r"[0-9]{1,6}", version)]


def _package_fits(host: Host, package: str) -> Check:
    look = installed(package, host.cluster.software.jdk.feature)
    family = family_of(package)
    managers = {None: (), "debian": ("apt-get",), "redhat": ("dnf", "yum")}
    wanted = managers[family[0] if family else None]

    def judge(seen: Seen) -> Verdict:
        manager = values(seen.facts[look].text).get("manager", "")
        return Verdict(bool(manager) and manager in (wanted or manager), manager or T("none"))

    return Check(
        id="jdk-fits",
        title=T("its package manager knows the JDK"),
        probes=(look,),
        judge=judge,
        expected=" / ".join(wanted or ("apt-get", "dnf", "yum")),
        why=T("the JDK is to come from the host's distribution"),
        usual_cause=T("a package's name from another distribution"),
        remedy=T('Write source = "package", or give a .tar.gz.'),
    )


def _is_there(host: Host) -> Check:
    """Another directory that would do is named, where there is one."""
    home = host.java_home
    look = Sh(
        f'echo "asked=$({home}/bin/java -version 2>&1 | head -n 1)"\n'
        f"for each in /usr/java/* {JVMS}/* /opt/*; do\n"
        '  [ ! -x "$each/bin/java" ] || [ -L "$each" ] || printf "%s " "$each"\n'
        'done | { read -r others; echo "others=$others"; }'
    )

    def judge(seen: Seen) -> Verdict:
        facts = values(seen.facts[look].text)
        asked, others = facts.get("asked", ""), facts.get("others", "").split()
        if "version" in asked and re.search(version_pattern(host), asked):
            return Verdict(True, asked)
        if others:
            return Verdict(
                False, T("{asked}; there is {others}", asked=asked, others=", ".join(others))
            )
        return Verdict(False, asked)

    return Check(
        id="jdk-fits",
        title=T("the JDK is there, and runs"),
        probes=(look,),
        judge=judge,
        expected=T(
            "Java {version} in {home}", version=host.cluster.software.jdk.version, home=home
        ),
        why=T("cluster.toml says that nothing has to be installed"),
        usual_cause=T("another directory, another version, or one for another kind of machine"),
        remedy=T("Correct software.jdk in cluster.toml."),
    )


def version_pattern(host: Host) -> str:
    """What ``java -version`` prints for the chosen version."""
    return rf'version "(1\.)?{host.cluster.software.jdk.feature}(?![0-9])'
