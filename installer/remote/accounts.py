"""The scripts that create and remove a system user."""

from __future__ import annotations

from installer.remote.operations import AddAccount, RemoveAccount
from installer.remote.script import Script, quote


def add_account(op: AddAccount) -> Script:
    """A system user with a group of its own and no password; its home is not created."""
    return Script(f"""
name={quote(op.name)} home={quote(op.home)} shell={quote(op.shell)}
if getent passwd "$name" >/dev/null; then exit 0; fi
for s in /usr/sbin/nologin /sbin/nologin /bin/false; do
  [ ! -x "$shell" ] || break
  shell=$s
done
made=
if ! getent group "$name" >/dev/null; then
  groupadd -r "$name" || exit 1
  made=1
fi
useradd -r -M -g "$name" -d "$home" -s "$shell" "$name" || {{
  [ -z "$made" ] || groupdel "$name"
  exit 1
}}
""")


def remove_account(op: RemoveAccount) -> Script:
    """The user and its group, but none of its files."""
    return Script(f"""
name={quote(op.name)}
if getent passwd "$name" >/dev/null; then userdel "$name" || exit 1; fi
if getent group "$name" >/dev/null; then groupdel "$name" || exit 1; fi
""")
