"""Before anything is touched: can these hosts carry the cluster?"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator
from statistics import median_low

from runbook.actions import Action, Run
from runbook.check import Check, Judge, Seen, Verdict
from runbook.host import Host
from runbook.judges import values
from runbook.node import Node
from runbook.probes import Facts as Answers
from runbook.probes import FileAt, Sh
from runbook.software.inventory import A_PROCESS_OF, CLOCK, inventory
from runbook.software.jdk import JVMS, origin
from runbook.software.platform import (
    install_command,
    install_what_is_missing,
    missing_needs,
    nothing_is_missing,
    package_names,
    remove_command,
)
from runbook.software.service_manager import INITS
from runbook.step import Erratum, step
from runbook.steps.jdk_fits import fits
from runbook.text import T, Text, labelled

DISK_MB = {"balancer": 700, "tomcat": 800}
"""In each of ``/usr/local`` and ``/var/lib``."""
MEMORY_MB = {"balancer": 256, "tomcat": 700}
"""For httpd, or for each Tomcat."""
BASE_MB = 100
"""For what an instance of Tomcat has of its own."""
SKEW_SECONDS = 5
PACKAGE_MB = 350
"""What a distribution's JDK takes with all that comes with it."""
ARCHITECTURES = ("x86_64", "aarch64", "arm64", "ppc64le", "s390x")

HOST_ADDRESS = Erratum(
    id="host-name-loopback",
    says=T('In server.xml, the cluster has a Receiver with address="auto".'),
    happens=T(
        "Where the host's name resolves to 127.x, both nodes announce 127.0.0.1: they log that a "
        "member was added, applications wait 60 s at start, and nothing is replicated."
    ),
    instead=T("The receiver is bound to the host's cluster address, and the name is checked here."),
)

Facts = dict[str, str]


def ports(host: Host) -> tuple[int, ...]:
    """The TCP ports that the host's own services will listen on."""
    answers = host.answers
    if host.role == "balancer":
        return (answers.port,)
    ajp = host.cluster.options.members == "ajp"
    return tuple(port for node in host.nodes for port in _ports_of(node, ajp))


def _ports_of(node: Node, ajp: bool) -> tuple[int, ...]:
    speaks_ajp = (node.ajp_port,) if ajp else ()
    return (node.http_port, *speaks_ajp, node.receiver_port, node.shutdown_port)


def memory(host: Host) -> int:
    """Megabytes of memory that the host must have."""
    return MEMORY_MB[host.role] * max(1, len(host.nodes))


def room(host: Host, unpacked: bool = False) -> dict[str, int]:
    """Megabytes that each place must have free, on whatever file system it lies.

    :param unpacked: the JDK is there already
    """
    needed = dict.fromkeys(("/usr/local", "/var/lib"), DISK_MB[host.role])
    if host.role == "tomcat":
        place, size = _jdk_room(host)
        needed[place] = max(needed.get(place, 0), 0 if unpacked else size)
        needed["/usr/local"] += BASE_MB * len(host.answers.instances)
    return needed


def _jdk_room(host: Host) -> tuple[str, int]:
    """Where the JDK goes, and how much room it takes there."""
    archive, jdk = host.artefacts.jdk, host.cluster.software.jdk
    if archive is not None:
        home = host.artefacts.java.home
        return posixpath.dirname(home) if home else jdk.home, _megabytes(archive.unpacked)
    found = origin(jdk.source)
    return JVMS, PACKAGE_MB if found is not None and found.kind == "package" else 0


def uploads(host: Host, unpacked: bool = False) -> int:
    """Megabytes of the largest archive to come, which passes through the home of the login."""
    all_of = host.artefacts
    if host.role == "balancer":
        return _megabytes(all_of.httpd.size)
    jdk = () if unpacked or all_of.jdk is None else (all_of.jdk,)
    archives = (all_of.tomcat, *jdk, *all_of.applications.values())
    return _megabytes(max(each.size for each in archives))


def look_at(host: Host) -> Sh:
    """The one look at a host that all these checks are made of."""
    return inventory(ports(host), room(host))


