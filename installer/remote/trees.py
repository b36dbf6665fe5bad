"""The scripts that take a directory back, and that find what others have put into it."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable

from installer.remote.files import removable
from installer.remote.operations import TakeAway
from installer.remote.script import CHANGED, IN_THE_WAY, MISSING, Script, absolute, near, quote

SHOWN = 20
"""At most so many changed files are named."""


def changed_inside(path: str, spare: Iterable[str]) -> str:
    """Shell that names the files in a directory that changed after its receipt was written.

    A file's change time tells, which nobody can set: neither ``cp -a`` nor ``tar`` hides one.
    """
    root = absolute(path)
    pruned = " -o ".join(
        f"-path {quote(_literally(absolute(posixpath.join(root, inner))))}" for inner in spare
    )
    prune = rf"\( {pruned} \) -prune -o " if pruned else ""
    receipt = quote(f"{root}/.catherd")
    return (
        f"[ ! -f {receipt} ] || find {quote(root)} {prune}! -type d -cnewer {receipt} -print"
        f" | sort | head -n {SHOWN}"
    )


def take_away(op: TakeAway) -> Script:
    """The directory is renamed first, so that it is gone at once or not at all.

    What was moved aside for it is looked for first: where that is not there, it is back already
    or was never moved, and what lies at the path is not ours to remove.
    """
    path = removable(op.path)
    saved = absolute(op.save_to) if op.save_to else ""
    text = f"""
p={quote(path)} d={quote(posixpath.dirname(path))} gone={quote(near(path) + ".gone")}
aside={quote(absolute(op.aside) if op.aside else "")} save={quote(saved)}
there() {{ [ -e "$1" ] || [ -L "$1" ]; }}
ours() {{ [ -f "$p/.catherd" ] && [ "$(sha256 "$p/.catherd")" = {quote(op.receipt)} ]; }}
if [ -n "$aside" ] && ! there "$aside"; then
  ! ours || die {MISSING} "$aside"
  rm -rf "$gone"
  exit 0
fi
if there "$p"; then
  {"" if op.save_to else f"ours || die {CHANGED}"}
  changed=$({"" if op.save_to else changed_inside(path, op.spare)})
  [ -z "$changed" ] || die {CHANGED} "$changed"
  rm -rf "$gone" || exit 1
  if [ -n "$save" ]; then
    ! there "$save" || die {IN_THE_WAY} "$save"
    mv -f "$p" "$save" || exit 1
  else
    mv -f "$p" "$gone" || exit 1
  fi
fi
[ -z "$aside" ] || mv -f "$aside" "$p" || exit 1
keep "$d"
rm -rf "$gone" || exit 1
"""
    if op.keep is not None:
        text += f"""
base={quote(absolute(op.keep))}
case $d in "${{base%/}}"/*) forsake "$d" ;; esac
"""
    return Script(text)


def _literally(path: str) -> str:
    """A pattern for ``find -path`` that stands for just this path."""
    return re.sub(r"([*?\[\\])", r"\\\1", path)
