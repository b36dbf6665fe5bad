"""The scripts that change files and directories: each ends whole or leaves all as it was."""

from __future__ import annotations

import hashlib
import posixpath
import re

from installer.remote.operations import Move, Remove, RestoreFile, WriteFile
from installer.remote.script import (
    CHANGED,
    IN_THE_WAY,
    INVALID,
    LINK,
    MISSING,
    TORN,
    Script,
    absolute,
    beside,
    quote,
)
from runbook.errors import BadInput
from runbook.text import T

_PROTECTED = re.compile(
    r"/[^/]*|/usr/(s?bin|lib(64)?|share|local|lib/jvm|local/(s?bin|lib|share))|/var/(lib|log|run)"
    r"|/etc/(init\.d|rc\.d|systemd|systemd/system|profile\.d|ssh)"
)
"""Directories of the system, which no step may remove."""

_NONE = '[ ! -e "$c" ]'
"""Copy only where no copy lies: the first one is the one that counts."""
_ANOTHER = f'[ "$now" != "$want" ] || {_NONE}'
"""Copy also over an older copy, unless what lies there now is the new content already."""


def write_file(op: WriteFile) -> Script:
    """The new bytes come on standard input; the old ones stay until all is well."""
    path = absolute(op.path)
    digest = hashlib.sha256(op.content).hexdigest()
    expect = "" if op.expect is None else f'[ "$now" = {quote(op.expect)} ] || die {CHANGED}'
    text = f"""
p={quote(path)} d={quote(posixpath.dirname(path))} t={quote(beside(path))} want={digest}
[ ! -L "$p" ] || die {LINK}
[ ! -d "$p" ] || die {IN_THE_WAY}
now=; [ ! -e "$p" ] || now=$(sha256 "$p")
if [ "$now" != "$want" ]; then
  : what the file must be now does not matter when a run that was cut off has put it there
  {expect or ":"}
fi
base_of "$d"
c=
stop_on_signals
trap 'rm -f "$t"; [ -z "$c" ] || unsaved "$c"; forsake "$d"' 0
{"umask 077 # what is private lies in directories that are" if not op.mode & 0o077 else ":"}
mkdir -p "$d" && rm -f "$t" || spoilt "$d"
umask 077; set -C
head -c {len(op.content)} >"$t" || spoilt "$d"
umask 022; set +C
[ "$(sha256 "$t")" = "$want" ] || die {TORN}
chown {quote(f"{op.owner}:{op.group}")} "$t" && chmod {op.mode:o} "$t" || exit 1
if selinux && [ -e "$p" ]; then chcon --reference="$p" "$t" || exit 1; fi
[ "$now" != "$want" ] || touch -r "$p" "$t" # only its mode or owner changes
{_validate(op.validate)}
{_copy(op.save_to, _ANOTHER)}
keep "$t"
mv -f "$t" "$p" || spoilt "$d"
trap - 0
if selinux && [ -z "$now" ] && command -v restorecon >/dev/null 2>&1; then restorecon "$p"; fi
keep "$d"
"""
    return Script(text, op.content)


def _validate(script: str | None) -> str:
    """Shell that runs a test on the new file; what it prints is shown."""
    if script is None:
        return ":"
    return f'( set -- "$t"; eval {quote(script)} ) </dev/null || die {INVALID}'


def _copy(place: str | None, when: str) -> str:
    """Shell that keeps a copy of ``$p`` at ``$c``, with all that belongs to it."""
    if place is None:
        return ":"
    return f"""
c={quote(absolute(place))}
if [ -e "$p" ] && {{ {when}; }}; then
  ( umask 077; mkdir -p "${{c%/*}}" ) && rm -rf "$c.new" && cp -a "$p" "$c.new" || spoilt "$c"
  keep "$c.new" && mv -f "$c.new" "$c" && keep "${{c%/*}}" || exit 1
fi
"""