def checks(host: Host) -> Iterator[Check]:
    """All checks are made in one look at the host."""
    look = look_at(host)
    release = FileAt(f"{host.java_home}/release")

    def judged(find: Callable[[Facts], Verdict]) -> Judge:
        return lambda seen: find(values(seen.facts[look].text))

    yield Check(
        id="linux",
        title=T("a Linux that Catherd knows"),
        probes=(look,),
        judge=judged(lambda facts: _linux(facts, host)),
        expected=T(
            "Linux on {arches}, with {init}",
            arches=", ".join(ARCHITECTURES),
            init=INITS[host.answers.init],
        ),
        why=T("Catherd speaks to the service manager and the tools of such a system"),
        usual_cause=T("a container without an init system, or another kind of Unix"),
        remedy=T(
            "Use a host that boots with systemd or SysV init. For SysV init, say "
            'init = "sysv" for it in cluster.toml.'
        ),
    )
    yield Check(
        id="sudo",
        title=T("commands run as root"),
        probes=(look,),
        judge=judged(lambda facts: Verdict(facts.get("user") == "0", f"uid {facts.get('user')}")),
        expected=T("uid 0"),
        why=T("files, services and users of the system are changed"),
        usual_cause=T("sudo is restricted to some commands for this login"),
        remedy=T("Give the login sudo rights to any command, or log in as root."),
    )
    yield Check(
        id="resources",
        title=T("memory and disk suffice"),
        probes=(look, release),
        judge=lambda seen: _resources(
            values(seen.facts[look].text), host, seen.facts[release].exists
        ),
        expected=T(
            "{memory} MB of memory; free: {free}; {uploads} MB in the home of the login",
            memory=memory(host),
            free=_sizes(room(host)),
            uploads=uploads(host),
        ),
        why=T("a build or a JVM that runs out of room fails half-way, or is killed later"),
        usual_cause=T("a small virtual machine, or a full disk"),
        remedy=T("Give the host more, or make room."),
    )
    if host.role == "tomcat":
        yield fits(host)
    yield ports_check(host)
    yield Check(
        id="name",
        title=T("its name does not stand for loopback"),
        probes=(look,),
        judge=judged(_name),
        expected=T("an address that the other hosts can reach"),
        why=T("a node that announces 127.0.0.1 to the others is never reached: nothing replicates"),
        usual_cause=T("a line such as “127.0.1.1 {name}” in /etc/hosts", name=host.name),
        remedy=T("Put the address {address} there instead.", address=host.address),
    )
    yield Check(
        id="guards",
        title=T("no firewall or SELinux in the way"),
        probes=(look,),
        judge=judged(lambda facts: _guards(facts, host)),
        expected=T("the ports {ports} open between the hosts", ports=_comma(ports(host))),
        why=T("packets that are dropped look like a dead node"),
        usual_cause=T("the distribution's default firewall"),
        remedy=T(
            "Open these ports to the other hosts; with SELinux, allow httpd to connect: "
            "setsebool -P httpd_can_network_connect on"
        ),
    )
    yield Check(
        id="clock",
        title=T("its clock agrees with the other hosts"),
        probes=(CLOCK,),
        judge=_clock,
        expected=T("at most {seconds} s apart", seconds=SKEW_SECONDS),
        why=T("sessions carry times: a node whose clock is ahead expires them early"),
        usual_cause=T("no time synchronisation"),
        remedy=T("Start chrony or systemd-timesyncd on the hosts."),
    )
    if host.nodes and {node.host for node in host.cluster.nodes} == {host.name}:
        yield Check(
            id="one-host",
            title=T("a Tomcat outlives the loss of this host"),
            probes=(look,),
            judge=lambda seen: Verdict(False, T("all Tomcats run here"), advice=True),
            expected=T("Tomcats on other hosts too"),
            why=T("the cluster outlives a Tomcat that dies, but not this host"),
            usual_cause=T("cluster.toml has all [[hosts.instances]] on one host"),
            remedy=T("Add a second host for Tomcat, or accept it for practice and tests."),
        )
    if host.role == "balancer":
        yield Check(
            id="build-needs",
            title=T("a compiler and the headers that Apache needs"),
            probes=(look,),
            judge=_build_needs(look, host),
            expected=T("nothing missing"),
            why=T("configure stops without them"),
            usual_cause=T("a minimal installation of the system"),
            remedy=T("Let Catherd install the packages, or install them yourself."),
        )


def ports_check(host: Host) -> Check:
    """Made here, and again where a service starts: much may happen in between."""
    look = look_at(host)
    return Check(
        id="ports",
        title=T("its ports are free"),
        probes=(look,),
        judge=lambda seen: _ports(values(seen.facts[look].text), host),
        expected=T("nobody but this cluster listens on {ports}", ports=_comma(ports(host))),
        why=T("a service that finds its port taken does not start"),
        usual_cause=T("another web server or an older Tomcat is running"),
        remedy=T("Stop it, or choose other ports in cluster.toml; then run again."),
    )


