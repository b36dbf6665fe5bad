from __future__ import annotations

import pytest

from runbook.edits.cluster_settings import Peer
from runbook.edits.cluster_xml import Part, cluster_part, part_of, rendered
from runbook.edits.xml_tree import scan
from runbook.software.tomcat import tomcat_line
from tests.unit.edits.samples import RELEASES, settings

KEY = "0123456789abcdef0123456789abcdef"


def parts(part: Part, tag: str) -> list[dict[str, str]]:
    found = [dict(part.attributes)] if part.tag == tag else []
    return found + [each for child in part.parts for each in parts(child, tag)]


def names(part: Part, tag: str) -> list[str]:
    return [each["className"].rpartition(".")[2] for each in parts(part, tag)]


@pytest.mark.erratum("multicast-no-route")
def test_multicast_is_bound_to_the_address_that_the_others_use() -> None:
    cluster = cluster_part(settings(membership="multicast"), tomcat_line("9.0.70"))
    (membership,) = parts(cluster, "Membership")
    assert membership == {
        "className": "org.apache.catalina.tribes.membership.McastService",
        "address": "228.0.0.4",
        "port": "45564",
        "frequency": "500",
        "dropTime": "3000",
        "bind": "192.168.232.5",
        "domain": "tomcatcluster",
    }
    assert parts(cluster, "Member") == []


@pytest.mark.erratum("auto-bind")
def test_the_receiver_never_moves() -> None:
    (receiver,) = parts(cluster_part(settings(), tomcat_line("9.0.70")), "Receiver")
    assert (receiver["address"], receiver["port"]) == ("192.168.232.5", "4000")
    assert receiver["autoBind"] == "1"


@pytest.mark.erratum("static-lists-itself")
def test_static_members_are_known_by_the_same_id_on_every_node() -> None:
    cluster = cluster_part(settings(), tomcat_line("10.1.60"))
    (local,) = parts(cluster, "LocalMember")
    members = parts(cluster, "Member")
    assert [each["host"] for each in members] == ["192.168.232.6", "192.168.232.7"]
    ids = [each["uniqueId"] for each in (local, *members)]
    assert ids == [Peer("", 0, number).unique_id for number in (1, 2, 3)]
    assert all(len(each.strip("{}").split(",")) == 16 for each in ids)


def test_ids_are_signed_bytes_and_differ() -> None:
    ids = {Peer("h", 1, number).unique_id for number in range(1, 1000)}
    assert len(ids) == 999
    assert all(0 <= int(byte) <= 127 for each in ids for byte in each.strip("{}").split(","))


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        (
            "6.0.16",
            ["TcpFailureDetector", "StaticMembershipInterceptor", "MessageDispatch15Interceptor"],
        ),
        (
            "8.5.100",
            [
                "TcpPingInterceptor",
                "EncryptInterceptor",
                "TcpFailureDetector",
                "StaticMembershipInterceptor",
                "MessageDispatchInterceptor",
            ],
        ),
        (
            "9.0.10",
            [
                "TcpPingInterceptor",
                "TcpFailureDetector",
                "StaticMembershipInterceptor",
                "MessageDispatchInterceptor",
            ],
        ),
        (
            "11.0.1",
            ["EncryptInterceptor", "TcpFailureDetector", "MessageDispatchInterceptor"],
        ),
    ],
)
def test_the_order_of_the_interceptors(version: str, expected: list[str]) -> None:
    line = tomcat_line(version)
    key = KEY if line.encrypts else None
    cluster = cluster_part(settings(encryption_key=key), line)
    assert names(cluster, "Interceptor") == expected


def test_two_clusters_on_one_multicast_group_stay_apart() -> None:
    cluster = cluster_part(settings(membership="multicast"), tomcat_line("9.0.70"))
    assert names(cluster, "Interceptor") == [
        "TcpFailureDetector",
        "DomainFilterInterceptor",
        "MessageDispatchInterceptor",
    ]


def test_a_large_cluster_keeps_one_backup_of_each_session() -> None:
    cluster = cluster_part(settings(backup_manager=True), tomcat_line("9.0.70"))
    (manager,) = parts(cluster, "Manager")
    assert manager["className"].endswith("BackupManager")
    assert "expireSessionsOnShutdown" not in manager


@pytest.mark.parametrize("membership", ["static", "multicast"])
@pytest.mark.parametrize("version", RELEASES.values())
def test_the_text_reads_back_as_what_was_meant(version: str, membership: str) -> None:
    part = cluster_part(settings(membership=membership), tomcat_line(version))
    text = rendered(part, "\t", "\r\n", note=" note ")
    assert part_of(scan(text.encode()).root).same_as(part)
    assert text.count("\n") == text.count("\r\n\t")
