"""Tomcat, unpacked, and the user it runs as."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.actions import Account, Action, Unpack
from runbook.check import Check, Seen, Verdict
from runbook.host import Host
from runbook.judges import exists
from runbook.node import Node
from runbook.probes import AccountAt, FileAt, Sh
from runbook.software.service_manager import described_in
from runbook.step import Erratum, step
from runbook.text import T

NESTED = Erratum(
    id="mv-nests",
    says=T("mv apache-tomcat-6.0.16 /usr/local/tomcat"),
    happens=T("Where /usr/local/tomcat exists already, the new one lands inside it."),
    instead=T("What is there is moved aside first; the new directory appears whole or not at all."),
)
ROOT = Erratum(
    id="tomcat-as-root",
    says=T("/usr/local/tomcat/bin/startup.sh from rc.local"),
    happens=T("Tomcat runs as root: a hole in one application is a hole in the host."),
    instead=T("A user without a login owns only what Tomcat writes to."),
)
SCRATCH = ("logs", "temp", "work", "conf/Catalina", "conf/Catalina/localhost")
WRITABLE = (*SCRATCH, "webapps")
BASE = ("conf", "logs", "temp", "webapps", "work")
"""What an instance has of its own; the programs in bin and lib are those of the home."""


OURS = Sh(
    "grep -l 'Written by Catherd' /etc/systemd/system/tomcat.service"
    " /etc/systemd/system/tomcat-*.service /etc/init.d/tomcat /etc/init.d/tomcat-* 2>/dev/null; :"
)
"""The services of Tomcat that Catherd has described on a host, now or before."""


def checks(host: Host) -> Iterator[Check]:
    """Unpacked, and the service's user may write where it must."""
    yield _others_check(host)
    home, user = host.tomcat_home, host.cluster.software.tomcat.user
    jar = FileAt(f"{home}/lib/catalina.jar", content=False)
    yield Check(
        id="tomcat-there",
        title=T("Tomcat is installed"),
        probes=(jar,),
        judge=exists(jar),
        expected=jar.path,
        why=T("without it there is nothing to start"),
        usual_cause=T("the directory was moved or removed"),
        remedy=T("Run this step."),
    )
    account = AccountAt(user)

    def is_system(seen: Seen) -> Verdict:
        state = seen.facts[account]
        return Verdict(state.exists and state.uid != 0, f"uid {state.uid}, {state.shell}")

    yield Check(
        id="tomcat-user",
        title=T("Tomcat has a user of its own"),
        probes=(account,),
        judge=is_system,
        expected=T("a user {user} that is not root", user=user),
        why=T("Tomcat as root makes each hole in an application a hole in the host"),
        usual_cause=T("the user was removed"),
        remedy=T("Run this step."),
    )
    for node in host.nodes:
        yield node.told_apart(_owner_check(node, user))


def _others_check(host: Host) -> Check:
    """A host's only Tomcat and its instances never stand side by side."""
    wanted = {described_in(node.on, node.service) for node in host.nodes}

    def none_other(seen: Seen) -> Verdict:
        others = [path for path in seen.facts[OURS].text.split() if path not in wanted]
        return Verdict(not others, ", ".join(others) or T("none other"))

    return Check(
        id="tomcat-others",
        title=T("the Tomcats here are those of cluster.toml"),
        probes=(OURS,),
        judge=none_other,
        expected=", ".join(sorted(wanted)),
        why=T("another one would have their ports"),
        usual_cause=T("in cluster.toml, instances were added, renamed or removed"),
        remedy=T(
            "“catherd rollback --host {host}” takes back what was there before; then run again.",
            host=host.name,
        ),
        beforehand=True,
    )


def _owner_check(node: Node, user: str) -> Check:
    places = " ".join(f"{node.base}/{place}" for place in WRITABLE)
    owners = Sh(f"for each in {places}; do stat -c '%U %n' $each; done | grep -v '^{user} ' ; :")

    def nothing_foreign(seen: Seen) -> Verdict:
        text = seen.facts[owners].text
        return Verdict(not text, text or T("all owned by {user}", user=user))

    return Check(
        id="tomcat-owner",
        title=T("Tomcat may write to its own directories"),
        probes=(owners,),
        judge=nothing_foreign,
        expected=T("owned by {user}: {places}", user=user, places=", ".join(WRITABLE)),
        why=T("Tomcat starts, but cannot write its logs or unpack an application"),
        usual_cause=T("Tomcat was started once as root, or files were copied by root"),
        remedy=T("chown -R {user} {places}", user=user, places=places),
    )


@step(
    "tomcat",
    T("Install Tomcat"),
    roles=("tomcat",),
    needs=("preflight",),
    checks=checks,
    errata=(NESTED, ROOT),
)
def tomcat(host: Host) -> Iterator[Action]:
    """Unpack Tomcat and create the user it runs as.

    Programs and configuration belong to root, so a broken application cannot change them;
    the user owns just the logs, the work files and the applications. Where a host has several
    Tomcats, they share the programs; each has configuration, logs and applications of its own
    in a directory beside them, its CATALINA_BASE.
    """
    software = host.cluster.software.tomcat
    yield Account(
        name=software.user,
        home=software.home,
        why=T("Tomcat needs no rights of root: its ports are above 1024"),
    )
    own = {node.base for node in host.nodes} == {software.home}
    yield Unpack(
        artefact=host.artefacts.tomcat,
        to=software.home,
        why=T("the servlet container, the same version on each node"),
        contains=("bin/catalina.sh", "lib/catalina.jar", "lib/catalina-ha.jar", "conf/server.xml"),
        group=software.user,
        writable=WRITABLE if own else (),
        writable_owner=software.user,
        scratch=SCRATCH if own else (),
    )
    for node in host.nodes:
        if node.instance:
            yield Unpack(
                artefact=host.artefacts.tomcat,
                to=node.base,
                only=BASE,
                why=T("what the Tomcat {instance} has of its own", instance=node.instance),
                contains=("conf/server.xml", "webapps"),
                group=software.user,
                writable=WRITABLE,
                writable_owner=software.user,
                scratch=SCRATCH,
            )
