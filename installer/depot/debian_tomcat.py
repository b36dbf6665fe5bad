"""Tomcat as upstream packs it, out of Debian's packages."""

from __future__ import annotations

import io
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path

from installer.depot.debian_apt import Apt, Say
from installer.depot.debian_pack import Member, jar, pack
from runbook.errors import Failed
from runbook.text import T

# Upstream's build.xml gives these classes a jar of their own, next to catalina.jar's copies.
_BOOTSTRAP = re.compile(
    r"org/apache/(catalina/(startup/((Bootstrap|CatalinaProperties|Constants|Tool)\.\w+"
    r"|catalina\.properties|(ClassLoaderFactory|SafeForkJoinWorkerThreadFactory)(\$\w+)?\.\w+)"
    r"|security/SecurityClassLoad\.\w+|webresources/war/.+)|tomcat/util/buf/UriUtil\.\w+)"
)
_PREFIX = {"storeconfig": "catalina-", "tribes": "catalina-"} | dict.fromkeys(
    ("api", "coyote", "dbcp", "jdbc", "jni", "juli", "util", "util-scan", "websocket"), "tomcat-"
)
"""What Debian's names of the jars lack; the others are upstream's."""


_PACKAGED = ("tomcat11",)
"""Kinds whose scripts and settings come in packages: not every mirror keeps their sources."""
_COMPILER = "libeclipse-jdt-core-java"


def tomcat(apt: Apt, compilers: Apt, cache: Path, into: Path, kind: str, say: Say) -> Path:
    """Scripts, settings and first page, the classes of Debian, upstream's names and modes.

    :param compilers: where the compiler of JSP comes from
    """
    library = f"lib{kind}-java"
    rest = (kind, f"{kind}-common") if kind in _PACKAGED else ()
    packages = apt.packages(cache / "packages", [library, *rest])
    compiler = compilers.packages(cache / "compiler", [_COMPILER])[_COMPILER]
    wanted = packages[library].name.split("_")[1]
    version = wanted.partition("-")[0]
    if rest:
        members = _packaged(kind, [packages[name] for name in rest])
    else:
        members = _upstream(apt.original(cache / "source", kind, wanted), version)
    say(T("Putting Tomcat {version} together.", version=version))
    jars = _files(packages[library], re.compile(rf"(?:.*/)?{kind}-(.+)-{re.escape(version)}\.jar"))
    jdt = _files(compiler, re.compile(r"(?:.*/)?eclipse-jdt-core-(\d.*)\.jar"))
    if not {"catalina", "catalina-ha", "tribes", "juli"} <= jars.keys() or not _compiles(jdt):
        raise Failed(T("{package} lacks jars that Tomcat needs.", package=packages[library].name))
    for name, path in jars.items():
        prefix = "tomcat-" if name.startswith("i18n") else _PREFIX.get(name, "")
        where = "bin" if name == "juli" else "lib"
        members[f"{where}/{prefix}{name}.jar"] = Member(path, 0o640)
    for name, data in jdt.items():  # a name that conf/catalina.properties knows not to scan
        members[f"lib/ecj-{name}.jar"] = Member(data, 0o640)
    members["bin/bootstrap.jar"] = Member(_bootstrap(jars["catalina"], version), 0o640)
    for directory in ("logs", "temp", "work"):
        members[directory] = Member(None, 0o750)
    for name in [*members]:
        for parent in list(Path(name).parents)[:-1]:
            mode = 0o700 if parent.parts[0] == "conf" else 0o750
            members.setdefault(str(parent), Member(None, mode))
    top = f"apache-tomcat-{version}"
    return pack(into / f"{top}.tar.gz", top, members, level=1)


def _member(name: str, data: bytes) -> Member:
    return Member(
        data, 0o750 if name.endswith(".sh") else 0o600 if name.startswith("conf/") else 0o640
    )


def _packaged(kind: str, packages: list[Path]) -> dict[str, Member]:
    """Scripts, settings and the first page as Debian installs them.

    Of the settings Debian changes the port for shutdown alone: it gets upstream's again.
    """
    home = rf"\./usr/share/{kind}"
    kept = re.compile(rf"{home}(?:-root)?/(bin/[\w-]+\.(?:sh|xml)|etc/.+|default_root/.+)")
    members = {}
    for package in packages:
        for path, data in _files(package, kept).items():
            top, _, rest = path.partition("/")
            name = {"etc": "conf/", "default_root": "webapps/ROOT/"}.get(top, f"{top}/") + rest
            if name == "conf/server.xml":
                data = data.replace(b'<Server port="-1"', b'<Server port="8005"')
            members[name] = _member(name, data)
    return _laid_out(members, packages[0].name)


def _upstream(original: Path, version: str) -> dict[str, Member]:
    """Scripts, settings and the first page out of upstream's source, for this version."""
    major, minor = version.split(".")[:2]
    tokens = {
        "VERSION": version,
        "VERSION_MAJOR": major,
        "VERSION_MAJOR_MINOR": f"{major}.{minor}",
        "GIT_BRANCH": f"{major}.{minor}.x",
    }
    kept = re.compile(
        r"(bin/[\w-]+\.sh|bin/catalina-tasks\.xml|conf/.+|webapps/ROOT/.+"
        r"|LICENSE|NOTICE|README\.md|RELEASE-NOTES|RUNNING\.txt)"
    )
    members = {}
    with tarfile.open(original) as tar:
        for info in tar:
            name = info.name.partition("/")[2]
            source = tar.extractfile(info) if info.isfile() and kept.fullmatch(name) else None
            if not source:
                continue
            data = source.read()
            if name.endswith((".jsp", ".txt", "NOTES")):
                for token, value in tokens.items():
                    data = data.replace(f"@{token}@".encode(), value.encode())
            members[name] = _member(name, data)
    return _laid_out(members, original.name)


def _laid_out(members: dict[str, Member], archive: str) -> dict[str, Member]:
    if not {"bin/catalina.sh", "conf/server.xml", "conf/web.xml"} <= members.keys():
        raise Failed(T("{archive} is not laid out as Tomcat is.", archive=archive))
    return members


def _files(package: Path, wanted: re.Pattern[str]) -> dict[str, bytes]:
    """Files (links are left) of a package, by the name that ``wanted`` captures of their path."""
    line = ["dpkg-deb", "--fsys-tarfile", str(package)]
    found = {}
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as shown:
        try:
            with tarfile.open(fileobj=shown.stdout, mode="r|") as tar:
                for info in tar:
                    match = wanted.fullmatch(info.name)
                    if match and info.isfile() and (source := tar.extractfile(info)):
                        found[match[1]] = source.read()
        except tarfile.TarError as error:
            raise Failed(T("{package} cannot be unpacked.", package=package.name)) from error
    return found


def _compiles(jars: dict[str, bytes]) -> bool:
    """Whether the compiler of JSP is in one of these jars."""
    wanted = "org/eclipse/jdt/internal/compiler/Compiler.class"
    return any(wanted in zipfile.ZipFile(io.BytesIO(data)).namelist() for data in jars.values())


def _bootstrap(catalina: bytes, version: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(catalina)) as archive:
        classes = {n: archive.read(n) for n in archive.namelist() if _BOOTSTRAP.fullmatch(n)}
    manifest = {
        "Manifest-Version": "1.0",
        "Main-Class": "org.apache.catalina.startup.Bootstrap",
        "Implementation-Title": "Apache Tomcat Bootstrap",
        "Implementation-Version": version,
        "Class-Path": "commons-daemon.jar",
    }
    return jar(manifest, classes)
