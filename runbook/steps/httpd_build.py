"""Apache is compiled from source and installed into a directory of its own."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook.actions import Action, Build, Flag
from runbook.check import Check
from runbook.host import Host
from runbook.judges import exists, shows
from runbook.probes import FileAt, Sh
from runbook.software.httpd import configure_flags, required_modules
from runbook.step import Erratum, step
from runbook.text import T

ENABLE_SO = Erratum(
    id="enable-modules-so",
    versions=T("Apache 2.4"),
    says=T("./configure --enable-modules=so --enable-mods-shared=all …"),
    happens=T("On 2.4 configure stops: mod_so cannot be a module of its own."),
    instead=T("--enable-so; proxy_connect and proxy_ftp, which no balancer needs, are not named."),
    message="mod_so can not be built as a shared DSO",
)


def checks(host: Host) -> Iterator[Check]:
    """The right version runs, and its modules are there."""
    httpd = f"{host.httpd_prefix}/bin/httpd"
    version = host.cluster.software.httpd.version
    probe = Sh(f"{httpd} -v")
    yield Check(
        id="httpd-version",
        title=T("Apache of the chosen version is installed"),
        probes=(probe,),
        judge=shows(probe, rf"Apache/{re.escape(version)}\b"),
        expected=f"Apache/{version}",
        why=T("modules and configuration are made for this version"),
        usual_cause=T("another Apache was installed into the same directory"),
        remedy=T("Run this step; what is there now is moved aside, not lost."),
    )
    cluster = host.cluster
    for module in required_modules(
        cluster.options.members, cluster.health_checks, cluster.httpd_line
    ):
        file = FileAt(f"{host.httpd_prefix}/{module.file}", content=False)
        yield Check(
            id=f"module-{module.name}",
            title=T("the module {module} was built", module=module.name),
            probes=(file,),
            judge=exists(file),
            expected=file.path,
            why=module.why,
            usual_cause=T("a build with fewer modules"),
            remedy=T("Run this step again."),
        )


@step(
    "httpd-build",
    T("Compile and install Apache"),
    roles=("balancer",),
    needs=("preflight",),
    checks=checks,
    errata=(ENABLE_SO,),
)
def httpd_build(host: Host) -> Iterator[Action]:
    """Build Apache from source, with the proxy and its balancer as loadable modules.

    Compiled on the host itself, so it fits its libraries; under a directory of its own, so it
    neither meets nor replaces a packaged Apache. It takes a minute or more and goes on by
    itself when the connection is lost.
    """
    software = host.cluster.software.httpd
    flags = configure_flags(software.prefix, software.modules, host.cluster.httpd_line)
    yield Build(
        artefact=host.artefacts.httpd,
        prefix=software.prefix,
        flags=tuple(Flag(text=flag.text, why=flag.why) for flag in flags),
        why=T("the balancer in front of the Tomcats"),
        contains=("bin/httpd", "bin/apachectl", "conf/httpd.conf", "modules/mod_proxy.so"),
        scratch=("logs",),
    )
