"""Scripts for the host: POSIX sh and the bytes it reads, quoted and with a common preamble."""

from __future__ import annotations

import posixpath
from dataclasses import dataclass, field

from installer.remote.room import ROOM
from runbook.errors import BadInput
from runbook.text import T

CHANGED, LINK, IN_THE_WAY, MISSING, INVALID, OTHER_DISK, TORN, NO_TOOL, NOT_UP = range(81, 90)
TAKEN_OVER = 90
STILL_AT_WORK = 91
NOTHING_CAME = 92
"""Exit codes by which a script says what stood in its way; ``describe`` has the words."""

PREAMBLE = (
    ROOM
    + r"""
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
unset CDPATH ENV BASH_ENV TAR_OPTIONS GZIP UNZIP JAVA_TOOL_OPTIONS IFS
umask 022
cd /
die() { code=$1; shift; printf '%s\n' "$*"; exit "$code"; }
stop_on_signals() { trap 'exit 129' 1; trap 'exit 130' 2; trap 'exit 141' 13; trap 'exit 143' 15; }
nap() { sleep 0.2 2>/dev/null || sleep 1; }
selinux() { [ -e /sys/fs/selinux/enforce ] || [ -e /selinux/enforce ]; }
keep() { sync "$@" 2>/dev/null || sync; }
keep_all() { sync -f "$1" 2>/dev/null || sync; }
sha256s() {
  if command -v sha256sum >/dev/null 2>&1; then sha256sum -- "$@"
  else openssl dgst -sha256 "$@"; fi
}
sha256() {
  if command -v sha256sum >/dev/null 2>&1; then set -- "$(sha256sum <"$1")"
  else set -- "$(openssl dgst -sha256 <"$1")"; set -- "${1##* }"; fi
  printf '%s' "${1%% *}"
}
alone() {
  if command -v flock >/dev/null 2>&1; then exec 9</ && flock -w "$1" 9 || die "$2"; fi
}
base_of() { base=$1; while [ ! -d "$base" ]; do base=${base%/*}; [ -n "$base" ] || base=/; done; }
forsake() {
  x=$1
  while [ -n "$x" ] && [ "$x" != "$base" ] && { [ ! -e "$x" ] || rmdir "$x" 2>/dev/null; }; do
    x=${x%/*}
  done
}
unsaved() { rm -rf "$1.new"; rmdir -p "${1%/*}" 2>/dev/null; }
spoilt() { room "$1"; exit 1; }
"""
)
"""What every script begins with.

``keep`` makes files and directories safe on the disk, ``keep_all`` a whole tree: a ``sync`` that
takes no names (before coreutils 8.24) does so for everything. ``alone`` waits so many seconds for
the script of a run whose connection was lost: it goes on, and so do its children. ``base_of``
finds the deepest directory that exists, and ``forsake`` takes back the empty ones that were made
below it. ``unsaved`` takes back a copy that was not finished. ``spoilt`` ends a script that could
not write, and tells how much room there was.
"""


@dataclass(frozen=True)
class Script:
    """POSIX sh, and what it reads on its standard input; secrets belong into ``data`` only."""

    text: str
    data: bytes = field(default=b"", repr=False)


def quote(word: str) -> str:
    """A word for sh that means exactly these characters."""
    if "\0" in word:
        raise BadInput(T("A NUL character cannot be part of a command."))
    return "'" + word.replace("'", "'\\''") + "'"


def encode(text: str) -> bytes:
    """Text as the host gets it; bytes that are no UTF-8 come back out as they were."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise BadInput(T("Half a character cannot be part of a command.")) from None


def absolute(path: str) -> str:
    """The path, if it is absolute and without ``.``, ``..`` or doubled slashes."""
    if not path.startswith("/") or posixpath.normpath(path) != path or path.startswith("//"):
        raise BadInput(T("{path} is not a plain absolute path.", path=path))
    return path


def beside(path: str) -> str:
    """A hidden name next to ``path`` for what is not ready yet; never longer than a name may be."""
    folder, name = posixpath.split(path)
    short = encode(name)[:200].decode("utf-8", "surrogateescape")
    return posixpath.join(folder, f".{short}.catherd-new")


def outside_webapps(path: str) -> str:
    """The path, one level higher where a running Tomcat would deploy what appears there."""
    folder, name = posixpath.split(path)
    if posixpath.basename(folder) == "webapps":
        folder = posixpath.dirname(folder)
    return posixpath.join(folder, name)


def near(path: str) -> str:
    """``beside`` for a directory."""
    return beside(outside_webapps(path))
