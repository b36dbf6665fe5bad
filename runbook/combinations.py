"""Versions and options that cannot go together, each refused with its reason.

What a line of httpd or Tomcat has is said in ``runbook.software``; here stands only what follows
from it. Rules about answers that are not there yet, or are wrong by themselves, are passed over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

from runbook.errors import BadInput
from runbook.fields.software import java_feature
from runbook.fields.wrong import Wrong
from runbook.software.httpd import HttpdLine, httpd_line
from runbook.software.tomcat import TomcatLine, tomcat_line
from runbook.text import T

Line = TypeVar("Line")


def combinations(
    httpd: object, tomcat: object, jdk: object, options: Mapping[str, Any]
) -> Iterator[Wrong]:
    """What these three versions cannot do with these options."""
    if (line := _known(tomcat, tomcat_line)) is not None:
        if isinstance(jdk, str):
            yield from _java(line, java_feature(jdk))
        yield from _tomcat(line, options)
    if (server := _known(httpd, httpd_line)) is not None:
        yield from _httpd(server, options)


def _known(version: object, line_of: Callable[[str], Line]) -> Line | None:
    try:
        return line_of(version) if isinstance(version, str) else None
    except BadInput:
        return None


def _java(tomcat: TomcatLine, java: int) -> Iterator[Wrong]:
    what = T("Tomcat {line} does not run on Java {java}", line=tomcat.name, java=java)
    if java < tomcat.java_minimum:
        yield Wrong(
            what,
            T(
                "It needs Java {minimum} or later: choose another JDK, or an older Tomcat",
                minimum=tomcat.java_minimum,
            ),
            ("software", "jdk", "version"),
        )
    elif tomcat.java_most is not None and java > tomcat.java_most:
        yield Wrong(
            what,
            T(
                "Its scripts pass options that Java has refused since: choose Java {most} or "
                "older, or a newer Tomcat",
                most=tomcat.java_most,
            ),
            ("software", "jdk", "version"),
        )


def _tomcat(tomcat: TomcatLine, options: Mapping[str, Any]) -> Iterator[Wrong]:
    if options.get("encrypt") is True and not tomcat.encrypts:
        yield Wrong(
            T("Tomcat {version} cannot encrypt replication", version=tomcat.version),
            T(
                "EncryptInterceptor came with 7.0.100, 8.5.38 and 9.0.13: choose such a Tomcat, "
                "or leave encrypt out and let only the nodes reach the replication port"
            ),
            ("options", "encrypt"),
        )
    if options.get("members") == "ajp" and not tomcat.ajp_secret:
        yield Wrong(
            T("AJP of Tomcat {version} cannot be kept closed", version=tomcat.version),
            T(
                'Write members = "http", or choose Tomcat 7.0 or later: with this one the secret '
                "of mod_proxy_ajp is not known to work, and an open AJP port lets everybody in"
            ),
            ("options", "members"),
        )


def _httpd(httpd: HttpdLine, options: Mapping[str, Any]) -> Iterator[Wrong]:
    if options.get("members") == "ajp" and not httpd.ajp_secret:
        yield Wrong(
            T("Apache {version} cannot send the secret of AJP", version=httpd.version),
            T(
                'Write members = "http", or choose Apache 2.4.42 or later: Tomcat either refuses '
                "AJP without a secret, or lets everybody in who reaches the port"
            ),
            ("options", "members"),
        )
    if options.get("health_checks") is True and not httpd.health_checks:
        yield Wrong(
            T("Apache {version} has no health checks", version=httpd.version),
            T("Leave health_checks out, or choose Apache 2.4.21 or later"),
            ("options", "health_checks"),
        )
