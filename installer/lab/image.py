"""The image of a bare practice host, built from Debian's packages.

Where mmdebstrap is at hand this machine's own apt brings the packages and no image registry
is asked; elsewhere Podman builds ``assets/lab/Containerfile``. The tag is a digest of the
recipe: a changed recipe is a new image, and an old one is never taken for it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from installer.depot import apt
from installer.lab.podman import Podman
from installer.lab.process import run
from runbook.assets import asset
from runbook.errors import Failed
from runbook.text import T, Text

Progress = Callable[[Text], None]

REPOSITORY = "localhost/catherd-lab"
INIT = "/lib/systemd/systemd"

_RECIPE = ("packages", "offline.sh", "setup.sh", "Containerfile")
_SCRATCH = Path("/var/tmp")
_PREFIX = "catherd-lab-"
_HOOKS = (
    'mkdir -p "$1/opt/packages"',
    'cd "$1/opt/packages" && chroot "$1" sh -s < "$CATHERD_ASSETS/offline.sh"'
    ' | APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" xargs apt-get -qq download',
    'chroot "$1" sh -s < "$CATHERD_ASSETS/setup.sh"',
)
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")


def tag() -> str:
    """Name of the image that the recipe of this Catherd makes on this machine."""
    recipe = hashlib.sha256(repr((apt.codename(), INIT, _HOOKS, _LEFT_OUT)).encode())
    for part in _RECIPE:
        recipe.update(asset(f"lab/{part}").read_bytes())
    return f"{REPOSITORY}:{recipe.hexdigest()[:12]}"


def ensure(podman: Podman, progress: Progress) -> str:
    """The image's name; it is built first where it is missing.

    The caller holds a lock: of two builders one would waste its time.
    """
    name = tag()
    if podman.has_image(name):
        return name
    suite = apt.codename()
    if suite and shutil.which("mmdebstrap"):
        progress(T("Building the image of a bare host from Debian packages (about a minute, once)"))
        _from_packages(podman, name, suite)
    else:
        progress(T("Building the image of a bare host with Podman (some minutes, once)"))
        context = asset("lab")
        # In a chroot: which flags this machine needs to start containers is not known yet.
        words = ("build", "--isolation=chroot", "--tag", name, "--file", context / "Containerfile")
        podman.do(*words, context)
    remove(podman, but=name)
    return name


def remove(podman: Podman, but: str | None = None) -> None:
    """Remove the images of all recipes but one; hosts that still stand on one keep it."""
    listed = podman.do("images", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY)
    for name in set(listed.split()) - {but}:
        podman.ask("rmi", name)


def _from_packages(podman: Podman, name: str, suite: str) -> None:
    for stale in _SCRATCH.glob(f"{_PREFIX}*"):
        if stale.stat().st_uid == os.getuid():
            shutil.rmtree(stale, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=_SCRATCH) as scratch:
        place = Path(scratch)
        place.chmod(0o755)  # apt's own user reads here
        sources, root = place / "sources.list", place / "root.tar"
        lines = [source.line() for source in apt.debian_sources(suite)]
        sources.write_text("\n".join(lines) + "\n")
        argv = [
            "mmdebstrap",
            "--variant=minbase",
            f"--include={','.join(_packages())}",
            *(f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT),
            *(f"--customize-hook={hook}" for hook in _HOOKS),
            suite,
            str(root),
            *([str(sources)] if lines else []),
        ]
        built = run(argv, env={"TMPDIR": scratch, "CATHERD_ASSETS": str(asset("lab"))})
        if not built.ok:
            reasons = [line for line in built.err.splitlines() if line.startswith("E: ")]
            raise Failed(
                T("The image of a bare host could not be built."),
                T("mmdebstrap says: {reason}", reason=(reasons or [built.last_words])[0]),
                T("Try apt-get update: if that fails too, this machine's apt needs help first."),
            )
        podman.do("import", "--change", f'CMD ["{INIT}"]', root, name)


def _packages() -> list[str]:
    lines = (asset("lab") / "packages").read_text().splitlines()
    return [line for line in lines if line and not line.startswith("#")]
