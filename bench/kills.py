"""Whole installations on the practice lab whose controllers are ended with ``kill -9``.

Each run is killed in the middle of something and started again, until the installation is done:
during uploads and the compile on purpose, elsewhere at random. In the end the hosts must be as
after an installation that nobody disturbed, and the compile must have been started once.

Usage: bench/kills.py [KILLS] [SEED]
"""

from __future__ import annotations

import os
import random
import re
import sys
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from bench.common import NAME, say
from installer import lab
from installer.lab.cluster import write_answers
from tests.lab import killing
from tests.lab.commands import on
from tests.lab.killing import STAGED, Aim, Run, compiles, count_compiles, run

MANAGED = "/usr/local/apache /usr/local/tomcat /usr/java /etc/profile /etc/systemd/system"
NAMES = """for s in /var/lib/catherd/secrets/*; do
  printf 's/%s/the secret %s/g;' "$(cat "$s")" "${s##*/}"
done"""
"""Printed on a node: how a secret is shown by its name, wherever it stands."""

LIST = rf"""
cd /
find {MANAGED} -xdev \( -path /usr/local/tomcat/logs -o -path /usr/local/tomcat/temp \
  -o -path /usr/local/tomcat/work -o -path /usr/local/apache/logs \) -prune -o -print |
sort | while read -r f; do
  sum=-
  case $f in
  /usr/local/apache/bin/httpd) ;; # holds the time of its compilation
  *) [ -L "$f" ] || [ ! -f "$f" ] || sum=$(sed "$names" "$f" | sha256sum | cut -c 1-64) ;;
  esac
  echo "$(stat -c '%n %F %a %U:%G %N' "$f") $sum"
done
echo "services $(systemctl is-active httpd tomcat | tr '\n' ' ')"
echo "accounts $(getent passwd tomcat | cut -d : -f 1,6,7)"
echo "lock $(ls /var/lib/catherd/lock /var/lib/catherd/jobs 2>/dev/null)"
"""
"""All that an installation is responsible for, the logs of running services apart."""

State = dict[str, set[str]]


def main() -> None:
    """Kill, resume, compare; print a table."""
    wanted = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    chance = random.Random(int(sys.argv[2]) if len(sys.argv) > 2 else None)
    hosts = fresh()
    whole = run(hosts)
    if whole.killed or whole.process.returncode:
        sys.exit("the undisturbed installation did not succeed")
    undisturbed, kills, wrong, round = state(hosts), 0, 0, 0
    print(f"undisturbed: {whole.seconds:.0f} s, {sum(map(len, undisturbed.values()))} paths")
    while kills < wanted:
        round += 1
        hosts = fresh()
        kills += installation(hosts, kills, chance)
        found = state(hosts)
        other = sum(len(found[name] ^ undisturbed[name]) for name in found)
        for name in found if other else ():
            for line in sorted(found[name] ^ undisturbed[name])[:6]:
                print(f"     {name}: {line}")
        started = compiles(hosts)
        wrong += bool(other) + (started != 1)
        print(f"installation {round}: differences {other}, compiles {started}", flush=True)
    print(f"{kills} kills in {round} installations, {wrong} of them ended otherwise")
    sys.exit(1 if wrong else 0)


def fresh() -> lab.Lab:
    """Bare hosts with a short build, AJP and encryption: secrets are made too."""
    lab.up(lab.LabSpec(LAB), say)
    hosts = lab.reset(LAB, say)
    path = write_answers(hosts, say, options={"members": "ajp", "encrypt": True})
    path.write_text(re.sub(r"(\[software\.httpd\]\n)", r'\1modules = "few"\n', path.read_text()))
    count_compiles(hosts)
    return hosts


LAB = os.environ.get("CATHERD_TEST_LAB", NAME)


def aims(chance: random.Random) -> Iterator[tuple[str, Aim, float]]:
    """Where runs are killed, and how long after they have come there."""
    yield "upload", killing.change("unpack"), chance.uniform(0.02, 0.3)
    yield "upload", killing.change("build"), chance.uniform(0.0, 0.1)
    yield "compile", killing.change("build"), chance.uniform(2, 6)
    for _ in range(3):
        yield "compile", killing.joined, chance.uniform(0.5, 4)
    while True:
        yield "at random", killing.after(chance.randint(10, 110)), chance.uniform(0, 1)


def installation(hosts: lab.Lab, number: int, chance: random.Random) -> int:
    """One installation, killed until it ends; how often that was."""
    began = time.monotonic()
    for kills, (name, aim, delay) in enumerate(aims(chance)):
        this = run(hosts, aim, delay)
        if not this.killed:
            if this.process.returncode:
                errors = [each["error"] for each in this.told if each.get("error")]
                sys.exit(f"a resumed run failed: {errors}")
            print(f"     ended by itself after {time.monotonic() - began:.0f} s")
            return kills
        show(hosts, number + kills + 1, name, this)
    raise AssertionError


def show(hosts: lab.Lab, number: int, aim: str, this: Run) -> None:
    """A line of the table: what was going on when the run was killed."""
    doing = []
    for host, what in sorted(this.doing().items()):
        staged = on(hosts, host, STAGED).strip() if what.startswith(("unpack", "build")) else "0"
        upload = f" ({int(staged or 0) / 1e6:.0f} MB uploaded)" if int(staged or 0) else ""
        doing.append(f"{host}: {what}{upload}")
    print(f"{number:4} {aim:<10} {this.seconds:6.1f} s  {'; '.join(doing) or '-'}", flush=True)


def state(hosts: lab.Lab) -> State:
    """What lies on each host; secrets, which no two installations share, by their names."""
    script = f"names='{on(hosts, hosts.tomcats[0].name, NAMES)}'\n{LIST}"
    return {host.name: set(on(hosts, host.name, script).splitlines()) for host in hosts.hosts}


if __name__ == "__main__":
    main()
