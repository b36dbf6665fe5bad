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
from collections.abc import Callable, Iterable, Set
from pathlib import Path

from installer.depot import apt
from installer.lab.podman import Podman
from installer.lab.process import run
from installer.lab.spec import Init
from runbook.assets import asset
from runbook.errors import Failed
from runbook.text import T, Text

Progress = Callable[[Text], None]

REPOSITORY = "localhost/catherd-lab"
INIT: dict[Init, str] = {"systemd": "/lib/systemd/systemd", "sysv": "/sbin/init"}
"""What is process 1 of a host."""

_RECIPE = ("packages", "offline.sh", "setup.sh", "Containerfile")
_SYSV = {"rc": "/etc/rc.d/rc", "rc.sysinit": "/etc/rc.d/rc.sysinit", "chkconfig": "/sbin/chkconfig"}
"""What stands in for Red Hat's own on a host with SysV init, and where."""
_SCRATCH = Path("/var/tmp")
_PREFIX = "catherd-lab-"
_HOOKS = (
    'mkdir -p "$1/opt/packages"',
    'cd "$1/opt/packages" && chroot "$1" sh -s < "$CATHERD_ASSETS/offline.sh"'
    ' | APT_CONFIG="$MMDEBSTRAP_APT_CONFIG" xargs apt-get -qq download',
    'chroot "$1" sh -s < "$CATHERD_ASSETS/setup.sh"',
)
_SYSV_HOOKS = (
    'mkdir -p "$1/etc/rc.d"',
    *(f'cp "$CATHERD_ASSETS/{part}" "$1{place}"' for part, place in _SYSV.items()),
)
_LEFT_OUT = ("/usr/share/doc/*", "/usr/share/man/*", "/usr/share/info/*", "/usr/share/locale/*")


def tag(init: Init = "systemd") -> str:
    """Name of the image that the recipe of this Catherd makes on this machine."""
    recipe = hashlib.sha256(repr((apt.codename(), init, _hooks(init), _LEFT_OUT)).encode())
    for part in (*_RECIPE, f"packages-{init}", f"setup-{init}.sh", *_own(init)):
        recipe.update(asset(f"lab/{part}").read_bytes())
    return f"{REPOSITORY}:{recipe.hexdigest()[:12]}"


def ensure(podman: Podman, progress: Progress, init: Init = "systemd") -> str:
    """The image's name; it is built first where it is missing.

    The caller holds a lock: of two builders one would waste its time.
    """
    name = tag(init)
    if podman.has_image(name):
        return name
    suite = apt.codename()
    if suite and shutil.which("mmdebstrap"):
        progress(T("Building the image of a bare host from Debian packages (about a minute, once)"))
        _from_packages(podman, name, suite, init)
    else:
        progress(T("Building the image of a bare host with Podman (some minutes, once)"))
        context = asset("lab")
        # In a chroot: which flags this machine needs to start containers is not known yet.
        words = ("build", "--isolation=chroot", "--tag", name, "--file", context / "Containerfile")
        podman.do(*words, f"--build-arg=INIT={init}", context)
    remove(podman, but={tag(each) for each in INIT})
    return name


def remove(podman: Podman, but: Set[str] = frozenset()) -> None:
    """Remove the images of all recipes but these; hosts that still stand on one keep it."""
    listed = podman.do("images", "--format", "{{.Repository}}:{{.Tag}}", REPOSITORY)
    for name in set(listed.split()) - but:
        podman.ask("rmi", name)


def _from_packages(podman: Podman, name: str, suite: str, init: Init) -> None:
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
            f"--include={','.join(_packages(init))}",
            *(f"--dpkgopt=path-exclude={path}" for path in _LEFT_OUT),
            *(f"--customize-hook={hook}" for hook in _hooks(init)),
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
        podman.do("import", "--change", f'CMD ["{INIT[init]}"]', root, name)


def _own(init: Init) -> Iterable[str]:
    return _SYSV if init == "sysv" else ()


def _hooks(init: Init) -> tuple[str, ...]:
    own = _SYSV_HOOKS if init == "sysv" else ()
    return (*_HOOKS, *own, f'chroot "$1" sh -s < "$CATHERD_ASSETS/setup-{init}.sh"')


def _packages(init: Init) -> list[str]:
    texts = [asset(f"lab/{name}").read_text() for name in ("packages", f"packages-{init}")]
    lines = "".join(texts).splitlines()
    return [line for line in lines if line and not line.startswith("#")]
