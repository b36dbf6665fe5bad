"""The controller is killed at every moment of an installation in memory, and again at every
moment of the run that resumes it, for each state of the hosts that the first kill can leave.

Each time the last run must end like an undisturbed one, with one build and a plausible journal,
and all can be taken back. Usage: bench/crash_points.py [EVERY]

With EVERY, of so many second moments one is tried after each first kill.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from unittest.mock import patch

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tests.engine.kills import Undisturbed, Verdict, in_parallel, killed_once, killed_twice
from tests.engine.quick import quick_edits_on
from tests.engine.three_hosts import proved


def main() -> None:
    """Print how many moments were tried and what was wrong after them."""
    every = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    for module, name, quick in quick_edits_on():
        setattr(module, name, quick)
    standing_in = patch("installer.engine.performing.carry_out_proof", proved)
    with standing_in, tempfile.TemporaryDirectory() as name:
        place = Path(name)
        undisturbed = Undisturbed.run(place / "undisturbed")
        moments, firsts = range(1, len(undisturbed.moments)), undisturbed.distinct()
        print(f"{'':<46} {'kills':>7} {'faults':>7} {'seconds':>8}")
        began = time.monotonic()
        once = in_parallel(partial(killed_once, place, undisturbed), moments)
        faults = report("crash points", once, began)
        began = time.monotonic()
        again = partial(killed_twice, place, undisturbed, step=every)
        twice = in_parallel(again, firsts)
        faults += report(f"double crash points after {len(firsts)} states", twice, began)
    sys.exit("\n".join(faults) or 0)


def report(what: str, verdicts: Sequence[Verdict], began: float) -> list[str]:
    """A line of the table; all that was wrong."""
    faults = [fault for each in verdicts for fault in each.faults]
    kills, seconds = sum(each.kills for each in verdicts), time.monotonic() - began
    print(f"{what:<46} {kills:7} {len(faults):7} {seconds:8.1f}", flush=True)
    return faults


if __name__ == "__main__":
    main()
