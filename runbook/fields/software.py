"""Where software comes from, how it is known to be the right one, and where it goes."""

from __future__ import annotations

import posixpath
import re
from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, StrictStr

from runbook.fields.wrong import Wrong, matches, shown
from runbook.harmless import is_harmless
from runbook.software.jdk import family_of, origin
from runbook.software.tomcat import LINES
from runbook.text import T

LONGEST = 200
"""Characters of a directory: below it there must be room for names, and #! lines have limits."""
VOLATILE = ("/dev", "/proc", "/run", "/sys", "/tmp", "/var/run", "/var/tmp")
SYSTEM = (
    r"(/usr|/usr/local)?(/bin|/etc|/include|/lib|/lib32|/lib64|/libexec|/sbin|/share)?"
    r"|/boot|/home|/media|/mnt|/opt|/root|/srv|/var(/lib|/log|/www)?"
)


def absolute_path(text: str) -> str:
    """A directory on a host: absolute, normal, and safe in every configuration file."""
    if not matches(r"/[A-Za-z0-9._+/-]*", text):
        raise Wrong(
            T("{value} cannot be used as a directory on the hosts", value=shown(text)),
            T(
                "Give an absolute path of letters, digits and . _ + - such as /usr/local/tomcat; "
                "Apache's build and Tomcat's scripts break on spaces and quotes"
            ),
        )
    if len(text) > LONGEST:
        raise Wrong(
            T("{value} is too long for a directory", value=shown(text)),
            T("Give a path of at most {most} characters", most=LONGEST),
        )
    normal = "/" + posixpath.normpath(text).lstrip("/")
    if normal != text:
        raise Wrong(
            T("{value} can be written in a plainer way", value=shown(text)),
            T("Did you mean {path}?", path=normal),
        )
    if text == "/" or any(text == each or text.startswith(each + "/") for each in VOLATILE):
        raise Wrong(
            T("Nothing can be installed under {value}", value=shown(text)),
            T("Give a directory that is kept over a reboot, such as /usr/local/tomcat"),
        )
    return text


def own_directory(text: str) -> str:
    """A directory that holds one piece of software and nothing else."""
    if matches(SYSTEM, absolute_path(text)):
        raise Wrong(
            T("{value} belongs to the system", value=shown(text)),
            T(
                "Give a directory for this software alone, such as /usr/local/tomcat: what lies "
                "there is moved aside before, and the directory goes when you roll back"
            ),
        )
    return text


def file_name(text: str) -> str:
    """A path on the operator's machine."""
    if not text.strip() or not is_harmless(text):
        raise Wrong(T("{value} is not a path", value=shown(text)), T("Give the path of a file"))
    return text


def httpd_version(text: str) -> str:
    """A release of Apache httpd that Catherd installs."""
    if not matches(r"2\.[24]\.[0-9]{1,3}", text):
        raise Wrong(
            T("{value} is no version of Apache httpd that Catherd installs", value=shown(text)),
            T("Give a full version of the 2.4 line, such as 2.4.68, or 2.2.34"),
        )
    release = tuple(map(int, text.split(".")))
    if (2, 2) < release < OLDEST_2_2:
        raise Wrong(
            T("Apache {version} is too old for this balancer", version=text),
            T(
                "Give 2.2.34, or 2.2.{oldest} at least: earlier ones lack bybusyness, "
                "connectiontimeout and other settings of the members",
                oldest=OLDEST_2_2[2],
            ),
        )
    return text


OLDEST_2_2 = (2, 2, 16)


def tomcat_version(text: str) -> str:
    """A release of Tomcat that Catherd installs."""
    if not matches(r"[0-9]+\.[0-9]+\.[0-9]{1,3}", text) or not text.startswith(
        tuple(f"{line.name}." for line in LINES)
    ):
        *lines, last = (line.name for line in LINES)
        raise Wrong(
            T("{value} is no version of Tomcat that Catherd installs", value=shown(text)),
            T(
                "Give a full version of the {lines} or {last} line, such as 10.1.60",
                lines=", ".join(lines),
                last=last,
            ),
        )
    return text


def jdk_version(text: str) -> str:
    """A JDK by its feature version or in full."""
    if not matches(r"[0-9]{1,2}(\.[0-9]{1,6}){0,5}([+_.-][A-Za-z0-9.+_-]{1,40})?", text):
        raise Wrong(
            T("{value} is not a version of Java", value=shown(text)),
            T("Give it as 17, or in full as 17.0.15+6"),
        )
    if not 5 <= java_feature(text) <= 25:
        raise Wrong(
            T("Catherd does not install Java {value}", value=text),
            T("Give a version from 5 to 25; Tomcat 10.1 needs 11 or later, Tomcat 11 needs 17"),
        )
    return text


