"""Names that end up in configuration files: each is plain where the file that takes it is strict.

Validators are pure functions that raise ``Wrong`` in a person's words. The file, the questions of
``catherd init`` and the wizard all check with them.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, StrictStr

from runbook.fields.wrong import Wrong, matches, shown
from runbook.text import T

LONGEST_ROUTE = 63
"""Characters that httpd has room for."""


def cluster_name(text: str) -> str:
    """A name that can stand in ``balancer://name``."""
    if not matches(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", text):
        raise Wrong(
            T("{value} cannot be the name of a cluster", value=shown(text)),
            T("Use letters, digits and hyphens, such as tomcatcluster"),
        )
    return text


def host_name(text: str) -> str:
    """A short name for a host; it is the route of a Tomcat too, so it has no dot."""
    if not matches(r"[A-Za-z0-9][A-Za-z0-9_-]{0,62}", text):
        raise Wrong(
            T("{value} cannot be the name of a host here", value=shown(text)),
            T(
                "Use a short name of letters, digits, - and _, such as tomcat1; "
                "a full DNS name belongs in address"
            ),
        )
    return text


def node_name(text: str) -> str:
    """A Tomcat: the name of its host, and behind a slash that of an instance there."""
    host, slash, instance = text.partition("/")
    host_name(host)
    if slash:
        instance_name(instance)
    return text


def instance_name(text: str) -> str:
    """What tells the Tomcats of a host apart, in names of services, directories and checks."""
    if not matches(r"[a-z0-9]{1,16}", text):
        raise Wrong(
            T("{value} cannot be the name of an instance", value=shown(text)),
            T("Use up to 16 small letters and digits, such as a: its service is tomcat-a then"),
        )
    return text


def route(text: str) -> str:
    """A jvmRoute: the session id ends with a dot and the route, so it has no dot itself."""
    if not matches(rf"[A-Za-z0-9_-]{{1,{LONGEST_ROUTE}}}", text):
        raise Wrong(
            T("{value} cannot be a route", value=shown(text)),
            T(
                "Use letters, digits, - and _, such as tomcat1; no dot, because Apache takes "
                "what follows the last dot of a session id for the route"
            ),
        )
    return text


def account(text: str) -> str:
    """A system user that Tomcat runs as; never root."""
    if text == "root":
        raise Wrong(
            T("Tomcat does not run as root here"),
            T("Name an account of its own, such as tomcat: it is created where it is missing"),
        )
    if not matches(r"[a-z_][a-z0-9_-]{0,31}", text):
        raise Wrong(
            T("{value} cannot be the name of a user", value=shown(text)),
            T("Use small letters, digits, - and _, such as tomcat"),
        )
    return text


def context(text: str) -> str:
    """The name of an application as it stands under webapps/."""
    if (
        not matches(r"[A-Za-z0-9_.~-]+(##?[A-Za-z0-9_.~-]+)*", text)
        or len(text) > 200
        or any(set(part) <= {"."} for part in text.replace("##", "#").split("#"))
    ):
        raise Wrong(
            T("{value} cannot be the name of an application", value=shown(text)),
            T("Give its name under webapps/ without .war, such as ROOT or shop"),
        )
    if text in {"balancer-manager", "server-status"}:
        raise Wrong(
            T("Apache answers /{value} itself", value=text),
            T("Deploy the application under another name"),
        )
    return text


def between(low: int, high: int) -> AfterValidator:
    """A number from ``low`` to ``high``."""

    def check(number: int) -> int:
        if not low <= number <= high:
            raise Wrong(
                T("{value} is out of range", value=shown(number)),
                T("Give a number from {low} to {high}", low=low, high=high),
            )
        return number

    return AfterValidator(check)


ClusterName = Annotated[StrictStr, AfterValidator(cluster_name)]
NodeName = Annotated[StrictStr, AfterValidator(node_name)]
HostName = Annotated[StrictStr, AfterValidator(host_name)]
InstanceName = Annotated[StrictStr, AfterValidator(instance_name)]
Route = Annotated[StrictStr, AfterValidator(route)]
Account = Annotated[StrictStr, AfterValidator(account)]
Context = Annotated[StrictStr, AfterValidator(context)]
