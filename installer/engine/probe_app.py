"""Puts the probe application on every node for the proof, and takes it away afterwards."""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

from installer.engine.proof_ground import TargetOf
from installer.remote.operations import Extract, Remove
from runbook.assets import asset
from runbook.probe_page import CONTEXT
from runbook.proof_setup import NodeSetup, by_host


@contextmanager
def probe_deployed(nodes: tuple[NodeSetup, ...], target_of: TargetOf) -> Iterator[None]:
    """Deploy the probe on all hosts at once, and remove it however the proof ends.

    It is unpacked aside and renamed into webapps: Tomcat looks there at any moment, and must not
    meet it without its web.xml. Tomcat takes it up and lets it go within its ten-second look.
    """
    data = _packed()
    with tempfile.NamedTemporaryFile(prefix="catherd-probe-", suffix=".tar") as file:
        file.write(data)
        file.flush()
        path, digest = Path(file.name), hashlib.sha256(data).hexdigest()

        def deploy(of_one_host: list[NodeSetup]) -> None:
            for node in of_one_host:
                target = target_of(node.host)
                target.apply(Remove(_home(node)))
                archive = target.stage(path, digest)
                target.apply(Extract(archive, _home(node), strip=0))

        def remove(of_one_host: list[NodeSetup]) -> None:
            for node in of_one_host:
                target_of(node.host).apply(Remove(_home(node)))

        hosts = by_host(nodes)
        with ThreadPoolExecutor(min(16, len(hosts))) as pool:
            try:
                list(pool.map(deploy, hosts))
                yield
            finally:
                list(pool.map(remove, hosts))


def _home(node: NodeSetup) -> str:
    return f"{node.webapps}{CONTEXT}"


def _packed() -> bytes:
    """The application as a tar with the same bytes every time."""
    root, buffer = asset("probe"), io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for path in sorted(path for path in root.rglob("*") if path.is_file()):
            info = tarfile.TarInfo(str(path.relative_to(root)))
            content = path.read_bytes()
            info.size, info.mode = len(content), 0o644
            tar.addfile(info, io.BytesIO(content))
    return buffer.getvalue()
