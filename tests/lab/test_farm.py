"""FarmWarDeployer: an archive put on one node is deployed on the others, and removed from them."""

from __future__ import annotations

import time
import zipfile
from pathlib import Path

import pytest

from installer import lab
from installer.lab.cluster import write_answers
from installer.lab.hosts import container_name
from installer.lab.lab import open_podman
from runbook.assets import asset
from tests.lab import letter
from tests.lab.commands import await_verified, catherd, on, say

pytestmark = pytest.mark.lab

DROP = """cd /usr/local/tomcat/farm && install -m 644 /root/shop.war .new && mv .new shop.war"""
GONE = """
cd /usr/local/tomcat/webapps; n=0
while [ -e shop ] && [ $n -lt 30 ]; do n=$((n+1)); sleep 1; done; ls
"""
"""Tomcat removes the files a moment after it has stopped the application."""
PAGE = """
exec 3<>/dev/tcp/{address}/8080
printf 'GET {path} HTTP/1.0\\r\\n\\r\\n' >&3
cat <&3
"""
PATIENCE = 300.0
"""Seconds; Tomcat looks every twenty."""


def page(cluster: lab.Lab, node: str, path: str) -> str:
    """A page of the node itself, asked by the balancer."""
    script = PAGE.format(address=cluster.host(node).address, path=path)
    container = container_name(cluster, cluster.host("balancer"))
    return open_podman().do("exec", container, "bash", "-c", script)


def await_status(cluster: lab.Lab, status: str) -> float:
    """Seconds until both nodes answer so."""
    began = time.monotonic()
    while seen := [
        page(cluster, node.name, "/shop/").partition(" ")[2][:3] for node in cluster.tomcats
    ]:
        if set(seen) == {status}:
            break
        assert time.monotonic() - began < PATIENCE, seen
        time.sleep(1)
    return time.monotonic() - began


@pytest.fixture(scope="module")
def cluster(standing: lab.Lab) -> lab.Lab:
    """The first node is to deploy for both, and what travels between them to be encrypted."""
    letter.restore_installed(standing)
    write_answers(standing, say, options={"farm": "tomcat1", "encrypt": True})
    return standing


@pytest.fixture(scope="module")
def war(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The application of the proof, which tells who answers, as an archive."""
    path = tmp_path_factory.mktemp("war") / "shop.war"
    with zipfile.ZipFile(path, "w") as file:
        for name in ("index.jsp", "WEB-INF/web.xml"):
            file.write(asset("probe") / name, name)
    return path


@pytest.mark.erratum("farm-in-engine")
def test_an_archive_goes_to_all_nodes_and_away_again(cluster: lab.Lab, war: Path) -> None:
    assert "The proof" in catherd(cluster, "run", "--yes")
    open_podman().do("cp", str(war), f"{container_name(cluster, cluster.host('tomcat1'))}:/root/")
    on(cluster, "tomcat1", DROP)
    await_status(cluster, "200")
    for node in cluster.tomcats:
        assert f"node={node.name}\n" in page(cluster, node.name, "/shop/?peek=1")
    assert "shop" not in on(cluster, "tomcat2", "ls /usr/local/tomcat/farm 2>&1; :")
    await_verified(cluster)
    on(cluster, "tomcat1", "rm /usr/local/tomcat/farm/shop.war")
    await_status(cluster, "404")
    for node in cluster.tomcats:
        assert on(cluster, node.name, GONE).split() == ["ROOT"]


def test_whoever_else_may_write_there_is_told_of(cluster: lab.Lab) -> None:
    on(cluster, "tomcat1", "chown tomcat /usr/local/tomcat/farm")
    seen = catherd(cluster, "verify", "--host", "tomcat1", code=1)
    assert "only root may put archives" in seen
    assert "0755 tomcat:root" in seen
    on(cluster, "tomcat1", "chown root /usr/local/tomcat/farm")
