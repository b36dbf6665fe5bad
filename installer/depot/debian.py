"""Archives in upstream's layout from Debian packages, so the practice lab needs no internet.

A Debian mirror serves what upstream would: the tarball of httpd as it was published, Tomcat's
scripts and settings in the tarball of its source package and its classes in a binary package,
and a JDK in two. They are put together as upstream's own build does it. Versions are found,
never assumed, and the same packages give the same bytes.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import re
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from installer.depot.debian_apt import Apt, Say, alone
from installer.depot.debian_jdk import jdk
from installer.depot.debian_pack import Member, jar, pack
from runbook.errors import Failed
from runbook.text import T, Text

KINDS: Mapping[str, Text] = {
    "httpd": T("the source of Apache httpd, as the release's source package has it"),
    "tomcat10": T("Tomcat 10.1, from its source package and its libraries"),
    "tomcat9": T("Tomcat 9.0, from its source package and its libraries"),
    "jdk17": T("a JDK 17 that runs from any directory"),
}


def recipe() -> str:
    """A name for the way archives are built here: what another Catherd built may differ."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("debian*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:12]


def build(kind: str, into: Path, say: Say) -> Path:
    """Make the archive of ``kind`` in the directory ``into`` and return its path.

    :raises Unreachable: the package sources do not answer, or do not serve it
    :raises Failed: no apt, or packages that are not as expected
    """
    import platformdirs

    root = platformdirs.user_cache_path("catherd") / "debian"
    apt, cache = Apt(root / "apt", say), root / kind
    with alone(root / f"{kind}.lock", say):
        if kind == "httpd":
            return _httpd(apt, cache, into)
        if kind.startswith("tomcat"):
            return _tomcat(apt, cache, into, kind, say)
        return jdk(apt, cache, into, kind.removeprefix("jdk"), say)


def _httpd(apt: Apt, cache: Path, into: Path) -> Path:
    """Upstream's own tarball; the same bytes where it is a tar.gz already."""
    original = apt.original(cache, "apache2")
    version, suffix = _version(original)
    built = into / f"httpd-{version}.tar.gz"
    if suffix == "gz":
        shutil.copyfile(original, built)
        return built
    with (
        (lzma if suffix == "xz" else bz2).open(original) as source,
        built.open("wb") as raw,
        gzip.GzipFile("", "wb", 6, raw, mtime=0) as target,
    ):
        shutil.copyfileobj(source, target)
    return built


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


def _tomcat(apt: Apt, cache: Path, into: Path, kind: str, say: Say) -> Path:
    """Scripts, settings and pages of upstream, the classes of Debian, upstream's modes."""
    library, compiler = f"lib{kind}-java", "libeclipse-jdt-core-java"
    packages = apt.packages(cache / "packages", [library, compiler])
    wanted = packages[library].name.split("_")[1]
    original = apt.original(cache / "source", kind, wanted)
    version = wanted.partition("-")[0]
    say(T("Putting Tomcat {version} together.", version=version))
    members = _upstream(original, version)
    jars = _jars(packages[library], re.compile(rf"{kind}-(.+)-{re.escape(version)}\.jar"))
    jdt = _jars(packages[compiler], re.compile(r"eclipse-jdt-core-(\d.*)\.jar"))
    if not {"catalina", "catalina-ha", "tribes", "juli"} <= jars.keys() or not jdt:
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
            mode = 0o750 if name.endswith(".sh") else 0o600 if name.startswith("conf/") else 0o640
            members[name] = Member(data, mode)
    if not {"bin/catalina.sh", "conf/server.xml", "conf/web.xml"} <= members.keys():
        raise Failed(T("{archive} is not laid out as Tomcat is.", archive=original.name))
    return members


def _jars(package: Path, wanted: re.Pattern[str]) -> dict[str, bytes]:
    """Real jars (links are left) of a package, by the name that ``wanted`` captures."""
    line = ["dpkg-deb", "--fsys-tarfile", str(package)]
    found = {}
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as shown:
        try:
            with tarfile.open(fileobj=shown.stdout, mode="r|") as tar:
                for info in tar:
                    match = wanted.fullmatch(info.name.rpartition("/")[2])
                    if match and info.isfile() and (source := tar.extractfile(info)):
                        found[match[1]] = source.read()
        except tarfile.TarError as error:
            raise Failed(T("{package} cannot be unpacked.", package=package.name)) from error
    return found


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


def _version(original: Path) -> tuple[str, str]:
    """Version and packing by the name; what Debian appends to a repacked one is left out."""
    match = re.fullmatch(r"[^_]+_([\d.]+\d).*\.orig\.tar\.(gz|xz|bz2)", original.name)
    if not match:
        raise Failed(T("{name} does not tell its version.", name=original.name))
    return match[1], match[2]
