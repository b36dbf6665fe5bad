from __future__ import annotations

import socket
from ipaddress import IPv4Network
from pathlib import Path

import pytest

from installer.lab import ports
from installer.lab.spec import LabSpec
from runbook.errors import CatherdError

# As a kernel with little-endian memory prints it.
ROUTES = """\
Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0101A8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0
podman1\t00E8A8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0
eth0\t0000000A\t00000000\t0001\t0\t0\t0\t000000FF\t0\t0\t0
"""


def test_routes_tell_which_subnets_are_taken(tmp_path: Path) -> None:
    table = tmp_path / "route"
    table.write_text(ROUTES)
    assert ports.routed_subnets(table) == {
        IPv4Network("192.168.232.0/24"): "podman1",
        IPv4Network("10.0.0.0/8"): "eth0",
    }
    assert ports.routed_subnets(tmp_path / "missing") == {}


def test_the_default_lab_has_the_subnet_of_the_document() -> None:
    assert ports.choose_subnet(LabSpec(), {}) == "192.168.232.0/24"


def test_another_lab_takes_the_next_free_subnet() -> None:
    used = {IPv4Network(f"192.168.{number}.0/24"): "a lab" for number in (232, 233, 235)}
    assert ports.choose_subnet(LabSpec("two"), used) == "192.168.234.0/24"


def test_a_subnet_in_use_is_told_with_its_user() -> None:
    used = {IPv4Network("192.168.0.0/16"): "eth0"}
    for spec in (LabSpec(), LabSpec("two", subnet="192.168.7.0/24")):
        with pytest.raises(CatherdError, match="already in use") as refused:
            ports.choose_subnet(spec, used)
        assert "eth0" in str(refused.value.where)
        assert "--subnet" in str(refused.value.remedy)


def test_where_no_subnet_is_free_that_is_said() -> None:
    used = {IPv4Network("192.168.0.0/16"): "eth0"}
    with pytest.raises(CatherdError, match="no subnet"):
        ports.choose_subnet(LabSpec("two"), used)


def test_ports_in_use_or_claimed_by_another_lab_are_passed_over() -> None:
    with socket.socket() as busy:
        busy.bind(("127.0.0.1", 0))
        busy.listen()
        first = busy.getsockname()[1]
        found = ports.free_ports(first, 2, {first + 1})
    assert len(found) == 2
    assert not {first, first + 1} & set(found)


def test_where_ports_run_out_that_is_said() -> None:
    with pytest.raises(CatherdError, match="free port"):
        ports.free_ports(65535, 2, ())
