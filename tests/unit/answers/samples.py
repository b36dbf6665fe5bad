"""A set of answers that is as short as it can be."""

from __future__ import annotations

from typing import Any

SUM = "ed9a9d4500fb48bb28eaffb3ba71d06ccf86d498fa13ab9f781da010cc488498"

GOOD: dict[str, Any] = {
    "cluster": {"name": "tomcatcluster"},
    "software": {
        "httpd": {"version": "2.4.68", "source": "httpd-2.4.68.tar.gz", "sha256": SUM},
        "tomcat": {"version": "10.1.60", "source": "tomcat.tar.gz", "sha512": SUM + SUM},
        "jdk": {"version": "17", "source": "debian:jdk17"},
    },
    "hosts": [
        {"name": "balancer", "role": "balancer", "address": "192.168.232.4"},
        {"name": "tomcat1", "role": "tomcat", "address": "192.168.232.5"},
        {"name": "tomcat2", "role": "tomcat", "address": "192.168.232.6"},
    ],
    "applications": [{"name": "ROOT"}],
}
