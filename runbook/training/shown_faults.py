"""Mistakes of the document that are shown, and are no drills: what one sees is the whole of it."""

from __future__ import annotations

from runbook.text import T
from runbook.training.balancer_faults import GET
from runbook.training.fault import Fault, On, Shown

FORUM_MARKUP = Fault(
    id="forum-markup",
    title=T("markup of a forum stands in the address of a member"),
    errata=("forum-markup",),
    shown=Shown(
        on=On("balancer", "sed 's|\"\\(http://[0-9.:]*\\)\"|[url]\\1[/url]|' $CONF "
              ">/tmp/forum.conf; "
              "sed 's|^Include conf/extra/httpd-modproxy.conf|Include /tmp/forum.conf|' $MODULES "
              ">$APACHE/conf/forum.conf; $APACHE/bin/httpd -t -f $APACHE/conf/forum.conf; "
              "rm -f /tmp/forum.conf $APACHE/conf/forum.conf"),
        prints=r"Unable to parse URL: \[url\]http",
    ),
)  # fmt: skip

EN_DASH = Fault(
    id="java-en-dash",
    title=T("the dash before java's option is a typographic one"),
    errata=("java-en-dash",),
    shown=Shown(
        on=On("first", "env -i HOME=/root LC_ALL=C.UTF-8 bash -lc 'java \N{EN DASH}version'"),
        prints="Could not find or load main class",
    ),
)

RETURN_CODES = Fault(
    id="apachectl-return-codes",
    title=T("apachectl says that all is well while Apache is stopped"),
    errata=("apachectl-return-codes",),
    plant=(On("balancer", "systemctl stop httpd"),),
    finds=(("httpd-runs", "balancer"), ("httpd-answers", "balancer"), ("members", "balancer"),
           ("manager-closed", "first"), ("manager-closed", "second")),
    mend=(On("balancer", "systemctl start httpd"),),
    shown=Shown(
        on=On("balancer", "pgrep -x httpd || echo httpd is not running; "
              "$APACHE/bin/apachectl status; echo \"status: exit code $?\"; "
              "$APACHE/bin/apachectl stop; echo \"stop: exit code $?\""),
        prints="httpd is not running(?s:.)*status: exit code 0(?s:.)*stop: exit code 0",
    ),
)  # fmt: skip

OLD_CLASSES = Fault(
    id="classes-gone",
    title=T("server.xml names a class that this Tomcat does not have any more"),
    errata=("classes-gone",),
    plant=(On("first", "sed -i 's/MessageDispatchInterceptor/MessageDispatch15Interceptor/' "
              "$SERVER_XML; $RESTART_AT_ONCE; sleep 8"),),
    finds=(("server-xml", "first"), ("tomcat-runs", "first"), ("tomcat-answers", "first"),
           ("members", "balancer"), ("membership", "second")),
    mend=(On("first", "sed -i 's/MessageDispatch15Interceptor/MessageDispatchInterceptor/' "
             "$SERVER_XML; $RESTART"),),
    shown=Shown(
        on=On("first", "grep -h -o 'ClassNotFoundException: .*MessageDispatch15Interceptor' "
              "$TOMCAT/logs/catalina.*.log | tail -n 1; systemctl is-active tomcat"),
        prints="ClassNotFoundException(?s:.)*(inactive|failed|activating)",
    ),
)  # fmt: skip

STANDALONE = Fault(
    id="engine-standalone",
    title=T("the Engine is called Standalone"),
    errata=("engine-standalone",),
    plant=(On("second", "sed -i 's/<Engine name=\"Catalina\"\\(.*$ROUTE2\\)/"
              "<Engine name=\"Standalone\"\\1/' $SERVER_XML && $RESTART"),),
    finds=(("server-xml", "second"),),
    mend=(On("second", "sed -i 's/<Engine name=\"Standalone\"/<Engine name=\"Catalina\"/' "
             "$SERVER_XML && $RESTART"),),
    shown=Shown(
        on=On("second", "ls $TOMCAT/conf/Catalina/localhost; " + GET
              + "get $PORT2 /catherd-drain/state | head -n 1"),
        prints="catherd-drain.xml(?s:.)*404",
    ),
)  # fmt: skip

SHOWN_FAULTS = (FORUM_MARKUP, EN_DASH, RETURN_CODES, OLD_CLASSES, STANDALONE)
