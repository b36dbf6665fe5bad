"""A host as it is, and as the changes taken back so far would leave it.

The counterpart of ``World``: planning an undo walks the records newest first and asks this
instead of the host, so an older change sees what taking back the newer ones will have done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from posixpath import dirname

from installer.engine.world import within
from installer.remote.trees import changed_inside
from runbook.probes import AccountAt, Facts, FileAt, FileState, ServiceAt, ServiceState, Sh


@dataclass
class Ground:
    """Facts of a host, overlaid with what the planned undos will make true."""

    facts: Facts = field(repr=False)
    services: Mapping[str, ServiceAt]
    """What is asked of each service."""
    _files: dict[str, FileState] = field(default_factory=dict, repr=False)
    _roots: dict[str, str | None] = field(default_factory=dict)
    """Directories taken back: where what lies there then lies now, None for nowhere."""
    _services: dict[str, ServiceState] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    """Paths that the undos change; a directory stands for all below it."""

    def file(self, path: str, content: bool = True) -> FileState:
        """What will lie at ``path`` by then."""
        if path in self._files:
            return self._files[path]
        place = self._place(path)
        if place is None:
            return FileState(ancestor=dirname(path))
        return self.facts[FileAt(place, content)]

    def changed_inside(self, path: str, spare: Iterable[str]) -> list[str]:
        """Files in a directory that somebody has changed since it was made, as ``path/...``."""
        place = self._place(path)
        if place is None:
            return []
        found = self.facts[Sh(changed_inside(place, spare))].text
        return [path + line[len(place) :] for line in found.splitlines()]

    def service_now(self, name: str) -> ServiceState:
        """The service as it is."""
        return self.facts[self.services[name]]

    def service(self, name: str) -> ServiceState:
        """The service as it will be by then."""
        return self._services.get(name) or self.service_now(name)

    def account_exists(self, name: str) -> bool:
        """Whether there is such a user."""
        return self.facts[AccountAt(name)].exists

    def restore(self, path: str, saved: str) -> None:
        """The file at ``path`` becomes the one that lies at ``saved``."""
        self._files[path] = self.facts[FileAt(saved)]
        self.touched.add(path)

    def remove(self, path: str) -> None:
        """Nothing lies at ``path`` any more."""
        self.move_back(path, None)

    def move_back(self, path: str, aside: str | None) -> None:
        """What lies at ``aside`` takes the place of the directory at ``path``."""
        for each in [each for each in self._files if within(each, path)]:
            del self._files[each]
        self._roots[path] = aside
        self.touched.add(path)

    def set_service(self, name: str, state: ServiceState) -> None:
        """The service is brought to this state."""
        self._services[name] = replace(state, stale=False)

    def is_touched(self, path: str) -> bool:
        """Whether what lies at ``path`` is changed by the undos."""
        return any(within(path, each) for each in self.touched)

    def is_in_nothing(self, path: str) -> bool:
        """Whether a directory above the path is taken away, and nothing takes its place."""
        return any(
            origin is None and path != root and within(path, root)
            for root, origin in self._roots.items()
        )

    def _place(self, path: str) -> str | None:
        """Where on the host, as it is now, that lies which will lie at ``path``."""
        root = max((each for each in self._roots if within(path, each)), key=len, default=None)
        if root is None:
            return path
        origin = self._roots[root]
        return None if origin is None else origin + path[len(root) :]
