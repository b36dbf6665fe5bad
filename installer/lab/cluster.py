"""The answers for a practice lab: its hosts, and software made from Debian packages."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from installer.depot.depot import Depot
from installer.lab.lab import load
from installer.lab.spec import Lab, network
from runbook.answers import dump
from runbook.artefact import Artefact
from runbook.cluster import Cluster
from runbook.errors import BadInput
from runbook.text import T, Text

Say = Callable[[Text], None]
ANSWERS = "cluster.toml"


def answers_path(name: str) -> Path:
    """The lab's cluster.toml.

    :raises BadInput: there is no such lab, or it has no answers yet
    """
    path = load(name).directory / ANSWERS
    if not path.exists():
        raise BadInput(
            T("The lab {name} has no answers yet", name=name),
            remedy=T("catherd lab up --name {name}", name=name),
        )
    return path


def sudo_password_path(name: str) -> Path:
    """The file with the sudo password of the lab's hosts."""
    return load(name).sudo_password


def write_answers(
    lab: Lab,
    say: Say,
    tomcat: str = "tomcat10",
    jdk: str = "jdk17",
    options: dict[str, Any] | None = None,
    modules: Literal["all", "few"] = "all",
) -> Path:
    """Write the lab's cluster.toml; the archives it names are brought to this machine first.

    :param tomcat: which Tomcat, as behind ``debian:``, such as ``tomcat11/trixie``
    :param jdk: which JDK, likewise
    :param options: more of the ``[options]`` table; a browser on this machine may see the manager
    :param modules: which modules Apache is built with; few take half the time
    """
    depot, few = Depot(), {"modules": modules}
    httpd, java, servlets = (
        depot.fetch(f"debian:{kind}", say=say) for kind in ("httpd", jdk, tomcat)
    )
    cluster = Cluster.model_validate(
        {
            "cluster": {"name": "tomcatcluster"},
            "software": {
                "httpd": _software("debian:httpd", httpd) | ({} if modules == "all" else few),
                "tomcat": _software(f"debian:{tomcat}", servlets),
                "jdk": _software(f"debian:{jdk}", java),
            },
            "hosts": [
                {
                    "name": host.name,
                    "role": host.role,
                    "address": host.address,
                    "init": lab.init,
                    "ssh": {"alias": host.name, "config": "ssh_config", "legacy": host.legacy},
                }
                for host in lab.hosts
            ],
            "applications": [{"name": "ROOT"}],
            "options": {
                "manager_allow": ["127.0.0.1", "::1", _this_machine(lab)],
                **(options or {}),
            },
        }
    )
    path = lab.directory / ANSWERS
    path.write_text(dump(cluster), "utf-8")
    return path


def _this_machine(lab: Lab) -> str:
    """Our own address as the hosts see it: the gateway of their network."""
    return str(next(network(lab.subnet).hosts()))


def _software(source: str, artefact: Artefact) -> dict[str, str]:
    found = re.search(r"-(\d[\d.]*(?:_\d+)?)(?=\.tar|_linux)", artefact.name)
    assert found is not None
    return {"version": found[1], "source": source, "sha256": artefact.sha256}
