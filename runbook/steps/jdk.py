"""A JDK in a directory of its own."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.actions import Action, Unpack
from runbook.check import Check, Judge, Seen, Verdict
from runbook.fields.software import java_feature
from runbook.host import Host
from runbook.judges import shows, values
from runbook.probes import FileAt, Sh
from runbook.step import Erratum, step
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


def checks(host: Host) -> Iterator[Check]:
    """The JDK says itself which version it is."""
    feature = host.cluster.software.jdk.feature
    release = FileAt(f"{host.java_home}/release")
    asked = Sh(f"{host.java_home}/bin/java -version 2>&1")
    # Before 7 a JDK has no file that says its version: java is asked.
    silent = feature < 7
    yield Check(
        id="jdk-version",
        title=T("the JDK of the chosen version is installed"),
        probes=(asked,) if silent else (release,),
        judge=shows(asked, rf'version "1\.{feature}\.') if silent else _version(release, feature),
        expected=T(
            "Java {version} in {home}",
            version=host.cluster.software.jdk.version,
            home=host.java_home,
        ),
        why=T("Tomcat starts only with a Java that is new enough, the same on all nodes"),
        usual_cause=T("the archive holds another version than cluster.toml says"),
        remedy=T("Correct software.jdk in cluster.toml, then run this step again."),
    )


@step(
    "jdk",
    T("Install the JDK"),
    roles=("tomcat",),
    needs=("preflight",),
    checks=checks,
    errata=(JAVA_HOME,),
)
def jdk(host: Host) -> Iterator[Action]:
    """Unpack the JDK below /usr/java, under the name that the archive gives it.

    Several JDKs can stand side by side there; each service says which one it uses.
    """
    classes = "lib/modules" if host.cluster.software.jdk.feature >= 9 else "jre/lib/rt.jar"
    yield Unpack(
        artefact=host.artefacts.jdk,
        to=host.java_home,
        why=T("Tomcat needs Java, and the same one on each node"),
        contains=("bin/java", classes),
    )


def _version(release: FileAt, feature: int) -> Judge:
    def judge(seen: Seen) -> Verdict:
        text = (seen.facts[release].data or b"").decode("utf-8", "replace")
        version = values(text).get("JAVA_VERSION", "").strip('"')
        right = bool(version) and java_feature(version) == feature
        return Verdict(
            right, T("Java {version}", version=version) if version else T("no JDK there")
        )

    return judge
