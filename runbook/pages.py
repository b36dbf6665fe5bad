"""What to ask, in which order, as a function of the answers so far."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from runbook.combinations import combinations
from runbook.conflicts_of_hosts import Node, nodes_in
from runbook.fields.software import is_download
from runbook.fields.wrong import KeyPath
from runbook.questions import (
    Answered,
    Page,
    Question,
    about,
    fewest_hosts,
    tomcats_of,
    value_at,
    with_tomcats,
)
from runbook.software.jdk import origin, shows_licence
from runbook.tables.hosts import COUNTED
from runbook.text import T, Text

HTTPD_VERSION, TOMCAT_VERSION, JDK_VERSION = "2.4.68", "10.1.60", "17"
SSH = ("alias", "host", "port", "user", "key", "jump", "config", "legacy")
MULTICAST = ("multicast_address", "multicast_port", "frequency", "drop_time")


def pages(answers: Answered) -> tuple[Page, ...]:
    """All pages with the questions that apply now, defaults taken from the answers so far."""
    return tuple(_pages(prepared(answers)))


def prepared(answers: Answered) -> dict[str, Any]:
    """The answers with tables for one balancer and enough hosts for Tomcat, to be filled."""
    return with_tomcats(answers, max(fewest_hosts(answers), len(tomcats_of(answers))))


def template() -> dict[str, Any]:
    """Answers for a file that a person fills in: what cannot be suggested says so itself."""
    answers = prepared({})
    for page in pages(answers):
        for question in page.questions:
            if page.gate is None and question.holds in {"value", "applications"}:
                answers = question.put(_filled(question), answers)
    for key, url in (("httpd", "sha256"), ("tomcat", "sha512"), ("jdk", "sha256")):
        answers["software"][key][url] = str(T("the publisher's checksum"))
    return answers


def _filled(question: Question) -> str | bool:
    if question.default != "":
        return question.default
    if question.path[0] == "hosts":
        return f"192.168.232.{4 + int(question.path[1])}"
    return "jdk-17-linux-x64.tar.gz"


def _pages(answers: Answered) -> Iterator[Page]:
    yield Page(
        "cluster",
        T("The cluster"),
        (about(("cluster", "name"), answers, "tomcatcluster"),),
    )
    yield _httpd(answers)
    yield _tomcat(answers)
    yield _jdk(answers)
    yield from _hosts(answers)
    yield from _applications(answers)
    yield Page(
        "options",
        T("How the cluster behaves"),
        tuple(
            about(("options", key), answers) for key in ("members", "membership", "manager_allow")
        ),
    )
    yield from _more(answers)


def _software(
    answers: Answered, name: str, version: str, source: str, hint: Text
) -> tuple[Question, ...]:
    at: KeyPath = ("software", name)
    return (
        about((*at, "version"), answers, version),
        about((*at, "source"), answers, source),
        *_checksum(answers, at, hint),
    )


def _checksum(answers: Answered, at: KeyPath, hint: Text) -> Iterator[Question]:
    """The checksum's question, where a source is given and its packages are not signed."""
    source = value_at(answers, (*at, "source"))
    if source is None or not is_download(source):
        return
    known = value_at(answers, (*at, "sha256")) or value_at(answers, (*at, "sha512")) or ""
    yield Question(
        (*at, "sha256"),
        "text",
        T("Checksum (SHA-256 or SHA-512)"),
        hint,
        default=known,
        holds="checksum",
    )


def _httpd(answers: Answered) -> Page:
    version = value_at(answers, ("software", "httpd", "version")) or HTTPD_VERSION
    url = f"https://archive.apache.org/dist/httpd/httpd-{version}.tar.gz"
    return Page(
        "httpd",
        T("Apache httpd"),
        _software(answers, "httpd", HTTPD_VERSION, url, _shown_at(f"{url}.sha256")),
    )


def _tomcat(answers: Answered) -> Page:
    version = value_at(answers, ("software", "tomcat", "version")) or TOMCAT_VERSION
    url = (
        f"https://archive.apache.org/dist/tomcat/tomcat-{version.split('.')[0]}/v{version}/bin/"
        f"apache-tomcat-{version}.tar.gz"
    )
    return Page(
        "tomcat",
        T("Tomcat"),
        _software(answers, "tomcat", TOMCAT_VERSION, url, _shown_at(f"{url}.sha512")),
    )


def _shown_at(url: str) -> Text:
    return T("The publisher shows it at {url}", url=url)


def _jdk(answers: Answered) -> Page:
    at: KeyPath = ("software", "jdk")
    asked = shows_licence(value_at(answers, (*at, "source")) or "")
    licence = (about((*at, "accept_licence"), answers, holds="licence"),) if asked else ()
    return Page(
        "jdk",
        T("Java"),
        _software(
            answers,
            "jdk",
            JDK_VERSION,
            "",
            T("The publisher shows it beside the download; take it from there, not from the file"),
        )
        + licence,
        T(
            "A JDK for Linux as .tar.gz, such as Temurin from https://adoptium.net; or write "
            "package, for that of the hosts' distribution"
        ),
    )


