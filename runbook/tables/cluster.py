"""``[cluster]``, ``[[applications]]`` and ``[options]``: what the cluster is and how it behaves."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StrictBool, StrictInt

from runbook.fields.names import ClusterName, Context, NodeName, between
from runbook.fields.network import AllowedFrom, MulticastAddress, Port
from runbook.fields.software import Sha256, Sha512, War
from runbook.fields.wrong import Says
from runbook.tables.base import Answers
from runbook.tables.software import SHA256, SHA512
from runbook.text import T


class ClusterAnswers(Answers):
    """``[cluster]``."""

    name: Annotated[
        ClusterName,
        Says(
            T("Name of the cluster"),
            T("Apache's balancer is called so: balancer://tomcatcluster."),
            '"tomcatcluster"',
        ),
    ]


class ApplicationAnswers(Answers):
    """``[[applications]]``: a web application that takes part in the cluster."""

    name: Annotated[
        Context,
        Says(T("Name of the application"), T("Its name under webapps/, without .war."), '"ROOT"'),
    ]
    source: Annotated[
        War | None,
        Says(
            T("Where its .war is"),
            T("Only where Catherd is to deploy it: a file on this machine or an https:// address."),
            '"shop.war"',
        ),
    ] = None
    sha256: Annotated[Sha256 | None, SHA256] = None
    sha512: Annotated[Sha512 | None, SHA512] = None
    distributable: Annotated[
        StrictBool,
        Says(
            T("Replicate its sessions"),
            T("Puts <distributable/> into its web.xml; without it no session is replicated."),
            "true",
        ),
    ] = True


class Options(Answers):
    """``[options]``: each has a default that suits most clusters."""

    members: Annotated[
        Literal["http", "ajp"],
        Says(
            T("Protocol between Apache and the Tomcats"),
            T("AJP needs a secret on both sides; Catherd makes one."),
            '"http"',
            {
                "http": T("http: simple, and can be looked at with any client"),
                "ajp": T("ajp: passes on TLS details of the browser's connection"),
            },
        ),
    ] = "http"
    membership: Annotated[
        Literal["static", "multicast"],
        Says(
            T("How the Tomcats find each other"),
            T(
                "Static names every node in server.xml; it works in clouds, starts at once and "
                "needs no route for multicast. The original document uses multicast."
            ),
            '"static"',
            {
                "static": T("static: every node is named in server.xml"),
                "multicast": T("multicast: the nodes call out on the local network"),
            },
        ),
    ] = "static"
    multicast_address: Annotated[
        MulticastAddress,
        Says(T("Multicast address"), T("One for each cluster of a network."), '"228.0.0.4"'),
    ] = "228.0.0.4"
    multicast_port: Annotated[
        Port, Says(T("Multicast port"), T("UDP, open between the nodes."), "45564")
    ] = 45564
    frequency: Annotated[
        StrictInt,
        between(50, 60_000),
        Says(T("Heartbeat"), T("Milliseconds between two signs of life of a node."), "500"),
    ] = 500
    drop_time: Annotated[
        StrictInt,
        between(100, 600_000),
        Says(T("Silence limit"), T("Milliseconds of silence until a node counts as gone."), "3000"),
    ] = 3000
    manager_allow: Annotated[
        tuple[AllowedFrom, ...],
        Says(
            T("Who may see the balancer manager"),
            T("Addresses or networks; whoever sees it can take Tomcats out of the cluster."),
            '["127.0.0.1", "::1"]',
        ),
    ] = ("127.0.0.1", "::1")
    health_checks: Annotated[
        StrictBool,
        Says(
            T("Health checks"),
            T("Apache asks each Tomcat every second, so that no visitor meets a dead one."),
            "true",
        ),
    ] = True
    encrypt: Annotated[
        StrictBool,
        Says(
            T("Encrypt replication"),
            T("Sessions travel between the nodes encrypted, with a key that Catherd makes."),
            "false",
        ),
    ] = False
    lbmethod: Annotated[
        Literal["byrequests", "bytraffic", "bybusyness"],
        Says(
            T("How Apache shares the load"),
            T("By requests suits most applications."),
            '"byrequests"',
            {
                "byrequests": T("byrequests: by the number of requests"),
                "bytraffic": T("bytraffic: by the bytes sent"),
                "bybusyness": T("bybusyness: to whoever has the fewest requests open"),
            },
        ),
    ] = "byrequests"
    environment: Annotated[
        Literal["profile", "profile.d"],
        Says(
            T("Where login shells find Java and Tomcat"),
            T("The original document edits /etc/profile; updates of the system may do so too."),
            '"profile"',
            {
                "profile": T("profile: a few lines of /etc/profile, between two markers"),
                "profile.d": T("profile.d: a file of its own in /etc/profile.d"),
            },
        ),
    ] = "profile"
    tomcat_boot: Annotated[
        Literal["service", "rc.local"],
        Says(
            T("What starts Tomcat at boot"),
            T(
                "The original document puts a line into rc.local. That starts it last, and stops "
                "nothing when the host goes down."
            ),
            '"service"',
            {
                "service": T("service: systemd, or an init script"),
                "rc.local": T("rc.local: a line there, with Java's place and as Tomcat's user"),
            },
        ),
    ] = "service"
    session_manager: Annotated[
        Literal["auto", "delta", "backup"],
        Says(
            T("How many copies of a session"),
            T("On all nodes is simplest; in a large cluster one copy costs less."),
            '"auto"',
            {
                "auto": T("auto: on all nodes up to four, one copy beyond"),
                "delta": T("delta: on all nodes (DeltaManager)"),
                "backup": T("backup: on one other node (BackupManager)"),
            },
        ),
    ] = "auto"
    farm: Annotated[
        NodeName | None,
        Says(
            T("Which Tomcat deploys for all (FarmWarDeployer)"),
            T(
                "Its name: each .war that lies in its directory farm goes to all nodes. Whoever "
                "may write there deploys everywhere. Without a name, nobody does."
            ),
            '"tomcat1"',
        ),
    ] = None
