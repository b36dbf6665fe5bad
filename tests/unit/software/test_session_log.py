"""What Tomcat's logs tell of applications: in the form of 8.0 and later, and in that before."""

from __future__ import annotations

from runbook.software.session_log import refused, replicated

NEW = """\
27-Nov-2026 22:57:17.505 INFO [main] org.apache.catalina.core.StandardEngine.startInternal Starting
27-Nov-2026 22:58:04.869 INFO [main] org.apache.catalina.ha.session.DeltaManager.startInternal \
Register manager [localhost#] to cluster element [Engine] with name [Catalina]
27-Nov-2026 22:58:05.869 INFO [main] org.apache.catalina.ha.session.DeltaManager.startInternal \
Register manager [localhost#/shop] to cluster element [Engine] with name [Catalina]
"""
OLD = """\
Nov 25, 2026 1:00:00 AM org.apache.catalina.core.StandardEngine start
INFO: Starting Servlet Engine: Apache Tomcat/6.0.16
Nov 25, 2026 1:00:03 AM org.apache.catalina.ha.session.DeltaManager start
INFO: Register manager localhost#/examples to cluster element Engine with name Catalina
"""
EXCEPTION = "java.lang.IllegalArgumentException: setAttribute: Non-serializable attribute [basket]"
IN_SHOP = "Servlet.service() for servlet [jsp] in context with path [/shop] threw exception"


def severe(time: str) -> str:
    return (
        f"27-Nov-2026 {time} SEVERE [exec-1] x.StandardWrapperValve.invoke {IN_SHOP}\n{EXCEPTION}"
    )


def test_contexts_that_have_a_manager_of_the_cluster() -> None:
    assert replicated(NEW) == {"", "/shop"}
    assert replicated(OLD) == {"/examples"}
    again = NEW + NEW.splitlines()[0] + "\n"
    assert replicated(again) == set(), "a start makes all that was before past"
    assert replicated("") == set()


def test_an_attribute_that_could_not_be_sent_since_the_start() -> None:
    assert refused(NEW + severe("23:00:00.123"), "/shop") == EXCEPTION
    assert refused(NEW + severe("23:00:00.123"), "") == "", "of another context"
    assert refused(NEW + severe("22:00:00.123"), "/shop") == "", "before the last start"
    page = severe("23:00:00.123").replace(
        "\n", "\n6: %>In the basket\n\nStacktrace:] with root cause\n\t"
    )
    assert refused(NEW + page, "/shop") == EXCEPTION, "a page's source stands between"
    old = f"Nov 25, 2026 1:00:09 AM x.StandardWrapperValve invoke\nSEVERE: {IN_SHOP}\n{EXCEPTION}"
    assert refused(OLD + old, "/shop") == EXCEPTION
    assert refused(OLD + old.replace("1:00:09", "12:59:09"), "/shop") == ""
