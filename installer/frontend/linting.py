"""The files that are looked through for mistakes: of this machine, or of a host."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

from runbook.errors import BadInput
from runbook.lint.finding import Given
from runbook.lint.kinds import kind_of, worth_reading
from runbook.lint.shell import java_home
from runbook.node import SERVICE, nodes_of
from runbook.probes import FileAt, FileState, Sh
from runbook.text import T

if TYPE_CHECKING:
    from installer.frontend.session import Session
    from runbook.cluster import Cluster

LARGEST = 1 << 20
"""Bytes; configuration is smaller."""
FRAGMENT = "META-INF/web-fragment.xml"
SYSTEM = (
    "/etc/profile",
    "/etc/rc.local",
    "/etc/rc.d/rc.local",
    "/etc/init.d/httpd",
)


def files_at(paths: Iterable[Path]) -> Iterator[Given]:
    """Files that were named, and those in directories that were named that may be of interest.

    :raises BadInput: a named file cannot be read, or no rule is for it
    """
    for path in paths:
        if path.is_dir():
            yield from _below(path)
            continue
        try:
            given = Given(str(path), _start_of(path))
        except OSError as error:
            raise BadInput(
                T("{file} cannot be read: {reason}", file=path, reason=error.strerror or error),
                remedy=T("Name a file or a directory that you may read."),
            ) from None
        if kind_of(given) is None:
            raise BadInput(
                T("{file} is no file that Catherd knows mistakes of", file=path),
                remedy=T(
                    "Name an httpd.conf or what it includes, a server.xml, web.xml, init script, "
                    "profile or rc.local; or a directory of such files."
                ),
            )
        yield given


def _start_of(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(LARGEST)


def _below(top: Path) -> Iterator[Given]:
    for place, directories, names in os.walk(top):
        directories.sort()
        for name in sorted(names):
            path = Path(place, name)
            try:
                if path.suffix == ".jar":
                    yield from _fragment(path)
                elif worth_reading(str(path)) and path.is_file():
                    yield Given(str(path), _start_of(path))
            except OSError:
                continue


def _fragment(path: Path) -> Iterator[Given]:
    """The web-fragment.xml in a library."""
    if path.parent.name != "lib" or path.parent.parent.name != "WEB-INF":
        return
    try:
        with zipfile.ZipFile(path) as jar, jar.open(FRAGMENT) as file:
            yield Given(f"{path}!/{FRAGMENT}", file.read(LARGEST))
    except (KeyError, zipfile.BadZipFile, RuntimeError):
        return  # none, or an archive that cannot be read: packed strangely, or encrypted


def _of_tomcat(cluster: Cluster, service: str, base: str) -> Iterator[str]:
    yield f"/etc/init.d/{service}"
    yield f"{base}/conf/server.xml"
    for application in cluster.applications:
        if application.distributable:
            yield f"{base}/webapps/{application.name}/WEB-INF/web.xml"


def files_on(session: Session, name: str) -> Iterator[Given]:
    """The files of a host, where this cluster's answers say that they lie; three round trips."""
    cluster = session.cluster
    prefix = cluster.software.httpd.prefix
    home = cluster.software.tomcat.home
    nodes = nodes_of(cluster.host(name), home)
    places = [(node.service, node.base) for node in nodes] or [(SERVICE, home)]
    tomcats = [path for place in places for path in _of_tomcat(cluster, *place)]
    listing = Sh(
        "for file in "
        + " ".join(map(quote, (*SYSTEM, *tomcats)))
        + f" /etc/profile.d/*.sh {quote(prefix)}/conf/httpd.conf"
        f" {quote(prefix)}/conf/extra/httpd-modproxy.conf {quote(prefix)}/conf.d/*.conf; do"
        ' if [ -f "$file" ]; then echo "$file"; fi; done'
    )
    target = session.targets[name]
    found = target.survey([listing])[listing]
    paths = [FileAt(path) for path in found.text.splitlines()]  # type: ignore[union-attr]
    states = target.survey(paths)
    files = {path: data for path in paths
             if (data := getattr(states[path], "data", None)) is not None}  # fmt: skip
    javas = {path: FileAt(f"{said[1]}/bin/java", content=False)
             for path, data in files.items() if (said := java_home(data))}  # fmt: skip
    there = target.survey(set(javas.values())) if javas else {}
    for path, data in files.items():
        java = there.get(javas[path]) if path in javas else None
        yield Given(f"{name}:{path.path}", data, isinstance(java, FileState) and not java.exists)
