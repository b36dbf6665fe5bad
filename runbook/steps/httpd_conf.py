"""httpd.conf loads what the balancer needs and includes its configuration."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial

from runbook.actions import Action, Edit, Line
from runbook.check import Check
from runbook.edits.httpd_conf import INCLUDE_COMMENT, HttpdConf, edit_httpd_conf
from runbook.host import Host
from runbook.judges import unchanged_by
from runbook.probes import FileAt
from runbook.software.httpd import required_modules
from runbook.step import Erratum, step
from runbook.text import T

INCLUDE = "conf/extra/httpd-modproxy.conf"

MODULES = Erratum(
    id="modules-missing",
    versions=T("Apache 2.4"),
    says=T("Uncomment the seven LoadModule lines of proxy and status"),
    happens=T(
        "On 2.4 the balancer also needs slotmem_shm and a balancing method: “httpd -t” says "
        "“Syntax OK”, “-k start” exits 0, and httpd is not running."
    ),
    instead=T("All modules that are needed, in an order that works, and a look whether it runs."),
    message="AH01177: Failed to lookup provider 'shm' for 'slotmem'",
)


def wanted(host: Host) -> HttpdConf:
    """The lines that the file must hold for this cluster."""
    cluster = host.cluster
    return HttpdConf(
        modules=required_modules(
            cluster.options.members, cluster.health_checks, cluster.httpd_line
        ),
        includes=(INCLUDE,),
        server_name=f"{host.answers.url_host}:{host.answers.port}",
        listen=host.answers.port,
    )


def checks(host: Host) -> Iterator[Check]:
    """The file holds all that this cluster needs."""
    file = FileAt(f"{host.httpd_prefix}/conf/httpd.conf")
    settings = wanted(host)
    yield Check(
        id="httpd-conf",
        title=T("httpd.conf loads the balancer and its configuration"),
        probes=(file,),
        judge=unchanged_by(
            file,
            lambda text: edit_httpd_conf(text, settings),
            T("complete"),
            T("lines are missing"),
        ),
        expected=T("every module loaded, {include} included", include=INCLUDE),
        why=T("a balancer that is not loaded passes nothing on; httpd may not even start"),
        usual_cause=T("the file was edited by hand, or replaced by a new installation"),
        remedy=T("Run this step: it adds what is missing and leaves the rest alone."),
    )


@step(
    "httpd-conf",
    T("Load the balancer's modules"),
    roles=("balancer",),
    needs=("httpd-build",),
    checks=checks,
    errata=(MODULES,),
)
def httpd_conf(host: Host) -> Iterator[Action]:
    """Make httpd.conf load the proxy with its balancer, and include its configuration.

    Only these lines change; everything else in the file stays as it is, to the byte.
    """
    conf = wanted(host)
    path = f"{host.httpd_prefix}/conf/httpd.conf"
    lines = (
        Line(text=f"Listen {conf.listen}", replaces=r"^Listen +[0-9.:]+ *$"),
        *(
            Line(
                text=f"LoadModule {module.name} {module.file}",
                replaces=f"^#? *LoadModule +{module.name} ",
            )
            for module in conf.modules
        ),
        Line(
            text=f"ServerName {conf.server_name}",
            replaces="^ServerName ",
            after="^# *ServerName ",
        ),
        Line(text=INCLUDE_COMMENT, replaces=f"^{INCLUDE_COMMENT}$"),
        Line(text=f"Include {INCLUDE}", replaces=f"^#? *Include +{re.escape(INCLUDE)} *$"),
    )
    yield Edit(
        path=path,
        change=partial(edit_httpd_conf, wanted=conf),
        why=T("modules that are not loaded cannot be configured"),
        intent=tuple(line.text for line in lines if line.text != INCLUDE_COMMENT),
        lines=lines,
        validate=(
            # The included file comes with the next step: it is left out of this look.
            f"""f="$1.check"; grep -v '^Include {INCLUDE}' "$1" > "$f"
{host.httpd_prefix}/bin/httpd -t -f "$f"; code=$?; rm -f "$f"; exit $code"""
        ),
    )
