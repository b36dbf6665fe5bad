from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from installer.lab import forwards
from installer.lab.podman import Podman
from installer.lab.process import Finished

DEAD, ALIVE = "d" * 64, "a" * 64


def rule(port: int, container: str) -> str:
    return (
        f"-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport {port} -m comment --comment "
        f'"dnat name: catherd id: {container}" -j NETAVARK-DN-1'
    )


LISTED = "\n".join(
    [
        "-N NETAVARK-HOSTPORT-DNAT",
        rule(22204, DEAD),
        rule(22204, ALIVE),
        rule(22205, DEAD),
        rule(222, DEAD),
        "-A NETAVARK-HOSTPORT-DNAT -p tcp -m tcp --dport 22204 -j SOMEBODY-ELSE",
        f'-A NETAVARK-HOSTPORT-DNAT -p tcp -m comment --comment "id: {DEAD}" -j X',
    ]
)


def test_only_rules_of_dead_containers_for_these_ports_go(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    calls: list[list[str]] = []

    def run(argv: Sequence[str]) -> Finished:
        calls.append(list(argv))
        return Finished(tuple(argv), 0, LISTED, "")

    podman = Podman(tmp_path / "memory")

    def ask(*words: str, **_: object) -> Finished:
        return Finished(words, 0 if words[-1] == ALIVE else 1, "", "")

    monkeypatch.setattr(forwards, "run", run)
    monkeypatch.setattr(podman, "ask", ask)
    forwards.forget_dead(podman, [22204, 8232])
    assert len(calls) == 2
    deleted = calls[1]
    assert deleted[:6] == ["iptables", "--wait", "--table", "nat", "--delete", forwards._CHAIN]
    assert f"dnat name: catherd id: {DEAD}" in deleted
    assert "22204" in deleted


def test_without_iptables_there_is_nothing_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    forwards.forget_dead(Podman(tmp_path / "memory"), [22204])