@step(
    "preflight",
    T("Look before touching anything"),
    roles=("balancer", "tomcat"),
    checks=checks,
    errata=(HOST_ADDRESS,),
)
def preflight(host: Host) -> Iterator[Action]:
    """Find out what would stop the installation later, while nothing has been changed.

    System, memory, disk, clock, free ports, the host's own name, firewall and SELinux are
    looked at in one go. On the balancer, the compiler and the headers that Apache is built with
    are installed from the system's own packages when they are missing.
    """
    if host.role != "balancer":
        return
    look = look_at(host)
    if host.facts.assumed:
        yield Run(
            command=install_what_is_missing(host.cluster.httpd_line.bundled_apr),
            why=T("Apache cannot be compiled without a compiler and the headers that it needs"),
            probes=(look,),
            judge=_build_needs(look, host),
            unless=nothing_is_missing(host.cluster.httpd_line.bundled_apr),
            no_undo_because=T("nobody knows which of them were there before"),
            timeout=900,
        )
        return
    facts = values(host.facts[look].text)
    missing = missing_needs(facts, host.cluster.httpd_line.bundled_apr)
    manager = facts.get("manager")
    if missing and manager:
        names = package_names(manager, missing)
        reasons = str(T("; ")).join(
            str(labelled(name, need.why)) for name, need in zip(names, missing, strict=True)
        )
        yield Run(
            command=install_command(manager, missing),
            why=T("Apache cannot be compiled without them ({reasons})", reasons=reasons),
            probes=(look,),
            judge=_build_needs(look, host),
            undo=remove_command(manager, missing),
            timeout=900,
        )


def _linux(facts: Facts, host: Host) -> Verdict:
    known = facts.get("arch") in ARCHITECTURES and facts.get("init") == host.answers.init
    seen = f"{facts.get('os')}, {facts.get('arch')}, {facts.get('init')}"
    return Verdict(facts.get("kernel") == "Linux" and known, seen)


def _resources(facts: Facts, host: Host, unpacked: bool) -> Verdict:
    there = int(facts.get("memory") or 0) // 1024
    needed = room(host, unpacked)
    if home := facts.get("home", ""):
        needed[home] = max(needed.get(home, 0), uploads(host, unpacked))
    disk = {place: int(facts.get(f"disk{place}") or 0) // 1024 for place in needed}
    enough = there >= memory(host) and all(disk[place] >= size for place, size in needed.items())
    seen = T("{memory} MB of memory; free: {free}", memory=there, free=_sizes(disk))
    return Verdict(enough, seen)


def _words(owner: str) -> Text:
    """A program by its path, or a process that shows no more than its user."""
    program, _, user = owner.partition(f"{A_PROCESS_OF} ")
    return program or T("a process of {user}", user=user)


def _sizes(disk: dict[str, int]) -> str:
    return ", ".join(f"{place} {size} MB" for place, size in disk.items())


def _megabytes(size: int) -> int:
    return -(-size // 1024**2)


def _ports(facts: Facts, host: Host) -> Verdict:
    software = host.cluster.software
    ours = (
        f"{host.httpd_prefix}/",
        f"{host.httpd_prefix}.before-",
        f"{software.jdk.home}/",
        f"{host.java_home}/",
        f"{A_PROCESS_OF} {software.tomcat.user}",
    )
    owners = {port: facts.get(f"port{port}", "") for port in ports(host)}
    foreign = {
        port: owner for port, owner in owners.items() if owner and not owner.startswith(ours)
    }
    taken = ", ".join(f"{port}: {_words(owner)}" for port, owner in foreign.items())
    return Verdict(not foreign, taken or T("free, or used by this cluster"))


def _name(facts: Facts) -> Verdict:
    address = facts.get("resolves", "")
    bad = address.startswith("127.") or address == "::1"
    return Verdict(not bad, f"{facts.get('hostname')} → {address or '?'}")


def _guards(facts: Facts, host: Host) -> Verdict:
    firewall, selinux = facts.get("firewall", "none"), facts.get("selinux", "none")
    quiet = firewall == "none" and selinux in ("none", "Disabled", "Permissive")
    seen = T("firewall: {firewall}, SELinux: {selinux}", firewall=firewall, selinux=selinux)
    return Verdict(quiet, seen, advice=True)


def _clock(seen: Seen) -> Verdict:
    """Against what most hosts say, so that the one which is wrong is named.

    A host reads its clock between question and answer: only what that cannot explain counts.
    """
    spans = [_offset(facts) for facts in seen.peers.values() if CLOCK in facts]
    least, most = _offset(seen.facts)
    least, most = least - median_low(b for _, b in spans), most - median_low(a for a, _ in spans)
    apart = min(max(0.0, least), most)
    ahead, behind = T("{apart:.0f} s ahead", apart=apart), T("{apart:.0f} s behind", apart=-apart)
    return Verdict(abs(apart) <= SKEW_SECONDS, ahead if apart >= 0 else behind)


def _offset(facts: Answers) -> tuple[float, float]:
    """Seconds by which a host's clock is ahead of the clock of this machine: at least, at most."""
    said, arrived = int(facts[CLOCK].text or 0), facts.arrived[CLOCK]
    return said - arrived, said - facts.asked.get(CLOCK, arrived)


def _build_needs(look: Sh, host: Host) -> Judge:
    bundled = host.cluster.httpd_line.bundled_apr

    def judge(seen: Seen) -> Verdict:
        missing = missing_needs(values(seen.facts[look].text), bundled)
        names = ", ".join(need.name for need in missing)
        return Verdict(not missing, names or T("all there"))

    return judge


def _comma(numbers: tuple[int, ...]) -> str:
    return ", ".join(str(number) for number in numbers)
