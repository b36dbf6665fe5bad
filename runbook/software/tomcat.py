"""What differs from one line of Tomcat to the next: Java, classes of the cluster, web.xml, AJP.

Sources: the "Which version" page, the documentation of each line (cluster-howto, config/cluster,
config/ajp) and its changelog.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal

from runbook.errors import BadInput
from runbook.text import T

MembershipKind = Literal["multicast", "static"]
Release = tuple[int, ...]


@dataclass(frozen=True)
class WebXmlGeneration:
    """What the root element of a web.xml says in this line of Tomcat."""

    namespace: str
    version: str
    schema: str

    @property
    def location(self) -> str:
        """Value of ``xsi:schemaLocation``, but for the namespace in front of it."""
        return f"{self.namespace}/{self.schema}"


@dataclass(frozen=True)
class TomcatLine:
    """One line of Tomcat, and which release of it is meant."""

    name: str
    """``10.1``."""
    java_minimum: int
    """Feature release, as in 8 or 17."""
    web_xml: WebXmlGeneration
    ajp_active: bool
    """Whether server.xml comes with an AJP connector that listens."""
    dispatch_interceptor: str
    session_id_listener: bool
    """Whether a session that moves is announced by JvmRouteSessionIDBinderListener."""
    encrypt_since: Release | None
    """First release with EncryptInterceptor; None: no release of the line has it."""
    ajp_secret_since: Release | None
    """First release that names the AJP secret ``secret`` and requires it; None: never."""
    static_service_since: Release | None
    """First release with StaticMembershipService; None: an interceptor lists the peers."""
    java_most: int | None
    """Last Java that its scripts can start; None: none is known to be too new."""
    web_resources: bool
    """Whether a Context has a Resources element; else it says itself what is cached."""
    drains: bool
    """Whether a Service that stops can wait for its connections (gracefulStopAwaitMillis).

    Early releases of 8.5 and 9.0 cannot; they say so in the log and stop as they always did.
    """
    release: Release = ()

    @property
    def version(self) -> str:
        """``10.1.60``; the line's name where no release is known."""
        return ".".join(map(str, self.release)) or self.name

    @property
    def memberships(self) -> tuple[MembershipKind, ...]:
        """How nodes may find each other, the better way first."""
        return ("static", "multicast") if self.static_service else ("multicast", "static")

    @property
    def static_service(self) -> bool:
        """Whether static membership is a service of its own, with pings and a local member."""
        return self._reached(self.static_service_since)

    @property
    def ping_interceptor(self) -> bool:
        """Whether every release of the line has TcpPingInterceptor, for peers listed by name."""
        return self.name != "6.0"

    @property
    def encrypts(self) -> bool:
        """Whether replication can be encrypted."""
        return self._reached(self.encrypt_since)

    @property
    def ajp_secret(self) -> bool:
        """Whether AJP can be kept closed by a secret that is known to work with mod_proxy_ajp.

        6.0 has another implementation of AJP, with attributes of its own.
        """
        return self.name != "6.0"

    @property
    def ajp_secret_attribute(self) -> str:
        """Name of the AJP secret in server.xml."""
        return "secret" if self._reached(self.ajp_secret_since) else "requiredSecret"

    def _reached(self, since: Release | None) -> bool:
        return since is not None and (self.release or (10**6,)) >= since


_SUN = "http://java.sun.com/xml/ns/javaee"
_JCP = "http://xmlns.jcp.org/xml/ns/javaee"
_JAKARTA = "https://jakarta.ee/xml/ns/jakartaee"
_INTERCEPTORS = "org.apache.catalina.tribes.group.interceptors."

LINES = (
    TomcatLine(
        name="6.0",
        java_minimum=5,
        web_xml=WebXmlGeneration(_SUN, "2.5", "web-app_2_5.xsd"),
        ajp_active=True,
        dispatch_interceptor=f"{_INTERCEPTORS}MessageDispatch15Interceptor",
        session_id_listener=True,
        encrypt_since=None,
        ajp_secret_since=None,
        static_service_since=None,
        java_most=8,
        web_resources=False,
        drains=False,
    ),
    TomcatLine(
        name="7.0",
        java_minimum=6,
        web_xml=WebXmlGeneration(_SUN, "3.0", "web-app_3_0.xsd"),
        ajp_active=False,
        dispatch_interceptor=f"{_INTERCEPTORS}MessageDispatch15Interceptor",
        session_id_listener=True,
        encrypt_since=(7, 0, 100),
        ajp_secret_since=(7, 0, 100),
        static_service_since=None,
        java_most=None,
        web_resources=False,
        drains=False,
    ),
    TomcatLine(
        name="8.5",
        java_minimum=7,
        web_xml=WebXmlGeneration(_JCP, "3.1", "web-app_3_1.xsd"),
        ajp_active=False,
        dispatch_interceptor=f"{_INTERCEPTORS}MessageDispatchInterceptor",
        session_id_listener=False,
        encrypt_since=(8, 5, 38),
        ajp_secret_since=(8, 5, 51),
        static_service_since=None,
        java_most=None,
        web_resources=True,
        drains=True,
    ),
    TomcatLine(
        name="9.0",
        java_minimum=8,
        web_xml=WebXmlGeneration(_JCP, "4.0", "web-app_4_0.xsd"),
        ajp_active=False,
        dispatch_interceptor=f"{_INTERCEPTORS}MessageDispatchInterceptor",
        session_id_listener=False,
        encrypt_since=(9, 0, 13),
        ajp_secret_since=(9, 0, 31),
        static_service_since=(9, 0, 11),
        java_most=None,
        web_resources=True,
        drains=True,
    ),
    TomcatLine(
        name="10.1",
        java_minimum=11,
        web_xml=WebXmlGeneration(_JAKARTA, "6.0", "web-app_6_0.xsd"),
        ajp_active=False,
        dispatch_interceptor=f"{_INTERCEPTORS}MessageDispatchInterceptor",
        session_id_listener=False,
        encrypt_since=(10,),
        ajp_secret_since=(10,),
        static_service_since=(10,),
        java_most=None,
        web_resources=True,
        drains=True,
    ),
    TomcatLine(
        name="11.0",
        java_minimum=17,
        web_xml=WebXmlGeneration(_JAKARTA, "6.1", "web-app_6_1.xsd"),
        ajp_active=False,
        dispatch_interceptor=f"{_INTERCEPTORS}MessageDispatchInterceptor",
        session_id_listener=False,
        encrypt_since=(11,),
        ajp_secret_since=(11,),
        static_service_since=(11,),
        java_most=None,
        web_resources=True,
        drains=True,
    ),
)


def tomcat_line(version: str) -> TomcatLine:
    """The line that ``version`` ("10.1.60") belongs to, with that release filled in.

    Raises BadInput for a version that is not one, and for a line that Catherd does not know.
    """
    found = re.fullmatch(r"(\d{1,3}\.\d{1,3})(?:\.(\d{1,4}))?", version, re.ASCII)
    if not found:
        raise BadInput(
            T("{version} is not a version of Tomcat", version=version[:40]),
            remedy=T("Write it as Tomcat itself does, such as 10.1.60."),
        )
    for line in LINES:
        if line.name == found[1]:
            return replace(line, release=tuple(map(int, version.split("."))) if found[2] else ())
    raise BadInput(
        T("Tomcat {line} is not known to Catherd", line=found[1]),
        remedy=T(
            "Choose a release of one of these: {lines}.",
            lines=", ".join(line.name for line in LINES),
        ),
    )
