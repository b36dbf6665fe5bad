"""A run with nothing to do, next to the floor: one script over ssh on all hosts at once.

Also ``catherd plan`` on bare hosts, and ``catherd --version``. Usage: bench/rerun.py [RUNS]
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.common import CATHERD, NAME, bare_lab, report, seconds

FLOOR = """
for host in balancer tomcat1 tomcat2; do
  ssh -F "$1" "$host" 'cat /etc/profile /proc/meminfo >/dev/null; id; df -P -k / ; uname -a' &
done
wait
"""


def main() -> None:
    """Measure each several times, after one run that does not count."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7

    def several(*command: object, expect: tuple[int, ...] = (0,)) -> list[float]:
        words = [str(word) for word in command]
        seconds(words, expect)
        return [seconds(words, expect) for _ in range(runs)]

    hosts = bare_lab()
    print(f"{'':<46} {'min':>7} {'median':>7} {'max':>7}")
    report("catherd --version", several(CATHERD, "--version"), 0.15)
    plan = several(CATHERD, "plan", "--lab", NAME, expect=(2,))
    report("catherd plan, three bare hosts", plan, 1.5)
    seconds([CATHERD, "run", "--yes", "--lab", NAME])
    report("floor: one script over ssh", several("sh", "-c", FLOOR, "sh", hosts.ssh_config))
    rerun = several(CATHERD, "run", "--yes", "--lab", NAME)
    report("catherd run, nothing to do", rerun, 1.0)
    report("catherd verify", several(CATHERD, "verify", "--lab", NAME))


if __name__ == "__main__":
    main()
