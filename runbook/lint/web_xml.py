"""web.xml of an application, and web-fragment.xml of a library."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.edits.xml_source import decoded
from runbook.edits.xml_tree import scan
from runbook.lint.finding import Finding, Given, Sight
from runbook.lint.markup import forum_markup
from runbook.text import T

BEFORE = ("icon", "display-name", "description")
"""What the DTDs of 2.2 and 2.3 want before <distributable/>."""


TOMCATS_OWN = ("docs", "examples", "host-manager", "manager")
"""Applications that Tomcat comes with; none of them is meant to be replicated."""
DEFAULT_SERVLET = b"org.apache.catalina.servlets.DefaultServlet"


def rules(given: Given, sight: Sight) -> Iterator[Finding]:
    """All that is wrong in one file."""
    yield from forum_markup(given, b"<!--")
    tree = scan(decoded(given.data).utf8)
    root = tree.root
    names = [each.local for each in root.children]
    if any(f"/{name}/WEB-INF/" in given.path for name in TOMCATS_OWN):
        return
    if DEFAULT_SERVLET in given.data.replace(b"\0", b""):
        return  # conf/web.xml holds for all applications, and is none itself
    if "distributable" not in names:
        fragment = root.local == "web-fragment"
        yield Finding(
            given.path,
            root.line,
            "web-fragment" if fragment else "distributable-missing",
            T("There is no <distributable/>: no session of this application is replicated"),
            T("Add <distributable/> to the library's web-fragment.xml as well.") if fragment
            else T("Add <distributable/> below <web-app>."),
        )  # fmt: skip
        return
    at = names.index("distributable")
    ordered = set(names[:at]) <= set(BEFORE) and not set(names[at:]) & set(BEFORE)
    if tree.doctype is not None and not ordered:
        yield Finding(
            given.path,
            root.children[at].line,
            "distributable-place",
            T("The DTD wants <distributable/> elsewhere"),
            T("Move it behind icon, display-name and description, before all others."),
        )
