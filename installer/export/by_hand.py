"""What Catherd does to a host, as the commands that somebody would type there as root.

The counterpart of ``installer.remote.scripts``: the same operations, for people. Each piece of
shell stands alone and is meant for ``sh -eu``; nothing here knows a particular step.
"""

from __future__ import annotations

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from shlex import quote

from installer.engine.actions.builds import receipt_of
from installer.engine.change import Change
from installer.engine.world import kept
from installer.export import unseen
from installer.export.here_documents import here_document, plain
from installer.remote.operations import (
    AddAccount,
    EndJob,
    Extract,
    Move,
    Operation,
    Remove,
    RemoveAccount,
    RestoreFile,
    SetService,
    Shell,
    TakeAway,
    WriteFile,
)
from runbook.actions import Build, Edit, Prove
from runbook.artefact import RECEIPT
from runbook.host import Host
from runbook.software.service_manager import command

STAGE = "/root/catherd"
"""On each host, for root only: where archives and secrets wait to be used."""


def secret_file(name: str) -> str:
    """The name of the file with a secret, here and in ``STAGE``."""
    return f"{name}.secret"


@dataclass(frozen=True)
class ByHand:
    """Writes changes to one host as commands."""

    host: Host
    words: Mapping[str, str]
    """What stands in the files for each secret."""
    run_id: str
    """What the plan was made as: originals are kept under it."""

    def doing(self, change: Change, step: str) -> str | None:
        """The commands that make the change; None where it cannot be said as commands."""
        action = change.action
        if isinstance(action, Prove):
            return None
        if isinstance(action, Build):
            return _build(action)
        if isinstance(action, Edit) and change.known_after is not None:
            return unseen.commands(action, self._saved(change, step))
        parts = [] if change.job is None else [_job(change)]
        parts += [self._do(each, change) for each in change.operations]
        return "\n".join(parts)

    def undoing(self, change: Change, step: str) -> str:
        """The commands that take the change back; empty where nothing has to be done."""
        if isinstance(change.action, Edit) and change.known_after is not None:
            saved, path = quote(self._saved(change, step)), quote(change.target)
            back = f"cp -p {saved} {path}"
            if change.action.start is None:
                return back
            return f"if [ -e {saved} ]; then {back}; else rm -f {path}; fi"
        return "\n".join(filter(None, (self._undo(each) for each in change.undo)))

    def secrets_in(self, change: Change) -> list[str]:
        """The names of the secrets that the change brings to the host."""
        contents = [each.content for each in change.operations if isinstance(each, WriteFile)]
        return [
            name
            for name, word in self.words.items()
            if any(word.encode() in content for content in contents)
        ]

    def _saved(self, change: Change, step: str) -> str:
        return kept("saved", f"{self.run_id}/{step}", change.target)

    def _do(self, operation: Operation, change: Change) -> str:
        match operation:
            case WriteFile():
                return self._write(operation, change)
            case Extract():
                return _extract(operation, self.host)
            case Shell(script) if change.artefact is not None:
                return f"( set -- {_staged(change.artefact.name)}\n{script} )"
            case _:
                return self._undo(operation)

    def _undo(self, operation: Operation) -> str:
        match operation:
            case RestoreFile(path, saved):
                return f"cp -p {quote(saved)} {quote(path)}{self._reread(path)}"
            case Remove(path, expect):
                flags = "-rf" if expect is None else "-f"
                return f"rm {flags} {quote(path)}{self._reread(path)}"
            case TakeAway(path, _, aside):
                back = f"\nmv {quote(aside)} {quote(path)}" if aside else ""
                return f"rm -rf {quote(path)}{back}"
            case Move(source, to):
                return f"mv {quote(source)} {quote(to)}"
            case Shell(script):
                return script
            case SetService():
                return self._service(operation)
            case AddAccount(name, home, shell):
                user, options = quote(name), f"-d {quote(home)} -s {quote(shell)}"
                return f"groupadd -r {user}\nuseradd -r -M -g {user} {options} {user}"
            case RemoveAccount(name):
                return f"userdel {quote(name)}"
            case EndJob():
                return ""
            case WriteFile() | Extract():
                raise AssertionError("no undo writes or unpacks")

    def _write(self, operation: WriteFile, change: Change) -> str:
        path, private = operation.path, not operation.mode & 0o077
        parts = [self._place(change, private), *_kept(operation)]
        if operation.save_to and change.diff and plain(change.diff.encode()):
            parts.append(here_document(f"patch {quote(path)}", change.diff.encode()))
        else:
            text = here_document(f"cat >{quote(path)}", operation.content)
            parts.append(f"( umask 077\n{text}\n)" if private else text)
        parts += self._secrets(operation)
        parts.append(f"chown {operation.owner}:{operation.group} {quote(path)}")
        if not isinstance(change.action, Edit) or change.action.mode is not None:
            parts.append(f"chmod {operation.mode:o} {quote(path)}")
        if operation.validate:
            parts.append(f"( set -- {quote(path)}\n{operation.validate} )")
        return "\n".join(filter(None, parts))

    def _place(self, change: Change, private: bool) -> str:
        """The directory, where it may be missing: those of the system are there."""
        directory = posixpath.dirname(change.target)
        if change.follows or directory.startswith("/etc"):
            return ""
        made = f"mkdir -p {quote(directory)}"
        return f"( umask 077; {made} )" if private else made

    def _secrets(self, operation: WriteFile) -> list[str]:
        """Puts secrets into the file in place of the words for them; no process shows them."""
        return [
            f"printf 's/{word}/%s/g\\n' \"$(cat {STAGE}/{secret_file(name)})\" |\n"
            f"  sed -i -f /dev/stdin {quote(operation.path)}"
            for name, word in self.words.items()
            if word.encode() in operation.content
        ]

    def _service(self, operation: SetService) -> str:
        verbs = []
        if operation.enabled is not None:
            verbs.append("enable" if operation.enabled else "disable")
        if operation.action is not None:
            verbs.append(operation.action)
        return "\n".join(command(self.host, verb, operation.name) for verb in verbs)

    def _reread(self, path: str) -> str:
        return "\nsystemctl daemon-reload" if path.startswith("/etc/systemd/") else ""


