"""The locks of all hosts of a cluster: taken for a run, given back, shown to people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING

from installer.remote.locking import LOCK
from runbook.errors import CatherdError
from runbook.probes import FileAt, FileState

if TYPE_CHECKING:
    from installer.remote.host import FabricTarget
    from runbook.cluster import Cluster

Targets = Mapping[str, "FabricTarget"]


def hold(cluster: Cluster, targets: Targets, holder: str) -> None:
    """Lock these hosts: one before the others, so that of two runs only one is refused."""
    hosts = sorted(map(cluster.host, targets), key=lambda host: str(host.address))
    first, *others = (targets[host.name] for host in hosts)
    first.lock(holder)
    with ThreadPoolExecutor(max_workers=len(hosts)) as pool:
        list(pool.map(lambda target: target.lock(holder), others))


def release(targets: Targets) -> None:
    """Give all hosts free; one that has gone keeps a lock that the next run sees is stale."""

    def give_back(target: FabricTarget) -> None:
        with suppress(CatherdError):
            target.unlock()

    with ThreadPoolExecutor(max_workers=len(targets)) as pool:
        list(pool.map(give_back, targets.values()))


def holders(targets: Targets, names: Sequence[str]) -> dict[str, str]:
    """What the locks of these hosts say, where there are any."""
    probe = FileAt(LOCK)
    with ThreadPoolExecutor(max_workers=len(names)) as pool:
        answers = pool.map(lambda name: targets[name].survey([probe])[probe], names)
        return {
            name: state.data.decode("utf-8", "replace").strip()
            for name, state in zip(names, answers, strict=True)
            if isinstance(state, FileState) and state.data is not None
        }
