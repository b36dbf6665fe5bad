"""The same installation by Catherd and by a plain parallel bash-over-ssh script, in turn.

Fresh hosts each time; without the proof, which the script does not make either. Both build
httpd with the same flags. Usage: bench/install.py [ROUNDS]
"""

from __future__ import annotations

import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.common import CATHERD, NAME, bare_lab, report, seconds
from installer.depot.depot import Depot
from runbook.software.httpd import configure_flags
from runbook.steps import RUNBOOK

LIMIT = 1.15
BY_HAND = Path(__file__).with_name("by_hand.sh")


def by_catherd() -> float:
    """Seconds that ``catherd run`` takes on bare hosts, up to and with the check."""
    bare_lab()
    only = [word for step in RUNBOOK if step.id != "proof" for word in ("--only", step.id)]
    return seconds([CATHERD, "run", "--yes", "--lab", NAME, *only])


def by_hand() -> float:
    """Seconds that the script takes on bare hosts."""
    hosts, depot = bare_lab(), Depot()
    httpd, tomcat, jdk = (depot.fetch(f"debian:{kind}") for kind in ("httpd", "tomcat10", "jdk17"))
    flags = " ".join(flag.text for flag in configure_flags("/usr/local/apache", "all"))
    archives = [depot.path(artefact) for artefact in (httpd, tomcat, jdk)]
    addresses = [host.address for host in hosts.hosts]
    files = [hosts.ssh_config, hosts.sudo_password, *archives]
    return seconds(["bash", BY_HAND, *files, jdk.top, flags, *addresses])


def main() -> None:
    """Both in turn, and the ratio pair by pair."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    pairs = [(by_hand(), by_catherd()) for _ in range(rounds)]
    print(f"{'':<46} {'min':>7} {'median':>7} {'max':>7}")
    report("plain bash over ssh", [hand for hand, _ in pairs])
    report("catherd run", [ours for _, ours in pairs])
    ratios = [ours / hand for hand, ours in pairs]
    ratio = statistics.median(ratios)
    verdict = "met" if ratio <= LIMIT else "MISSED"
    each = ", ".join(f"{one:.2f}" for one in ratios)
    print(f"ratio {ratio:.2f} (each: {each})   limit {LIMIT}: {verdict}")


if __name__ == "__main__":
    main()
