"""Answers and archives for three hosts in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from runbook.artefact import Artefact
from tests.engine.memory_software import FIXTURES

TOMCAT_FILES = FIXTURES / "tomcat/10.1.55"
HTTPD = Artefact("httpd-2.4.68.tar.gz", "a" * 64, 10, 40, "httpd-2.4.68")
TOMCAT = Artefact("apache-tomcat-10.1.55.tar.gz", "b" * 64, 10, 40, "apache-tomcat-10.1.55")
JDK = Artefact("jdk-17.tar.gz", "c" * 64, 10, 40, "jdk-17.0.15")
SHOP = Artefact("shop.war", "d" * 64, 10, 40, "", "zip")

MEMBERS: Mapping[str, Mapping[str, bytes]] = {
    HTTPD.sha256: {"configure": b"#!/bin/sh\n"},
    TOMCAT.sha256: {
        "bin/catalina.sh": b"#!/bin/sh\n",
        "lib/catalina.jar": b"PK",
        "lib/catalina-ha.jar": b"PK",
        "conf/server.xml": (TOMCAT_FILES / "server.xml").read_bytes(),
        "webapps/ROOT/WEB-INF/web.xml": (TOMCAT_FILES / "ROOT.web.xml").read_bytes(),
        "webapps/docs/WEB-INF/web.xml": (TOMCAT_FILES / "docs.web.xml").read_bytes(),
    },
    JDK.sha256: {
        "bin/java": b"ELF",
        "lib/modules": b"jimage",
        "release": b'IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.15"\n',
    },
    SHOP.sha256: {
        "index.jsp": b"<%= 1 %>",
        "WEB-INF/web.xml": (FIXTURES / "web/2.3.xml").read_bytes(),
    },
}

ANSWERS: dict[str, Any] = {
    "cluster": {"name": "tomcatcluster"},
    "software": {
        "httpd": {"version": "2.4.68", "source": HTTPD.name, "sha256": "a" * 64},
        "tomcat": {"version": "10.1.55", "source": TOMCAT.name, "sha256": "b" * 64},
        "jdk": {"version": "17", "source": JDK.name, "sha256": "c" * 64},
    },
    "hosts": [
        {"name": "balancer", "role": "balancer", "address": "192.168.232.4"},
        {"name": "tomcat1", "role": "tomcat", "address": "192.168.232.5"},
        {"name": "tomcat2", "role": "tomcat", "address": "192.168.232.6", "loadfactor": 2},
    ],
    "applications": [{"name": "ROOT"}],
}

RICH: dict[str, Any] = {
    "applications": [
        {"name": "ROOT"},
        {"name": "shop", "source": SHOP.name, "sha256": "d" * 64},
        {"name": "later"},
    ],
    "options": {"members": "ajp", "encrypt": True},
}
"""With secrets, an application to deploy, and one that is nothing but a name yet."""


@dataclass
class MemoryArchives:
    """Archives whose members are given."""

    members: Mapping[str, Mapping[str, bytes]]

    def read(self, artefact: Artefact, member: str) -> bytes | None:
        return self.members[artefact.sha256].get(member)

    def names(self, artefact: Artefact) -> frozenset[str]:
        return frozenset(self.members[artefact.sha256])

    def path(self, artefact: Artefact) -> Path:
        return Path(artefact.name)


NEW_HTTPD = replace(HTTPD, name="httpd-2.4.69.tar.gz", sha256="1" * 64)
NEW_TOMCAT = replace(TOMCAT, name="apache-tomcat-10.1.56.tar.gz", sha256="2" * 64)
NEW_JDK = replace(JDK, name="jdk-17.0.16.tar.gz", sha256="3" * 64, top="jdk-17.0.16")
NEW_SHOP = replace(SHOP, sha256="4" * 64)

MEMBERS = {
    **MEMBERS,
    NEW_HTTPD.sha256: MEMBERS[HTTPD.sha256],
    NEW_TOMCAT.sha256: {**MEMBERS[TOMCAT.sha256], "lib/catalina.jar": b"PK new"},
    NEW_JDK.sha256: {**MEMBERS[JDK.sha256], "release": b'JAVA_VERSION="17.0.16"\n'},
    NEW_SHOP.sha256: {**MEMBERS[SHOP.sha256], "index.jsp": b"<%= 2 %>"},
}
