"""Archives in upstream's layout from Debian packages, so the practice lab needs no internet.

A Debian mirror serves what upstream would: the tarball of httpd as it was published, Tomcat's
scripts, settings and classes in several packages, and a JDK in two. They are put together as
upstream's own build does it. Versions are found, never assumed, and the same packages give the
same bytes. A mirror serves several Debians, so more versions than this machine's own has.
"""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from installer.depot.apt import codename
from installer.depot.debian_apt import Apt, Say, alone
from installer.depot.debian_jdk import jdk
from installer.depot.debian_tomcat import tomcat
from runbook.errors import Failed
from runbook.text import T, Text

KINDS: Mapping[str, Text] = {
    "httpd": T("the source of Apache httpd, as the release's source package has it"),
    "tomcat11": T("Tomcat 11.0, from its packages"),
    "tomcat10": T("Tomcat 10.1, from its source package and its libraries"),
    "tomcat9": T("Tomcat 9.0, from its source package and its libraries"),
    **{
        f"jdk{feature}": T("a JDK {feature} that runs from any directory", feature=feature)
        for feature in (8, 11, 17, 21, 25)
    },
}
"""What can be made; no Debian has the packages for all of it."""


def recipe() -> str:
    """A name for the way archives are built here: what another Catherd built may differ."""
    digest = hashlib.sha256()
    for module in sorted(Path(__file__).parent.glob("debian*.py")):
        digest.update(module.read_bytes())
    return digest.hexdigest()[:12]


def build(name: str, into: Path, say: Say) -> Path:
    """Make an archive in the directory ``into`` and return its path.

    :param name: a kind, ``tomcat10``; behind a slash the Debian whose packages it is made of, if
        not this machine's: ``tomcat11/trixie``
    :raises Unreachable: the package sources do not answer, or do not serve it
    :raises Failed: no apt, or packages that are not as expected
    """
    import platformdirs

    root = platformdirs.user_cache_path("catherd") / "debian"
    kind, _, suite = name.partition("/")
    place = f"{kind}-{suite}" if suite else kind
    apt, cache = _apt(root, suite, say), root / place
    with alone(root / f"{place}.lock", say):
        if kind == "httpd":
            return _httpd(apt, cache, into)
        if kind.startswith("tomcat"):
            compilers = _apt(root, _compilers(suite or codename()) or "", say)
            return tomcat(apt, compilers, cache, into, kind, say)
        return jdk(apt, cache, into, kind.removeprefix("jdk"), say)


def _apt(root: Path, suite: str, say: Say) -> Apt:
    suite = "" if suite == codename() else suite
    return Apt(root / (f"apt-{suite}" if suite else "apt"), say, suite=suite)


def _compilers(suite: str | None) -> str | None:
    """The Debian whose compiler of JSP goes with the Tomcat of ``suite``.

    It runs on the oldest Java that Tomcat runs on; those of newer Debians want Java 21.
    """
    return suite if suite in (None, "bullseye") else "bookworm"


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


def _version(original: Path) -> tuple[str, str]:
    """Version and packing by the name; what Debian appends to a repacked one is left out."""
    match = re.fullmatch(r"[^_]+_([\d.]+\d).*\.orig\.tar\.(gz|xz|bz2)", original.name)
    if not match:
        raise Failed(T("{name} does not tell its version.", name=original.name))
    return match[1], match[2]
