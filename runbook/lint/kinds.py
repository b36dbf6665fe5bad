"""What kind of file something is, by its name and by what it holds."""

from __future__ import annotations

import posixpath
import re
from typing import Literal

from runbook.lint.finding import Given

Kind = Literal["httpd", "server.xml", "web.xml", "init script", "shell"]

_HTTPD = re.compile(
    rb"^\s*(ServerRoot|LoadModule|ProxyPass|ProxyPassReverse|BalancerMember|ProxyRequests|"
    rb"<Proxy|<Location|SetHandler|Listen|Include)\b",
    re.M | re.I,
)
_HEADER = re.compile(rb"^#\s*chkconfig:", re.M)
_ROOT = re.compile(rb"<(?:\w+:)?(Server|web-app|web-fragment)[\s>/]")
_NAMES = ("httpd.conf", "server.xml", "web.xml", "web-fragment.xml", "rc.local", "profile")


def worth_reading(path: str) -> bool:
    """Whether a file of a directory may be one that is looked through, by its name."""
    name = posixpath.basename(path)
    return (
        name in _NAMES
        or name.endswith((".conf", ".sh"))
        or posixpath.basename(posixpath.dirname(path)) == "init.d"
    )


def kind_of(given: Given) -> Kind | None:
    """The kind, or None where it is none that rules are known for."""
    name, data = posixpath.basename(given.path), given.data
    if name.endswith(".xml") or data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<?xml"):
        found = _ROOT.search(re.sub(rb"(?s)<!--.*?-->", b"", data.replace(b"\0", b"")))
        if found is None:
            return None
        return "server.xml" if found[1] == b"Server" else "web.xml"
    if _HEADER.search(data):
        return "init script"
    if data.startswith(b"#!") or name in ("rc.local", "profile") or name.endswith(".sh"):
        return "shell"
    return "httpd" if _HTTPD.search(data) else None
