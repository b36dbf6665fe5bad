"""How Tomcat stops: it closes its ports first and goes on until what is under way is answered.

Left as it is, Tomcat takes connections until its very end and cuts them off then: whoever was sent
there in the last half second gets an error, and httpd cannot tell that it may ask another node.
With ``bindOnInit="false"`` a port is closed at once, so httpd goes to another node by itself, and
opened only when the applications are up; ``gracefulStopAwaitMillis`` lets open requests finish.
"""

from __future__ import annotations

from collections.abc import Iterator

from runbook.edits.connectors import connectors
from runbook.edits.xml_splice import Splice, set_attribute
from runbook.edits.xml_tree import Element

EARLY_CLOSE = "bindOnInit"
WAIT = "gracefulStopAwaitMillis"


def draining_splices(utf8: bytes, service: Element, millis: int) -> Iterator[Splice]:
    """Let a Service wait up to ``millis`` for the connections of all its connectors."""
    yield from set_attribute(utf8, service, WAIT, str(millis))
    for connector in connectors(service):
        yield from set_attribute(utf8, connector, EARLY_CLOSE, "false")