def java_feature(version: str) -> int:
    """17 for ``17.0.15+6``, 8 for ``1.8.0_402``."""
    numbers = [int(number[:6]) for number in re.findall(r"[0-9]+", version)]
    return numbers[1] if numbers[0] == 1 and len(numbers) > 1 else numbers[0]


def source(text: str) -> str:
    """Where an archive is found: a file, an https URL, ``debian:NAME`` or ``debian:NAME/SUITE``."""
    if text.startswith("debian:"):
        if not matches(r"debian:[a-z0-9][a-z0-9+.-]*(/[a-z]+)?", text):
            raise Wrong(
                T("{value} names no Debian package", value=shown(text)),
                T(
                    "Give it as debian:httpd, debian:tomcat10 or debian:jdk17; behind a slash may "
                    "stand which Debian has it, as in debian:tomcat11/trixie"
                ),
            )
        return text
    if not matches(r"[A-Za-z][A-Za-z0-9+.-]*://.*", text):
        return file_name(text)
    return _url(text)


def jdk_source(text: str) -> str:
    """Where a JDK is found: as other archives, the distribution's package, or on the hosts."""
    found = origin(text)
    if found is None:
        return source(text)
    if found.kind == "existing":
        absolute_path(found.name)
    elif text != "package" and family_of(found.name) is None:
        raise Wrong(
            T("{value} is no package of a JDK that Catherd knows", value=shown(found.name)),
            T(
                "Write package alone, or a name such as package:openjdk-17-jdk-headless or "
                "package:java-17-openjdk-devel; another one you can install yourself, and give "
                "its directory as existing:/usr/lib/jvm/NAME"
            ),
        )
    return text


def is_download(source: str) -> bool:
    """Whether a source is a file that only a checksum proves."""
    return not source.startswith("debian:") and origin(source) is None


def _url(text: str) -> str:
    remedy = T("Give an https:// address, or download the file and give its path")
    try:
        parts = urlsplit(text)
        usable = bool(parts.hostname) and len(parts.path) > 1 and parts.port != 0
    except ValueError:
        raise Wrong(T("{value} is not a web address", value=shown(text)), remedy) from None
    if parts.username or parts.password:
        raise Wrong(
            T("The source holds a user name or a password, and this file keeps no secrets"),
            T("Download the file yourself and give its path"),
        )
    if parts.scheme.lower() != "https":
        raise Wrong(
            T("Catherd does not download over {scheme}", scheme=parts.scheme.lower()), remedy
        )
    if not usable or not matches(r"[!-~]+", text):
        raise Wrong(T("{value} is not the address of a file", value=shown(text)), remedy)
    return text


def war(text: str) -> str:
    """Where a packed application is found."""
    if text.startswith("debian:") or not source(text).lower().endswith(".war"):
        raise Wrong(
            T("{value} is not a packed web application", value=shown(text)),
            T("Give the path or https address of a .war file"),
        )
    return text


def _digest(name: str, length: int) -> AfterValidator:
    def check(text: str) -> str:
        digits = text.strip().lower()
        if not matches(rf"[0-9a-f]{{{length}}}", digits):
            raise Wrong(
                T("This is not a {name} checksum", name=name),
                T(
                    "It has {length} hexadecimal digits; this has {found} characters",
                    length=length,
                    found=len(digits),
                ),
            )
        return digits

    return AfterValidator(check)


Directory = Annotated[StrictStr, AfterValidator(absolute_path)]
OwnDirectory = Annotated[StrictStr, AfterValidator(own_directory)]
FileName = Annotated[StrictStr, AfterValidator(file_name)]
HttpdVersion = Annotated[StrictStr, AfterValidator(httpd_version)]
TomcatVersion = Annotated[StrictStr, AfterValidator(tomcat_version)]
JdkVersion = Annotated[StrictStr, AfterValidator(jdk_version)]
Source = Annotated[StrictStr, AfterValidator(source)]
JdkSource = Annotated[StrictStr, AfterValidator(jdk_source)]
War = Annotated[StrictStr, AfterValidator(war)]
Sha256 = Annotated[StrictStr, _digest("SHA-256", 64)]
Sha512 = Annotated[StrictStr, _digest("SHA-512", 128)]
