"""What holds for all tests: they read English, no example is timed, counts are summed up."""

from __future__ import annotations

import itertools
import os
import signal
from collections import Counter

import pytest
from hypothesis import settings

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

for _signal in (signal.SIGINT, signal.SIGHUP):  # ignored below nohup, and by all that is started
    if signal.getsignal(_signal) is signal.SIG_IGN:
        signal.signal(_signal, signal.SIG_DFL)

for _name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "CATHERD_LANG"):
    os.environ.pop(_name, None)
os.environ["LANG"] = "C.UTF-8"


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Sum up what tests have counted: whole numbers that they noted with ``record_property``."""
    counts = Counter[str]()
    for report in itertools.chain.from_iterable(terminalreporter.stats.values()):
        if isinstance(report, pytest.TestReport) and report.when == "call":
            counts.update({what: n for what, n in report.user_properties if isinstance(n, int)})
    for what, number in counts.items():
        terminalreporter.write_line(f"{number} {what}", bold=True)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """With ``--dist loadfile``, tests of the lab that share an installation share a process."""
    if config.getvalue("dist") != "loadfile":
        return None
    from tests.lab.sharing import Sharing

    return Sharing(config, log)
