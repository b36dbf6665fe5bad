"""``[software]``: which versions, from where, into which directories."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StrictStr

from runbook.fields.names import Account
from runbook.fields.software import (
    Directory,
    HttpdVersion,
    JdkSource,
    JdkVersion,
    OwnDirectory,
    Sha256,
    Sha512,
    Source,
    TomcatVersion,
    java_feature,
)
from runbook.fields.wrong import Says
from runbook.tables.base import Answers
from runbook.text import T

SHA256 = Says(
    T("SHA-256 checksum"),
    T("Proves that the file is the publisher's; the publisher shows it beside the download."),
    '"ed9a9d4500fb48bb28eaffb3ba71d06ccf86d498fa13ab9f781da010cc488498"',
)
SHA512 = Says(
    T("SHA-512 checksum"),
    T("In place of sha256, where the publisher shows SHA-512, as apache.org does."),
    f'"{"0123456789abcdef" * 8}"',
)


class Obtained(Answers):
    """Software that is brought from somewhere, and the checksum that proves it is the right one."""

    version: StrictStr
    source: Annotated[
        Source,
        Says(
            T("Where the archive is"),
            T(
                "A file on this machine (relative to cluster.toml), an https:// address, "
                "or debian:NAME for the Debian packages; debian:NAME/trixie for another Debian."
            ),
            '"https://archive.apache.org/dist/httpd/httpd-2.4.68.tar.gz"',
        ),
    ]
    sha256: Annotated[Sha256 | None, SHA256] = None
    sha512: Annotated[Sha512 | None, SHA512] = None


class HttpdAnswers(Obtained):
    """``[software.httpd]``."""

    version: Annotated[
        HttpdVersion,
        Says(
            T("Version of Apache httpd"),
            T("A release of 2.4, or of 2.2 from 2.2.16 on."),
            '"2.4.68"',
        ),
    ]
    prefix: Annotated[
        OwnDirectory,
        Says(
            T("Apache's directory"),
            T("Apache is compiled for this directory and installed into it."),
            '"/usr/local/apache"',
        ),
    ] = "/usr/local/apache"
    modules: Annotated[
        Literal["all", "few"],
        Says(
            T("Modules to build"),
            T("With few, the build takes half the time."),
            '"all"',
            {
                "all": T("all: everything httpd comes with, as the document says"),
                "few": T("few: only what the balancer needs"),
            },
        ),
    ] = "all"


class TomcatAnswers(Obtained):
    """``[software.tomcat]``."""

    version: Annotated[
        TomcatVersion,
        Says(
            T("Version of Tomcat"), T("A release of 6.0, 7.0, 8.5, 9.0, 10.1 or 11.0."), '"10.1.60"'
        ),
    ]
    home: Annotated[
        OwnDirectory,
        Says(T("Tomcat's directory"), T("CATALINA_HOME on the hosts."), '"/usr/local/tomcat"'),
    ] = "/usr/local/tomcat"
    user: Annotated[
        Account,
        Says(
            T("Tomcat's user"),
            T("The account that Tomcat runs as; it is created where it is missing."),
            '"tomcat"',
        ),
    ] = "tomcat"

    @property
    def line(self) -> str:
        """``10.1`` of ``10.1.60``."""
        return self.version.rpartition(".")[0]


class JdkAnswers(Obtained):
    """``[software.jdk]``."""

    version: Annotated[
        JdkVersion,
        Says(
            T("Version of the JDK"),
            T("From 5 to 25; Tomcat 10.1 needs 11 or later, Tomcat 11 needs 17."),
            '"17"',
        ),
    ]
    source: Annotated[
        JdkSource,
        Says(
            T("Where the JDK comes from"),
            T(
                "A .tar.gz, .bin, -rpm.bin or .rpm: a file on this machine (relative to "
                "cluster.toml) or an https:// address; debian:NAME or debian:NAME/trixie for "
                "Debian packages; package for that of the hosts' distribution, or package:NAME; "
                "existing:/DIRECTORY for a JDK that is on the hosts already."
            ),
            '"jdk-17_linux-x64_bin.tar.gz"',
        ),
    ]
    accept_licence: Annotated[
        bool,
        Says(
            T("Accept the licence of the JDK"),
            T(
                "Whether you have read the licence that the .bin shows, and accept it: then "
                "Catherd answers its question with yes."
            ),
            "true",
        ),
    ] = False
    home: Annotated[
        Directory,
        Says(
            T("Directory for JDKs"),
            T(
                "A JDK that is unpacked gets a directory of its own in this one; packages have "
                "their own place."
            ),
            '"/usr/java"',
        ),
    ] = "/usr/java"

    @property
    def feature(self) -> int:
        """17 for ``17.0.15+6``."""
        return java_feature(self.version)


class Software(Answers):
    """``[software]``."""

    httpd: HttpdAnswers
    tomcat: TomcatAnswers
    jdk: JdkAnswers
