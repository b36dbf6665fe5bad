"""The files of a host in memory, changed by operations as the scripts of real hosts change them."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from posixpath import dirname

from installer.remote.operations import Extract, Move, Remove, RestoreFile, TakeAway, WriteFile
from installer.remote.script import CHANGED, IN_THE_WAY, INVALID, LINK, MISSING
from runbook.artefact import RECEIPT
from runbook.probes import FileState


@dataclass
class Refusal(Exception):
    """A script on the host would have ended with this code."""

    code: int
    said: str = ""


def a_directory(mode: int = 0o755) -> FileState:
    return FileState("directory", mode, "root", "root")


def a_file(data: bytes = b"", mode: int = 0o644, owner: str = "root") -> FileState:
    return FileState("file", mode, owner, owner, data)


def changed_since(younger: set[str], root: str, spare: list[str]) -> list[str]:
    """Those of the paths that lie in a directory, but in none of its spared places."""
    return sorted(
        path
        for path in younger
        if path.startswith(f"{root}/")
        and not any(f"{path}/".startswith(f"{place}/") for place in spare)
    )


class Files(dict[str, FileState]):
    """What lies at each absolute path; directories are there by name, links are not followed."""

    def put(self, path: str, state: FileState | bytes) -> None:
        """Something that was there before Catherd came, or that somebody else does."""
        self.parents(path)
        self[path] = a_file(state) if isinstance(state, bytes) else state

    def look(self, path: str, content: bool = True) -> FileState:
        """The answer to ``FileAt``."""
        state = self.get(path)
        if state is None:
            return FileState(ancestor=self.ancestor(path))
        state = replace(state, ancestor=dirname(path))
        return state if content else replace(state, data=None)

    def ancestor(self, path: str) -> str:
        """The deepest directory above the path that exists."""
        parent = dirname(path)
        while parent != "/" and parent not in self:
            parent = dirname(parent)
        return parent

    def parents(self, path: str, mode: int = 0o755) -> None:
        """``mkdir -p`` of all that is above the path."""
        parent = dirname(path)
        if parent not in self and parent != "/":
            self.parents(parent, mode)
            self[parent] = a_directory(mode)

    def tree(self, path: str) -> list[str]:
        """The path and all below it, as far as they exist."""
        return [each for each in self if each == path or each.startswith(f"{path}/")]

    def write(self, op: WriteFile, fault: str) -> None:
        now, want = self.get(op.path), hashlib.sha256(op.content).hexdigest()
        if now and now.kind != "file":
            raise Refusal(LINK if now.kind == "link" else IN_THE_WAY)
        seen = (now and now.sha256) or ""
        if op.expect is not None and seen not in (op.expect, want):
            raise Refusal(CHANGED)
        if fault:
            raise Refusal(INVALID, fault)
        if op.save_to and now and (seen != want or op.save_to not in self):
            self.parents(op.save_to, 0o700)
            self[op.save_to] = now
        self.parents(op.path)
        self[op.path] = FileState("file", op.mode, op.owner, op.group, op.content)

    def restore(self, op: RestoreFile) -> None:
        saved, now = self.get(op.saved), self.get(op.path)
        if saved is None:
            raise Refusal(MISSING, op.saved)
        if now and now.kind == "directory":
            raise Refusal(IN_THE_WAY)
        seen = (now and now.sha256) or ""
        if op.expect is not None and seen not in (op.expect, saved.sha256):
            raise Refusal(CHANGED)
        self._copy(op.path, op.save_to)
        self.parents(op.path)
        self[op.path] = saved

    def _copy(self, path: str, place: str | None) -> None:
        if place and path in self and place not in self:
            self.parents(place, 0o700)
            self[place] = self[path]

    def remove(self, op: Remove) -> None:
        now = self.get(op.path)
        if now and op.expect is not None and (now.sha256 or now.kind) != op.expect:
            raise Refusal(CHANGED)
        self._copy(op.path, op.save_to)
        for each in self.tree(op.path):
            del self[each]
        self._forsake(dirname(op.path), op.keep)

    def _forsake(self, parent: str, keep: str | None) -> None:
        if keep is not None and parent.startswith(f"{keep.rstrip('/')}/"):
            while parent != keep and self.tree(parent) == [parent]:
                del self[parent]
                parent = dirname(parent)

    def take_away(self, op: TakeAway, younger: set[str]) -> None:
        receipt = self.get(f"{op.path}/{RECEIPT}")
        ours = receipt is not None and receipt.sha256 == op.receipt
        if op.aside and op.aside not in self:
            if ours:
                raise Refusal(MISSING, op.aside)
            return
        if op.path in self:
            spare = [f"{op.path}/{inner}" for inner in op.spare]
            if not op.save_to and (not ours or changed_since(younger, op.path, spare)):
                raise Refusal(CHANGED)
            if op.save_to:
                self.move(Move(op.path, op.save_to))
            for each in self.tree(op.path):
                del self[each]
        if op.aside:
            self.move(Move(op.aside, op.path))
        self._forsake(dirname(op.path), op.keep)

    def move(self, op: Move) -> None:
        if op.source not in self:
            if op.to not in self:
                raise Refusal(MISSING, op.source)
            return
        if op.to in self:
            raise Refusal(IN_THE_WAY, op.to)
        self.parents(op.to)
        for each in self.tree(op.source):
            self[op.to + each[len(op.source) :]] = self.pop(each)

    def extract(self, op: Extract, members: Mapping[str, bytes] | None) -> None:
        receipt = f"{op.to}/{RECEIPT}"
        here = self.get(receipt)
        if here and here.data == op.receipt and (not op.aside or op.aside in self):
            return
        if members is None:
            raise Refusal(MISSING, op.archive)
        if op.to in self:
            if not op.aside or op.aside in self:
                raise Refusal(IN_THE_WAY, op.to)
            self.move(Move(op.to, op.aside))
        for path, data in members.items():
            if op.only and path.partition("/")[0] not in op.only:
                continue
            mode = 0o755 if path.startswith("bin/") else 0o600 if "conf/" in path else 0o644
            more = (mode & 0o500) >> 3 if op.group != "root" else 0
            self.put(f"{op.to}/{path}", FileState("file", mode | more, "root", "root", data))
        self.put(receipt, op.receipt)
        for inner in op.writable:
            self.put(f"{op.to}/{inner}", a_directory())
        for each in self.tree(op.to):
            inner = each[len(op.to) + 1 :]
            theirs = any(inner == place or inner.startswith(f"{place}/") for place in op.writable)
            owner = op.writable_owner if theirs else op.owner
            if each != receipt:
                self[each] = replace(self[each], owner=owner, group=op.group)
