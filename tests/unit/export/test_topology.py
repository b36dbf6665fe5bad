"""The picture of a cluster, however large."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from installer.export.topology import LONGEST, picture_of
from tests.engine.three_hosts import ThreeHosts


@pytest.mark.parametrize("nodes", [2, 3, 12])
def test_nothing_lies_on_something_else(tmp_path: Path, nodes: int) -> None:
    name = "a-very-long-name-for-a-host-"
    hosts = [{"name": "balancer", "role": "balancer", "address": "192.168.232.4"}]
    hosts += [
        {"name": f"{name}{n}", "role": "tomcat", "address": f"192.168.232.{n + 10}"}
        for n in range(nodes)
    ]
    picture = picture_of(ThreeHosts(tmp_path, {"hosts": hosts}).cluster)
    boxes = picture.boxes[1:]
    assert len(boxes) == nodes == len(picture.ways)
    for above, below in pairwise(boxes):
        assert above.y + above.height < below.y
    assert all(box.y >= 0 and box.y + box.height <= picture.height for box in picture.boxes)
    assert all(len(line) <= LONGEST for box in picture.boxes for line in box.lines)
