"""The script that unpacks an archive into a directory that appears whole or not at all."""

from __future__ import annotations

import hashlib
import posixpath

from installer.remote.operations import Extract
from installer.remote.script import (
    IN_THE_WAY,
    MISSING,
    NO_TOOL,
    NOTHING_CAME,
    OTHER_DISK,
    STILL_AT_WORK,
    TORN,
    Script,
    absolute,
    near,
    quote,
)
from runbook.errors import BadInput
from runbook.text import T

PATIENCE = 300
"""Seconds in which an archive that is being unpacked already has to be done."""

_UNZIP = f"""
unzip_here() {{
  if command -v unzip >/dev/null 2>&1; then unzip -q -o "$1"; return; fi
  for jar in "$(command -v jar)" /usr/java/*/bin/jar /usr/lib/jvm/*/bin/jar; do
    [ ! -x "$jar" ] || {{ "$jar" xf "$1"; return; }}
  done
  if command -v python3 >/dev/null 2>&1; then python3 -m zipfile -e "$1" .; return; fi
  die {NO_TOOL} unzip
}}
"""
"""A zip needs a tool: ``unzip``, else the ``jar`` of a JDK that is there already, else Python."""


def extract(op: Extract) -> Script:
    """Unpack beside the place, own, sign with the receipt, then rename."""
    to = absolute(op.to)
    parent = posixpath.dirname(to)
    receipt = hashlib.sha256(op.receipt).hexdigest()
    if op.strip not in (0, 1):
        raise BadInput(T("An archive can lose one leading directory, not {n}.", n=op.strip))
    text = f"""
a={quote(absolute(op.archive))} to={quote(to)} d={quote(parent)} new={quote(near(to))}
aside={quote(absolute(op.aside) if op.aside else "")}
there() {{ [ -e "$1" ] || [ -L "$1" ]; }}
alone {PATIENCE} {STILL_AT_WORK}
if [ -f "$to/.catherd" ] && {{ [ -z "$aside" ] || there "$aside"; }} \\
    && [ "$(sha256 "$to/.catherd")" = {receipt} ]; then exit 0; fi
[ -f "$a" ] || die {MISSING} "$a"
if there "$to"; then
  [ -n "$aside" ] || die {IN_THE_WAY} "$to"
  ! there "$aside" || die {IN_THE_WAY} "$aside"
fi
base_of "$d"
stop_on_signals
trap 'rm -rf "$new" "$new.top"; forsake "$d"' 0
rm -rf "$new" "$new.top" && mkdir -p "$d" "${{new%/*}}" && mkdir "$new" || spoilt "$d"
[ "$(stat -c %d "$new")" = "$(stat -c %d "$d")" ] || die {OTHER_DISK}
{_unpack(op)}
{_confined(op)}
chown -hR {quote(f"{op.owner}:{op.group}")} "$new" || spoilt "$d"
{'chmod -R g+rX "$new" || exit 1' if op.group != "root" else ":"}
{_writable(op)}
head -c {len(op.receipt)} >"$new/.catherd" || spoilt "$d"
[ "$(sha256 "$new/.catherd")" = {receipt} ] || die {TORN}
if selinux && command -v restorecon >/dev/null 2>&1; then restorecon -R "$new"; fi
touch "$new/.catherd" # the youngest file: what is younger was changed by somebody else
keep_all "$new"
if there "$to"; then
  ( umask 077; mkdir -p "${{aside%/*}}" ) || spoilt "$aside"
  [ "$(stat -c %d "$to")" = "$(stat -c %d "${{aside%/*}}")" ] || die {OTHER_DISK}
  mv -f "$to" "$aside" || exit 1
  mv -f "$new" "$to" || {{ mv -f "$aside" "$to"; exit 1; }}
else
  mv -f "$new" "$to" || exit 1
fi
trap - 0
keep "$d"
"""
    return Script((_UNZIP if op.format == "zip" else "") + text, op.receipt)


_STRIP = f"""
set -- "$new"/*
[ $# = 1 ] && [ -d "$1" ] || die {TORN}
mv -f "$1" "$new.top" && rmdir "$new" && mv -f "$new.top" "$new" && chmod 755 "$new" || exit 1
"""
_ANSWERED = f"""
( unset DISPLAY; cd "$new" && printf 'yes\\n\\n' | sh "$a" ) \\
  || {{ code=$?; room "$new"; exit $code; }}
set -- "$new"/*/bin/java
[ $# = 1 ] && [ -f "$1" ] || die {NOTHING_CAME}
set -- "${{1%/bin/java}}"
mv -f "$1" "$new.top" && rm -rf "$new" && mv -f "$new.top" "$new" && chmod 755 "$new" || exit 1
"""
"""An installer asks on its terminal, of which there is none here: its pager only prints, and what
it reads is yes, and Enter where it wants to register. Some of them say that all went well even
where nothing came of it."""


def _unpack(op: Extract) -> str:
    """Shell that fills ``$new``, without the top directory where there is one.

    tar could leave that out by itself, but turns ``top//etc/x`` into ``/etc/x`` then.
    """
    match op.format:
        case "bin":
            return _ANSWERED
        case "tar":
            lines = 'tar -xf "$a" -C "$new" --no-same-owner --no-same-permissions || spoilt "$d"'
        case "zip":
            lines = '( cd "$new" && unzip_here "$a" ) || { code=$?; room "$new"; exit $code; }'
    return lines + _STRIP if op.strip else lines


def _confined(op: Extract) -> str:
    """Shell that takes out of ``$new`` what is not wanted; archives spell names in many ways."""
    if not op.only:
        return ":"
    return f"""for each in "$new"/* "$new"/.[!.]*; do
  case ${{each##*/}} in {"|".join(map(quote, op.only))}) ;; *) rm -rf "$each" || exit 1 ;; esac
done"""


def _writable(op: Extract) -> str:
    lines = []
    for inner in op.writable:
        place = f'"$new"/{quote(absolute("/" + inner)[1:])}'
        lines.append(f"mkdir -p {place} && chown -hR {quote(op.writable_owner)} {place} \\")
        lines.append('  || spoilt "$d"')
    return "\n".join(lines)
