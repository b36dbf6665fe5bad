from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from installer.lab import podman
from installer.lab.podman import CANDIDATES, AddressLost, Flags, Podman
from installer.lab.process import Finished
from runbook.errors import CatherdError, Failed

Answer = Callable[[list[str]], tuple[int, str, str]]


class Fake:
    """Stands in for the programs of the machine, and remembers how they were called."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.calls: list[list[str]] = []

    def __call__(self, argv: Sequence[str | Path], **_: object) -> Finished:
        words = [str(word) for word in argv]
        if words == ["podman", "--version"]:
            return Finished(tuple(words), 0, "podman version 4.3.1\n", "")
        self.calls.append(words)
        return Finished(tuple(words), *self.answer(words))


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Callable[[Answer], Fake]:
    def install(answer: Answer) -> Fake:
        fake = Fake(answer)
        monkeypatch.setattr(podman, "run", fake)
        return fake

    return install


def needing(*flags: str) -> Answer:
    """A machine that starts a container only with all of these flags."""

    def answer(words: list[str]) -> tuple[int, str, str]:
        if set(flags) <= set(words):
            return 0, "", ""
        return 126, "", "warning\nError: OCI permission denied\n"

    return answer


@pytest.mark.parametrize(
    ("flags", "found"),
    [
        ((), CANDIDATES[0]),
        (("nofile=1024:1024",), CANDIDATES[1]),
        (("cgroupfs",), CANDIDATES[2]),
        (("runc", "nproc=4096:4096"), CANDIDATES[3]),
    ],
)
def test_the_fewest_flags_that_the_machine_needs_are_found(
    machine: Callable[[Answer], Fake], tmp_path: Path, flags: tuple[str, ...], found: Flags
) -> None:
    fake = machine(needing(*flags))
    assert Podman(tmp_path / "deep" / "memory").flags("image") == found
    tries = len(fake.calls)
    assert Podman(tmp_path / "deep" / "memory").flags("image") == found
    assert len(fake.calls) == tries, "found once, it is not tried again"


def test_what_was_found_is_used_for_every_call(
    machine: Callable[[Answer], Fake], tmp_path: Path
) -> None:
    fake = machine(needing("cgroupfs"))
    Podman(tmp_path / "memory").flags("image")
    Podman(tmp_path / "memory").do("start", "x")
    assert fake.calls[-1] == [
        *("podman", "--runtime", "runc", "--cgroup-manager", "cgroupfs"),
        *("start", "x"),
    ]


@pytest.mark.parametrize("kept", ["", "{", "[]", '{"machine": "another"}', '{"podman": 1}'])
def test_a_memory_of_another_machine_or_none_is_probed_anew(
    machine: Callable[[Answer], Fake], tmp_path: Path, kept: str
) -> None:
    memory = tmp_path / "memory"
    memory.write_text(kept)
    machine(needing())
    assert Podman(memory).flags("image") == Flags()
    assert "4.3.1" in json.loads(memory.read_text())["machine"]


def test_a_machine_that_starts_no_container_tells_why(
    machine: Callable[[Answer], Fake], tmp_path: Path
) -> None:
    machine(lambda words: (126, "", "x\nError: no way\n"))
    with pytest.raises(Failed, match="no container") as failed:
        Podman(tmp_path / "memory").flags("image")
    assert "no way" in str(failed.value.where)
    assert "apt-get install" in str(failed.value.remedy)


def test_a_missing_podman_is_told_with_the_packages_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(CatherdError, match="not installed") as missing:
        _ = Podman(tmp_path / "memory").version
    assert "apt-get install podman" in str(missing.value.remedy)


def test_a_refusal_is_told_in_podmans_words(
    machine: Callable[[Answer], Fake], tmp_path: Path
) -> None:
    machine(lambda words: (125, "", "time=... level=warning\nError: name is in use\n\n"))
    with pytest.raises(Failed, match="podman create failed: Error: name is in use"):
        Podman(tmp_path / "memory").do("create", "x")


def test_removal_is_tried_again_once(machine: Callable[[Answer], Fake], tmp_path: Path) -> None:
    fake = machine(lambda words: (1 if len(fake.calls) == 1 else 0, "", "half dead"))
    Podman(tmp_path / "memory").remove(["a", "b"])
    assert [call[-2:] for call in fake.calls] == [["a", "b"], ["a", "b"]]
    Podman(tmp_path / "memory").remove([])
    assert len(fake.calls) == 2


def test_a_host_whose_processes_were_killed_is_not_alive(
    machine: Callable[[Answer], Fake], tmp_path: Path
) -> None:
    def listed(host: str, state: str, pid: int) -> dict[str, object]:
        labels = {"io.catherd.lab": "lab", "io.catherd.host": host}
        return {
            "Names": [f"lab-{host}"],
            "Labels": labels,
            "State": state,
            "ImageID": "i",
            "Pid": pid,
        }

    unburied = subprocess.Popen(["true"])
    os.waitid(os.P_PID, unburied.pid, os.WEXITED | os.WNOWAIT)
    hosts = [
        listed("balancer", "running", os.getpid()),
        listed("tomcat1", "running", 2**22 + 1),  # more than a kernel gives out
        listed("tomcat2", "exited", 0),
        listed("tomcat3", "running", unburied.pid),
    ]
    fake = machine(lambda words: (0, json.dumps(hosts), ""))
    found = Podman(tmp_path / "memory").containers("lab")
    assert {name: each.alive for name, each in found.items()} == {
        "balancer": True,
        "tomcat1": False,
        "tomcat2": False,
        "tomcat3": False,
    }
    unburied.wait()
    assert "label=io.catherd.lab=lab" in fake.calls[0]


def test_networks_tell_their_subnet_and_their_lab(
    machine: Callable[[Answer], Fake], tmp_path: Path
) -> None:
    listed = [
        {"name": "podman", "subnets": [{"subnet": "10.88.0.0/16"}]},
        {"name": "lab", "subnets": [{"subnet": "192.168.9.0/24"}], "labels": {podman.LABEL: "lab"}},
        {"name": "odd", "subnets": None, "labels": None},
    ]
    machine(lambda words: (0, json.dumps(listed), "") if "ls" in words else (125, "", "gone"))
    assert Podman(tmp_path / "memory").network_subnets() == {
        "podman": ("10.88.0.0/16", None),
        "lab": ("192.168.9.0/24", "lab"),
        "odd": ("", None),
    }


LOST = "Error: joining network namespace of container {id}: retrieving network namespace at /run/x"


def test_a_host_that_lost_its_network_is_stopped_and_then_listed(
    machine: Callable[[Answer], Fake], tmp_path: Path
) -> None:
    """Podman lists no container at all as long as one of them has lost its namespace."""
    lost = ["aa11", "bb22"]

    def answer(words: list[str]) -> tuple[int, str, str]:
        if words[1] == "stop":
            lost.remove(words[-1])
            return 0, "", ""
        return (125, "", LOST.format(id=lost[0])) if lost else (0, "[]", "")

    fake = machine(answer)
    assert Podman(tmp_path / "memory").containers("lab") == {}
    assert [words[1] for words in fake.calls] == ["ps", "stop", "ps", "stop", "ps"]


def test_a_lost_network_that_cannot_be_helped_is_told(
    machine: Callable[[Answer], Fake], tmp_path: Path
) -> None:
    machine(lambda words: (125, "", LOST.format(id="aa11")))
    with pytest.raises(Failed, match="podman ps failed"):
        Podman(tmp_path / "memory").containers("lab")


def test_an_address_that_podman_will_not_give_back_is_told_apart(
    machine: Callable[[Answer], Fake], tmp_path: Path
) -> None:
    refusal = (
        "Error: IPAM error: requested ip address 192.168.9.5 is already allocated to container"
    )
    machine(lambda words: (125, "", refusal + " ID aa11"))
    with pytest.raises(AddressLost):
        Podman(tmp_path / "memory").do("start", "lab-tomcat1")


@pytest.mark.parametrize(("interface", "deleted"), [("lo", True), ("nosuch0", False)])
def test_a_network_takes_its_bridge_along(
    machine: Callable[[Answer], Fake], tmp_path: Path, interface: str, deleted: bool
) -> None:
    fake = machine(lambda words: (0, json.dumps([{"network_interface": interface}]), ""))
    Podman(tmp_path / "memory").remove_network("lab")
    assert (["ip", "link", "delete", interface] in fake.calls) == deleted
    assert fake.calls[-1][1:] == ["network", "rm", "--force", "lab"]
