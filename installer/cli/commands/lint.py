"""``catherd lint``: the document's mistakes, in configuration that exists."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from installer.cli.helping import Command
from installer.cli.options import as_json, hosts_option, in_cluster
from installer.frontend.where import Where
from runbook.text import T


@click.command(cls=Command, short_help="Find the document's mistakes in existing configuration.")
@click.argument("paths", nargs=-1, type=click.Path(path_type=Path))
@in_cluster
@hosts_option
@click.option("--httpd", default="", metavar="VERSION", help="Version of Apache, such as 2.4.")
@click.option("--tomcat", default="", metavar="VERSION", help="Version of Tomcat, such as 10.1.")
@as_json
def lint(
    paths: tuple[Path, ...],
    where: Where,
    hosts: tuple[str, ...],
    httpd: str,
    tomcat: str,
    json: bool,
) -> None:
    """Look through httpd.conf and its like, server.xml, web.xml, init scripts and profiles.

    Each mistake is told with its line, why it is one and how it is mended. Files that are named
    together are compared: routes, modules, redirects, the secrets of AJP. Nothing is changed.

    In a directory, the libraries of unpacked applications are looked into. With --host, the files
    of that host of cluster.toml are read, but for libraries, and it is asked whether Java is where
    JAVA_HOME says. There is no rule for some errata: catherd errata NAME tells.

    Exit code 0: no mistake was found. 1: some were. 65: a file cannot be read as what it is.

    \b
    Examples:
      catherd lint /usr/local/apache/conf /usr/local/tomcat/conf/server.xml
      catherd lint --host balancer --host tomcat1
      catherd lint --tomcat 10.1 --json conf/
    """
    from installer.cli import documents
    from installer.cli.show_lint import document, show_findings
    from installer.frontend.linting import files_at, files_on
    from runbook.lint import lint as look

    if not paths and not hosts:
        raise click.UsageError(str(T("Name files or directories, or a host with --host.")))
    given = list(files_at(paths))
    if hosts:
        from installer.cli.opening import open_session

        with open_session(where) as session:
            for name in session.choose(hosts).hosts:
                given += files_on(session, name)
            software = session.cluster.software
            httpd, tomcat = httpd or software.httpd.version, tomcat or software.tomcat.version
    found = look(given, httpd, tomcat)
    if json:
        documents.write({"files": len(given), "findings": [document(each) for each in found]})
    else:
        show_findings(found, len(given))
    sys.exit(1 if found else 0)
