"""The fingerprint that rollbacks are judged by: taken on a host at work, it is no less strict."""

from __future__ import annotations

import time

import pytest

from bench.fingerprint import difference, fingerprint
from installer import lab
from runbook.errors import Failed
from tests.lab.commands import on

pytestmark = pytest.mark.lab

CHURN = """
mkdir /var/tmp/churn && cd /var/tmp/churn && : >/run/churn || exit 1
while [ -e /run/churn ]; do
  mkdir a b
  for i in $(seq 300); do echo "$i" >a/$i; mkdir b/$i; done
  rm -rf a b
done >/dev/null 2>&1 &
"""
QUIET = """
rm -f /run/churn
until rm -rf /var/tmp/churn 2>/dev/null; do sleep 0.1; done
"""
BAD_DISK = """
cat >/usr/local/bin/sha256sum <<'END'
#!/bin/sh
echo "sha256sum: /etc/fstab: Input/output error" >&2
exit 1
END
chmod 755 /usr/local/bin/sha256sum
"""


def test_files_that_vanish_under_it_are_no_failure(lab_hosts: lab.Lab) -> None:
    before = fingerprint(lab_hosts, "tomcat2")
    on(lab_hosts, "tomcat2", CHURN)
    try:
        deadline = time.monotonic() + 6
        while time.monotonic() < deadline:
            after = fingerprint(lab_hosts, "tomcat2")
            strange = [
                each for each in difference(before, after) if not each[2:].startswith("/var/tmp")
            ]
            assert strange == []
    finally:
        on(lab_hosts, "tomcat2", QUIET)
    assert difference(before, fingerprint(lab_hosts, "tomcat2")) == []


def test_a_file_that_cannot_be_read_is_a_failure(lab_hosts: lab.Lab) -> None:
    on(lab_hosts, "tomcat2", BAD_DISK)
    try:
        with pytest.raises(Failed, match="Input/output error"):
            fingerprint(lab_hosts, "tomcat2")
    finally:
        on(lab_hosts, "tomcat2", "rm /usr/local/bin/sha256sum")