def restore_file(op: RestoreFile) -> Script:
    """The saved original is copied back beside the file, then renamed over it."""
    path, saved = absolute(op.path), absolute(op.saved)
    expect = "" if op.expect is None else f'[ "$now" = {quote(op.expect)} ] || die {CHANGED}'
    text = f"""
p={quote(path)} d={quote(posixpath.dirname(path))} t={quote(beside(path))} s={quote(saved)}
[ -e "$s" ] || [ -L "$s" ] || die {MISSING} "$s"
if [ -d "$p" ] && [ ! -L "$p" ]; then die {IN_THE_WAY}; fi
now=
if [ -L "$p" ]; then now=link; elif [ -e "$p" ]; then now=$(sha256 "$p"); fi
if [ -L "$s" ] || [ "$now" != "$(sha256 "$s")" ]; then
  {expect or ":"}
fi
base_of "$d"
c=
stop_on_signals
trap 'rm -f "$t"; [ -z "$c" ] || unsaved "$c"; forsake "$d"' 0
mkdir -p "$d" && rm -f "$t" && cp -a "$s" "$t" || spoilt "$d"
[ -L "$t" ] || keep "$t"
{_copy(op.save_to, _NONE)}
mv -f "$t" "$p" || spoilt "$d"
trap - 0
keep "$d"
"""
    return Script(text)


def removable(path: str) -> str:
    """The path, unless it is one of those without which a system does not live."""
    if _PROTECTED.fullmatch(absolute(path)):
        raise BadInput(T("{path} belongs to the system and is not removed.", path=path))
    return path


def remove(op: Remove) -> Script:
    """A directory is renamed first, so that it too is gone at once or not at all."""
    path = removable(op.path)
    expect = ""
    if op.expect is not None:
        expect = f"""
now=directory
if [ -L "$p" ]; then now=link; elif [ -f "$p" ]; then now=$(sha256 "$p"); fi
[ "$now" = {quote(op.expect)} ] || die {CHANGED}
"""
    text = f"""
p={quote(path)} d={quote(posixpath.dirname(path))} t={quote(beside(path) + ".gone")}
rm -rf "$t" || exit 1
if [ -e "$p" ] || [ -L "$p" ]; then
  {expect}
  {_copy(op.save_to, _NONE)}
  if [ -d "$p" ] && [ ! -L "$p" ]; then
    mv -f "$p" "$t" && keep "$d" && rm -rf "$t" || exit 1
  else
    rm -f "$p" && keep "$d" || exit 1
  fi
fi
"""
    if op.keep is not None:
        text += f"""
base={quote(absolute(op.keep))}
case $d in "${{base%/}}"/*) forsake "$d" ;; esac
"""
    return Script(text)


def move(op: Move) -> Script:
    """A rename; across file systems a copy that is renamed when it is whole.

    ``$gone`` is the source from the moment on when the copy counts.
    """
    source, to = absolute(op.source), absolute(op.to)
    text = f"""
p={quote(source)} to={quote(to)} d={quote(posixpath.dirname(to))}
t={quote(beside(to))} gone={quote(beside(source) + ".gone")}
there() {{ [ -e "$1" ] || [ -L "$1" ]; }}
if ! there "$p"; then
  if there "$gone" && there "$t"; then mv -f "$t" "$to" || exit 1; fi
  there "$to" || die {MISSING} "$p"
  rm -rf "$gone"
  exit 0
fi
! there "$to" || die {IN_THE_WAY} "$to"
base_of "$d"
stop_on_signals
trap 'forsake "$d"' 0
mkdir -p "$d" || spoilt "$d"
if [ "$(stat -c %d "$p")" = "$(stat -c %d "$d")" ]; then
  mv -f "$p" "$to" || exit 1
else
  trap 'rm -rf "$t"; forsake "$d"' 0
  rm -rf "$t" "$gone" && cp -a "$p" "$t" || spoilt "$d"
  [ ! -f "$t/.catherd" ] || touch "$t/.catherd" # it stays the youngest file
  keep_all "$t"
  trap - 0
  mv -f "$p" "$gone" && mv -f "$t" "$to" && rm -rf "$gone" || exit 1
fi
trap - 0
keep "$d"
"""
    return Script(text)
