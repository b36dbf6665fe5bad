from __future__ import annotations

from ipaddress import IPv4Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.lab import hosts
from installer.lab.spec import Lab, LabHost, LabSpec, address, names, network
from runbook.errors import BadInput


@pytest.mark.parametrize("name", ["", "A", "1st", "a b", "a/b", "-a", "a" * 32, "ä", "a\n"])
def test_a_lab_needs_a_usable_name(name: str) -> None:
    with pytest.raises(BadInput, match="name of a lab"):
        LabSpec(name)


@pytest.mark.parametrize("tomcats", [-1, 0, 1, 201])
def test_a_cluster_has_two_tomcats_at_least(tomcats: int) -> None:
    with pytest.raises(BadInput, match="not possible"):
        LabSpec(tomcats=tomcats)


@pytest.mark.parametrize(
    "subnet",
    ["", "x", "192.168.1.0/25", "192.168.1.1/24", "8.8.8.0/24", "192.168.1.0", "fd00::/64"],
)
def test_a_subnet_that_cannot_hold_the_hosts_is_refused(subnet: str) -> None:
    with pytest.raises(BadInput) as refused:
        LabSpec(subnet=subnet)
    assert refused.value.remedy


def test_hosts_have_the_addresses_of_the_document() -> None:
    named = [
        (name, role, address("192.168.232.0/24", position))
        for position, (name, role) in enumerate(names(2))
    ]
    assert named == [
        ("balancer", "balancer", "192.168.232.4"),
        ("tomcat1", "tomcat", "192.168.232.5"),
        ("tomcat2", "tomcat", "192.168.232.6"),
    ]


@given(st.integers(2, 200), st.sampled_from(["192.168.232.0/24", "10.0.0.0/8", "172.16.0.0/16"]))
def test_every_host_has_an_address_of_its_own_inside(tomcats: int, subnet: str) -> None:
    LabSpec(tomcats=tomcats, subnet=subnet)
    given_out = [address(subnet, position) for position, _ in enumerate(names(tomcats))]
    assert len(set(given_out)) == tomcats + 1
    assert all(IPv4Address(each) in network(subnet) for each in given_out)


def test_a_hardware_address_stays_with_the_ip_address() -> None:
    assert hosts.mac_address("192.168.232.4") == "02:00:c0:a8:e8:04"
    assert hosts.mac_address("192.168.232.5") != hosts.mac_address("192.168.232.4")


def test_a_lab_knows_its_hosts_and_tells_which_there_are() -> None:
    balancer = LabHost("balancer", "balancer", "192.168.232.4", 22204, 8232, state="running")
    node = LabHost("tomcat1", "tomcat", "192.168.232.5", 22205)
    lab = Lab("catherd", "192.168.232.0/24", (balancer, node), Path("/nowhere"))
    assert lab.host("tomcat1") is node
    assert lab.tomcats == (node,)
    assert lab.url == "http://127.0.0.1:8232/"
    assert not lab.running
    with pytest.raises(BadInput, match="no host x") as refused:
        lab.host("x")
    assert "balancer, tomcat1" in str(refused.value.remedy)
