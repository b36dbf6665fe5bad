"""A JDK, in whatever form it comes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from runbook.actions import Action, Run, Unpack
from runbook.artefact import Artefact
from runbook.check import Check, Judge, Seen, Verdict
from runbook.errors import BadInput
from runbook.fields.software import java_feature
from runbook.host import Host
from runbook.judges import shows, values
from runbook.probes import FileAt, Sh
from runbook.software.jdk import installed, origin, package_name
from runbook.software.platform import MANAGERS, install_noted, remove_noted
from runbook.step import Erratum, step
from runbook.steps.jdk_fits import I586, version_pattern
from runbook.text import T

JAVA_HOME = Erratum(
    id="java-home",
    says=T("Install jdk-6u4, then JAVA_HOME=/usr/java/jdk1.7.0"),
    happens=T(
        "6u4 installs itself as /usr/java/jdk1.6.0_04: there is no java where JAVA_HOME says."
    ),
    instead=T("The directory's name is read from the archive and used wherever it is needed."),
    message="java: command not found",
)
NOTE = "/var/lib/catherd/packages/jdk"
"""On the host: the packages that came with the distribution's JDK."""


def checks(host: Host) -> Iterator[Check]:
    """The JDK says itself which version it is."""
    feature = host.cluster.software.jdk.feature
    release = FileAt(f"{host.java_home}/release")
    asked = Sh(f"{host.java_home}/bin/java -version 2>&1")
    # Before 7 a JDK has no file that says its version, and a distribution's need not have one.
    silent = feature < 7 or not _is_unpacked(host)
    yield Check(
        id="jdk-version",
        title=T("the JDK of the chosen version is installed"),
        probes=(asked,) if silent else (release,),
        judge=shows(asked, version_pattern(host)) if silent else _version(release, feature),
        expected=T(
            "Java {version} in {home}",
            version=host.cluster.software.jdk.version,
            home=host.java_home,
        ),
        why=T("Tomcat starts only with a Java that is new enough, the same on all nodes"),
        usual_cause=T("the archive holds another version than cluster.toml says"),
        remedy=T("Correct software.jdk in cluster.toml, then run this step again."),
    )
    if host.artefacts.java.packages:
        look = _packages_probe(host)
        yield Check(
            id="jdk-packages",
            title=T("the package database knows the JDK"),
            probes=(look, _folder(host)),
            judge=_none_missing(look),
            expected=", ".join(host.artefacts.java.packages),
            why=T("updates and removals go through the package manager"),
            usual_cause=T("the package was removed"),
            remedy=T("Run this step."),
        )


@step(
    "jdk",
    T("Install the JDK"),
    roles=("tomcat",),
    needs=("preflight",),
    checks=checks,
    errata=(JAVA_HOME, I586),
)
def jdk(host: Host) -> Iterator[Action]:
    """Install the JDK in the form in which it comes, under the name that it gives itself.

    An archive is unpacked below /usr/java, where several can stand side by side; an installer is
    told yes when it asks about its licence, which you have accepted before; packages go through
    the host's package manager. Each service says which Java it uses.
    """
    found = origin(host.cluster.software.jdk.source)
    if found is not None:
        if found.kind == "package":
            yield _distributions(host, found.name)
        return
    archive = host.artefacts.jdk
    assert archive is not None, "the archive of a JDK that comes as one was brought"
    if archive.format in ("bin", "rpm-bin") and not host.cluster.software.jdk.accept_licence:
        raise BadInput(
            T("Nobody has accepted the licence of {name}", name=archive.name),
            remedy=T("Read it, as catherd init shows it, and write accept_licence = true"),
        )
    if archive.format in ("rpm", "rpm-bin"):
        yield _packages(host, archive)
        return
    classes = "lib/modules" if host.cluster.software.jdk.feature >= 9 else "jre/lib/rt.jar"
    yield Unpack(
        artefact=archive,
        to=host.java_home,
        why=T("Tomcat needs Java, and the same one on each node"),
        contains=("bin/java", classes),
    )


def _is_unpacked(host: Host) -> bool:
    return host.artefacts.jdk is not None and not host.artefacts.java.packages


def _distributions(host: Host, package: str) -> Run:
    """The distribution's own package; what comes with it is noted, and goes with it."""
    feature = host.cluster.software.jdk.feature
    look = installed(package, feature)
    manager = values(host.facts[look].text).get("manager") or MANAGERS[0]
    name = package_name(package, feature, manager)
    return Run(
        command=install_noted(manager, name, NOTE),
        why=T("Tomcat needs Java; this one the distribution keeps up to date"),
        probes=(look,),
        judge=_has_home(look),
        unless=f"( {look.script}\n) | grep '^home=.' >/dev/null",
        undo=remove_noted(manager, name, NOTE),
        timeout=900,
    )


def _packages(host: Host, archive: Artefact) -> Run:
    """Packages, by ``rpm`` or by the installer that holds them; those that are there stay."""
    look = _packages_probe(host)
    folder = _folder(host)
    made = "" if host.facts[folder].exists else f" && {{ rmdir {folder.path} || :; }}"
    missing = " ".join(host.facts[look].text.split() or host.artefacts.java.packages)
    installer = (
        """d=$(mktemp -d /tmp/jdk.XXXXXX) && cd "$d" && printf 'yes\\n\\n' | sh "$1"; code=$?"""
    )
    return Run(
        command='rpm -i "$1"'
        if archive.format == "rpm"
        else f'{installer}; cd / && rm -rf "$d"; (exit $code)',
        why=T("Tomcat needs Java, and the package database is to know of it"),
        probes=(look,),
        judge=_none_missing(look),
        artefact=archive,
        undo=f'for each in {missing}; do ! rpm -q $each >/dev/null || set -- "$@" $each; done'
        f'; {{ [ $# = 0 ] || rpm -e "$@"; }}{made}',
    )


def _folder(host: Host) -> FileAt:
    """Where the packages put the JDK's directory; no package need own it, so none takes it away."""
    return FileAt(posixpath.dirname(host.java_home), content=False)


def _packages_probe(host: Host) -> Sh:
    """Those packages that are not installed."""
    names = " ".join(host.artefacts.java.packages)
    return Sh(f"for each in {names}; do rpm -q $each >/dev/null 2>&1 || echo $each; done")


def _none_missing(look: Sh) -> Judge:
    def judge(seen: Seen) -> Verdict:
        missing = ", ".join(seen.facts[look].text.split())
        if missing:
            return Verdict(False, T("not installed: {packages}", packages=missing))
        return Verdict(True, T("all there"))

    return judge


def _has_home(look: Sh) -> Judge:
    def judge(seen: Seen) -> Verdict:
        home = values(seen.facts[look].text).get("home", "")
        return Verdict(bool(home), home or T("no JDK there"))

    return judge


def _version(release: FileAt, feature: int) -> Judge:
    def judge(seen: Seen) -> Verdict:
        text = (seen.facts[release].data or b"").decode("utf-8", "replace")
        version = values(text).get("JAVA_VERSION", "").strip('"')
        right = bool(version) and java_feature(version) == feature
        return Verdict(
            right, T("Java {version}", version=version) if version else T("no JDK there")
        )

    return judge
