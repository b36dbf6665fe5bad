"""This machine as a ``Target``: services are scripts in a directory, addresses are loopback."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tarfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path

from installer.remote.operations import Extract, Operation, Remove, SetService, Shell
from installer.remote.target import OnBytes, OnOutput, Result
from runbook.errors import Failed
from runbook.probes import Answer, Probe, ServiceAt, ServiceState


class LocalTarget:
    """Runs services of this machine: ``scripts`` names the program of each."""

    def __init__(self, name: str, scripts: Mapping[str, Path]) -> None:
        self.name = name
        self._scripts = scripts
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self.applied: list[Operation] = []

    def survey(self, probes: Iterable[Probe]) -> Mapping[Probe, Answer]:
        return {probe: self._service(probe) for probe in probes if isinstance(probe, ServiceAt)}

    def apply(self, operation: Operation, on_output: OnOutput | None = None) -> Result:
        self.applied.append(operation)
        match operation:
            case Shell(script=script):
                done = subprocess.run(["/bin/sh", "-c", script], capture_output=True, check=False)
                if done.returncode:
                    raise Failed(f"sh: {done.returncode}: {done.stderr!r}")
            case SetService(name=name, action="stop"):
                self.stop(name)
            case SetService(name=name, action="start" | "restart"):
                self.stop(name)
                self._running[name] = subprocess.Popen(
                    [self._scripts[name]], start_new_session=True
                )
            case Extract(archive=archive, to=to):
                home = Path(to)
                fresh = home.parent.parent / f".{home.name}"
                with tarfile.open(archive) as tar:
                    tar.extractall(fresh, filter="data")
                fresh.rename(home)
            case Remove(path=path):
                shutil.rmtree(path, ignore_errors=True)
            case _:
                raise NotImplementedError(operation)
        return Result(0)

    def stage(self, path: Path, sha256: str, progress: OnBytes | None = None) -> str:
        return str(path)

    @contextmanager
    def http(self, host: str, port: int, timeout: float) -> Iterator[HTTPConnection]:
        connection = HTTPConnection(host, port, timeout=timeout)
        try:
            yield connection
        finally:
            connection.close()

    def stop(self, name: str) -> None:
        process = self._running.pop(name, None)
        if process and process.poll() is None:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def close(self) -> None:
        for name in list(self._running):
            self.stop(name)

    def _service(self, probe: ServiceAt) -> ServiceState:
        process = self._running.get(probe.name)
        alive = process is not None and process.poll() is None
        return ServiceState(True, True, alive, process.pid if process and alive else 0)