def _hosts(answers: Answered) -> Iterator[Page]:
    """The balancer first; then how many Tomcats, and each of them."""
    hosts = list(enumerate(answers["hosts"]))
    balancer = next(i for i, host in hosts if host.get("role") == "balancer")
    yield Page(
        "balancer",
        T("The balancer"),
        (
            about(("hosts", balancer, "name"), answers, "balancer"),
            about(("hosts", balancer, "address"), answers),
            about(("hosts", balancer, "port"), answers),
        ),
        T("The host that browsers talk to; Apache httpd is installed there"),
    )
    yield _ssh(answers, balancer)
    tomcats = [i for i, host in hosts if host.get("role") == "tomcat"]
    yield Page(
        "tomcats",
        T("The Tomcats"),
        (
            Question(
                ("hosts",),
                "integer",
                T("How many Tomcats"),
                T("Each on a host of its own; two or more"),
                default=str(len(tomcats)),
                holds="tomcats",
            ),
        ),
    )
    for number, i in enumerate(tomcats, 1):
        yield Page(
            f"host-{i}",
            T("Tomcat {number} of {count}", number=number, count=len(tomcats)),
            (
                about(("hosts", i, "name"), answers, f"tomcat{number}"),
                about(("hosts", i, "address"), answers),
            ),
        )
        yield _ssh(answers, i)


def _ssh(answers: Answered, i: int) -> Page:
    name = value_at(answers, ("hosts", i, "name")) or ""
    return Page(
        f"ssh-{i}",
        T("How ssh reaches {host}", host=name),
        tuple(about(("hosts", i, "ssh", key), answers) for key in SSH),
        T("Leave empty what your ssh configuration knows already"),
        gate=T(
            "Does ssh need another address, port, user, key or a jump host for {host}?", host=name
        ),
    )


def _applications(answers: Answered) -> Iterator[Page]:
    tables = answers.get("applications")
    yield Page(
        "applications",
        T("The applications"),
        (
            Question(
                ("applications",),
                "list",
                T("Applications whose sessions are replicated"),
                T("Names under webapps/ without .war, with spaces between them; may be empty"),
                default="ROOT" if tables is None else " ".join(table["name"] for table in tables),
                optional=True,
                holds="applications",
            ),
        ),
    )
    for i, table in enumerate(tables or ()):
        at: KeyPath = ("applications", i)
        hint = T("Whoever built the .war knows it; sha256sum shows it for a file you trust")
        yield Page(
            f"application-{i}",
            T("The application {name}", name=table["name"]),
            (about((*at, "source"), answers, optional=False), *_checksum(answers, at, hint)),
            gate=T("Should Catherd deploy {name} from a .war file?", name=table["name"]),
        )


def _more(answers: Answered) -> Iterator[Page]:
    """Settings whose defaults suit most clusters."""
    jdk = value_at(answers, ("software", "jdk", "source")) or ""
    unpacked = origin(jdk) is None and not jdk.endswith((".rpm", "-rpm.bin"))
    software = (
        ("httpd", "prefix"),
        ("httpd", "modules"),
        ("tomcat", "home"),
        ("tomcat", "user"),
        *((("jdk", "home"),) if unpacked else ()),
    )
    yield Page(
        "more-software",
        T("Directories and accounts"),
        tuple(about(("software", *key), answers) for key in software),
        gate=T("Change directories, Tomcat's user, or which modules of Apache are built?"),
    )
    ajp = ("ajp_port",) if value_at(answers, ("options", "members")) == "ajp" else ()
    keys = ("loadfactor", "standby", "route", "http_port", *ajp, "receiver_port", "shutdown_port")
    yield Page(
        "more-tomcats",
        T("Ports, routes and shares of the load"),
        tuple(
            _of_node(about((*node.at, key), answers, **_counted(node, key)), node)
            for node in nodes_in(list(enumerate(answers["hosts"])))
            for key in keys
        ),
        gate=T("Change ports, routes or shares of the load of the Tomcats?"),
    )
    multicast = value_at(answers, ("options", "membership")) == "multicast"
    options = (
        *(MULTICAST if multicast else ()),
        "lbmethod",
        "session_manager",
        "farm",
        *(key for key in ("health_checks", "encrypt") if not _impossible(key, answers)),
        "environment",
        "tomcat_boot",
    )
    yield Page(
        "more-options",
        T("More about how the cluster behaves"),
        tuple(about(("options", key), answers) for key in options),
        gate=T("Change health checks, encryption, Tomcat at boot, or how the load is shared?"),
    )


def _impossible(option: str, answers: Answered) -> bool:
    """Whether the chosen versions cannot do what a yes would ask for."""
    httpd, tomcat = (value_at(answers, ("software", key, "version")) for key in ("httpd", "tomcat"))
    found = combinations(httpd, tomcat, None, {option: True})
    return any(wrong.at == ("options", option) for wrong in found)


def _counted(node: Node, key: str) -> dict[str, str]:
    """Ports of further instances have other defaults than the first one's."""
    if not node.j or key not in COUNTED:
        return {}
    return {"default": str(node.port(key))}


def _of_node(question: Question, node: Node) -> Question:
    name = node.host.get("name") or str(node.i)
    host = f"{name}/{node.instance}" if node.instance else name
    return replace(question, label=T("{host}: {label}", host=host, label=question.label))
