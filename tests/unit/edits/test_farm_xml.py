"""The Cluster in the Host, for FarmWarDeployer; and its way there and back."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lxml import etree

from runbook.edits.server_xml import Farm, edit_server_xml
from runbook.errors import BadInput
from tests.unit.edits.samples import RELEASES, SERVER_XML, VARIANTS, wanted

HOME = "/usr/local/tomcat"
FARM = Farm(f"{HOME}/temp", f"{HOME}/webapps", f"{HOME}/farm")
RECEIVES = Farm(f"{HOME}/temp", f"{HOME}/webapps", None)
SOURCE = SERVER_XML["10.1.55"]
BARE = b'<Cluster className="org.apache.catalina.ha.tcp.SimpleTcpCluster"'
DEPLOYER = b'<Deployer className="org.apache.catalina.ha.deploy.FarmWarDeployer" watchDir="/w"/>'


def edited(source: bytes, farm: Farm | None, name: str = "10.1.55", **more: Any) -> bytes:
    return edit_server_xml(source, wanted(RELEASES[name], {"farm": farm, **more}))


def in_host(cluster: bytes) -> bytes:
    return SOURCE.replace(b"      </Host>", b"        " + cluster + b"\n      </Host>")


def places(source: bytes) -> list[str]:
    root = etree.fromstring(source)
    parents = [each.getparent() for each in root.iter("Cluster")]
    return [str(each.tag) for each in parents if each is not None]


@pytest.mark.parametrize("variant", [bytes, *VARIANTS.values()], ids=["as released", *VARIANTS])
@pytest.mark.parametrize("name", RELEASES)
def test_it_moves_into_the_host_and_back(name: str, variant: Any) -> None:
    plain = edited(variant(SERVER_XML[name]), None, name)
    for before in (variant(SERVER_XML[name]), plain):
        farm = edited(before, FARM, name)
        assert places(farm) == ["Host"]
        assert edited(farm, FARM, name) == farm
        back = edited(farm, None, name)
        assert places(back) == ["Engine"]
        assert edited(back, None, name) == back
        (there,), (was,) = (etree.fromstring(each).iter("Cluster") for each in (back, plain))
        assert [dict(each.attrib) for each in there.iter("*")] == [
            dict(each.attrib) for each in was.iter("*")
        ]


@pytest.mark.erratum("farm-in-engine")
def test_the_deployer_has_absolute_places_and_only_one_node_watches() -> None:
    """Tomcat 6 takes a relative place from the directory that it was started in."""
    for farm in (FARM, RECEIVES):
        watch = {"watchDir": f"{HOME}/farm"} if farm is FARM else {}
        (cluster,) = etree.fromstring(edited(SOURCE, farm)).iter("Cluster")
        (deployer,) = cluster.findall("Deployer")
        assert dict(deployer.items()) == {
            "className": "org.apache.catalina.ha.deploy.FarmWarDeployer",
            "tempDir": f"{HOME}/temp",
            "deployDir": f"{HOME}/webapps",
            **watch,
            "watchEnabled": str(bool(watch)).lower(),
        }
        host = cluster.getparent()
        assert host is not None
        assert host.get("name") == "localhost"


def test_the_documents_cluster_gives_way_wherever_it_stands() -> None:
    bare = BARE + b"/>"
    sleeping = re.compile(rb"<!--\s*" + re.escape(bare) + rb"\s*-->")
    in_engine = sleeping.sub(lambda _: BARE + b">" + DEPLOYER + b"</Cluster>", SOURCE)
    for source in (in_engine, in_host(bare)):
        assert places(edited(source, FARM)) == ["Host"]
        assert b'watchDir="/w"' not in edited(source, FARM)


@pytest.mark.parametrize(
    ("source", "farm", "what"),
    [
        (in_host(BARE + b">" + DEPLOYER + b"</Cluster>"), FARM, "<Deployer>"),
        (in_host(b'<Cluster className="com.example.Cluster"/>'), FARM, "com.example.Cluster"),
        (in_host(BARE + b"/>"), None, "The host localhost has a Cluster of its own"),
        (
            SOURCE.replace(b'defaultHost="localhost"', b'defaultHost="shop"'),
            FARM,
            "no Host shop",
        ),
        (
            SOURCE.replace(b"    </Engine>", b'<Host name="b">' + BARE + b"/></Host></Engine>"),
            FARM,
            "The host b has a Cluster of its own",
        ),
    ],
)
def test_what_somebody_depends_on_is_refused(source: bytes, farm: Farm | None, what: str) -> None:
    with pytest.raises(BadInput) as caught:
        edited(source, farm)
    assert what in str(caught.value.what)
    assert str(caught.value.where).startswith("line ")
    assert str(caught.value.remedy)