def _kept(operation: WriteFile) -> list[str]:
    if operation.save_to is None:
        return []
    place = quote(posixpath.dirname(operation.save_to))
    return [
        f"( umask 077; mkdir -p {place} )",
        f"cp -p {quote(operation.path)} {quote(operation.save_to)}",
    ]


def _staged(archive: str) -> str:
    return quote(f"{STAGE}/{archive}")


def _extract(operation: Extract, host: Host) -> str:
    to, owner = quote(operation.to), f"{operation.owner}:{operation.group}"
    parts = [f"mv {to} {quote(operation.aside)}"] if operation.aside else []
    parts += _unpacked(operation, host)
    if operation.only:
        others = " ".join(f"! -name {quote(name)}" for name in operation.only)
        parts.append(f"find {to} -mindepth 1 -maxdepth 1 {others} -exec rm -rf {{}} +")
    parts.append(f"chown -hR {owner} {to}")
    if operation.group != "root":
        parts.append(f"chmod -R g+rX {to}")
    for inner in operation.writable:
        place = quote(f"{operation.to}/{inner}")
        parts.append(f"mkdir -p {place} && chown -hR {operation.writable_owner} {place}")
    if operation.receipt:
        parts.append(here_document(f"cat >{quote(f'{operation.to}/{RECEIPT}')}", operation.receipt))
    return "\n".join(parts)


def _unpacked(operation: Extract, host: Host) -> list[str]:
    archive, to = _staged(operation.archive), quote(operation.to)
    parent, aside = quote(posixpath.dirname(operation.to)), quote(f"{operation.to}.new")
    made = f"mkdir -p {parent} && mkdir {to}"
    match operation.format:
        case "bin":  # it asks whether its licence is accepted, which cluster.toml says
            return [
                f"mkdir -p {aside}",
                f"( cd {aside} && printf 'yes\\n\\n' | sh {archive} )",
                f'( set -- {aside}/*/bin/java && mv "${{1%/bin/java}}" {to} )',
                f"rm -rf {aside}",
            ]
        case "zip":
            return [made, f"( cd {to} && {quote(f'{host.java_home}/bin/jar')} xf {archive} )"]
        case "tar":
            strip = f" --strip-components={operation.strip}" if operation.strip else ""
            options = f"{strip} --no-same-owner --no-same-permissions"
            return [made, f"tar -xf {archive} -C {to}{options}"]


def _build(action: Build) -> str:
    flags = "".join(f" \\\n  {quote(flag.text)}" for flag in action.flags)
    receipt = receipt_of(action)
    return "\n".join(
        (
            f"cd {STAGE}",
            f"tar -xf {quote(action.artefact.name)}",
            f"cd {quote(action.artefact.top or '.')}",
            f"./configure{flags}",
            'make -j"$(getconf _NPROCESSORS_ONLN)"',
            "make install",
            here_document(f"cat >{quote(f'{action.prefix}/{RECEIPT}')}", receipt),
        )
    )


def _job(change: Change) -> str:
    """Other long work, as its own script takes it: the archive is its first argument."""
    assert change.job is not None
    archive = f"set -- {_staged(change.artefact.name)}\n" if change.artefact else ""
    return f"( {archive}{change.job.script.rstrip()} )"
