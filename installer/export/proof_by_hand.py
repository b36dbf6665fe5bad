"""The heart of the proof, by hand: a session, its node killed, the session still there.

What ``catherd prove`` does beyond that (shares, draining, an outage, strangers) needs a program.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from posixpath import dirname
from shlex import quote

from installer.export.by_hand import STAGE
from installer.export.here_documents import here_document
from installer.export.model import Block
from runbook.actions import Prove
from runbook.assets import asset
from runbook.host import Host
from runbook.probe_page import CONTEXT
from runbook.proof_setup import NodeSetup, ProofSetup
from runbook.software.service_manager import command, kill_command
from runbook.text import T, Text

JAR = f"{STAGE}/cookies"


def blocks(prove: Prove, host: Host) -> tuple[Block, ...]:
    """The way from a running cluster to one that was seen to survive, in order."""
    setup = prove.setup
    victim = setup.nodes[0]
    answers = host.cluster.host(victim.host)
    there = Host(answers, host.cluster, host.artefacts)
    balancer, killed = (setup.balancer,), (victim.host,)
    return (
        *_on_nodes(setup, _deploy, T("a page that counts")),
        Block(balancer, _deployed(setup), T("it is there on every node")),
        Block(balancer, _begin(setup, victim), T("a session on {route}", route=victim.route)),
        Block(killed, kill_command(there, victim.service), T("its node dies")),
        Block(balancer, _survives(setup, victim), T("the next visit: another node, 3 visits")),
        Block(killed, command(there, "start", victim.service), T("the node comes back")),
        *_on_nodes(setup, lambda node: f"rm -rf {_home(node)}", T("the page goes")),
        Block(balancer, _note(prove), T("what was seen, for “catherd verify”")),
    )


def _on_nodes(
    setup: ProofSetup, commands: Callable[[NodeSetup], str], title: Text
) -> Iterator[Block]:
    """The same commands on all nodes for which they are the same."""
    hosts: dict[str, list[str]] = {}
    for node in setup.nodes:
        hosts.setdefault(commands(node), []).append(node.host)
    return (Block(tuple(names), each, title) for each, names in hosts.items())


def _home(node: NodeSetup) -> str:
    return quote(f"{node.webapps}{CONTEXT}")


def _deploy(node: NodeSetup) -> str:
    """The page is made aside: Tomcat must not meet it without its web.xml."""
    aside, root = quote(f"{dirname(node.webapps)}{CONTEXT}.new"), asset("probe")
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return "\n".join(
        (
            f"mkdir -p {aside}/WEB-INF",
            *(
                here_document(f"cat >{aside}/{file.relative_to(root)}", file.read_bytes())
                for file in files
            ),
            f"mv {aside} {_home(node)}",
        )
    )


def _deployed(setup: ProofSetup) -> str:
    return "\n".join(
        f"until curl -fsS 'http://{_at(node.address, node.http_port)}{CONTEXT}/?peek=1'; "
        "do sleep 1; done"
        for node in setup.nodes
    )


def _at(address: str, port: int) -> str:
    name = f"[{address}]" if ":" in address else address
    return f"{name}:{port}"


def _visit(setup: ProofSetup) -> str:
    page = f"http://{_at(setup.inside, setup.port)}{CONTEXT}/"
    return f"curl -fsS -b {JAR} -c {JAR} {quote(page)}"


def _begin(setup: ProofSetup, victim: NodeSetup) -> str:
    return f"""rm -f {JAR}
until {_visit(setup)} | grep -x {quote(f"node={victim.route}")}
do rm -f {JAR}; sleep 1; done
{_visit(setup)}"""


def _survives(setup: ProofSetup, victim: NodeSetup) -> str:
    seen = f"{STAGE}/seen"
    return f"""{_visit(setup)} | tee {seen}
grep -qx counter=3 {seen}
! grep -x {quote(f"node={victim.route}")} {seen}"""


def _note(prove: Prove) -> str:
    place = quote(dirname(prove.receipt))
    return f"""( umask 077; mkdir -p {place} )
echo {quote(prove.subject)} >{quote(prove.receipt)}"""
