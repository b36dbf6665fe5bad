"""Login shells find Java and Tomcat."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from runbook.actions import Action, Edit, Put
from runbook.check import Check
from runbook.edits.profile import (
    BLOCK,
    edit_profile,
    environment_lines,
    own_file,
    without_environment,
)
from runbook.host import Host
from runbook.judges import shows
from runbook.probes import Sh
from runbook.step import Erratum, step
from runbook.text import T

PROFILE = "/etc/profile"
OWN_FILE = "/etc/profile.d/catherd.sh"

DASH = Erratum(
    id="java-en-dash",
    says=T("java –version"),
    happens=T("The dash is a typographic one: java looks for a class of that name."),
    instead=T("java -version, in a fresh login shell, as a check."),
    message="Error: Could not find or load main class –version",
)


def checks(host: Host) -> Iterator[Check]:
    """A login shell that knows nothing beforehand runs this JDK."""
    version = host.cluster.software.jdk.feature
    probe = Sh(
        "shell=$(command -v bash || command -v sh); env -i HOME=/root TERM=dumb"
        ' "$shell" -lc \'echo "home=$JAVA_HOME tomcat=$CATALINA_HOME"; java -version\''
    )
    expected = f"home={host.java_home} tomcat={host.tomcat_home}"
    yield Check(
        id="login-java",
        title=T("a login shell runs this JDK"),
        probes=(probe,),
        judge=shows(probe, rf"(?s){re.escape(expected)}\s.*version \"(1\.)?{version}[.\"]"),
        expected=T("{expected}, Java {version}", expected=expected, version=version),
        why=T("whoever runs Tomcat's scripts by hand would use another Java than the service"),
        usual_cause=T("a line further down in /etc/profile or /etc/profile.d sets another one"),
        remedy=T("Remove the other line, or run this step again."),
    )


@step(
    "profile",
    T("Environment of login shells"),
    roles=("tomcat",),
    needs=("jdk",),
    checks=checks,
    errata=(DASH,),
)
def profile(host: Host) -> Iterator[Action]:
    """Tell login shells where Java and Tomcat live.

    The scripts in Tomcat's bin directory look for JAVA_HOME and CATALINA_HOME; so does whoever
    logs in to look after the node. The lines stand between two markers in /etc/profile, so that
    they can be changed or taken out again without touching the rest; or in a file of their own
    in /etc/profile.d, which /etc/profile reads.
    """
    feature = host.cluster.software.jdk.feature
    lines = environment_lines(host.java_home, host.tomcat_home, feature)
    why = T("JAVA_HOME, CLASSPATH, PATH and CATALINA_HOME for everybody who logs in")
    if host.cluster.options.environment == "profile.d":
        yield Put(path=OWN_FILE, content=own_file(lines), why=why, validate='sh -n "$1"')
        yield Edit(
            path=PROFILE,
            change=without_environment,
            why=T("lines that Catherd wrote here before would come after those of its own file"),
            intent=(),
            block=BLOCK,
            validate='sh -n "$1"',
        )
        return
    yield Edit(
        path=PROFILE,
        change=partial(
            edit_profile,
            java_home=host.java_home,
            catalina_home=host.tomcat_home,
            java_feature=feature,
        ),
        why=why,
        intent=lines,
        block=BLOCK,
        start=b"",
        mode=0o644,
        validate='sh -n "$1"',
    )
