"""Judges: the usual ways to compare what was seen with what was expected."""

from __future__ import annotations

import re
from collections.abc import Callable

from runbook.check import Judge, Seen, Verdict
from runbook.probes import FileAt, Http, ServiceAt, Sh
from runbook.text import T, Text


def succeeds(probe: Sh) -> Judge:
    """The command exits 0."""

    def judge(seen: Seen) -> Verdict:
        output = seen.facts[probe]
        words = output.text or T("exit code {code}", code=output.code)
        return Verdict(output.code == 0, words)

    return judge


def shows(probe: Sh, pattern: str) -> Judge:
    """The command exits 0 and prints something that matches ``pattern``."""
    expression = re.compile(pattern, re.MULTILINE)

    def judge(seen: Seen) -> Verdict:
        output = seen.facts[probe]
        words = output.text or T("nothing, exit code {code}", code=output.code)
        return Verdict(output.code == 0 and bool(expression.search(output.text)), words)

    return judge


def exists(probe: FileAt) -> Judge:
    """Something lies at the path."""

    def judge(seen: Seen) -> Verdict:
        state = seen.facts[probe]
        return Verdict(state.exists, probe.path if state.exists else T("nothing there"))

    return judge


def unchanged_by(probe: FileAt, edit: Callable[[bytes], bytes], yes: Text, no: Text) -> Judge:
    """The edit finds nothing to change in the file: it says already what it should."""

    def judge(seen: Seen) -> Verdict:
        data = seen.facts[probe].data
        if data is None:
            return Verdict(False, T("no such file"))
        right = edit(data) == data
        return Verdict(right, yes if right else no)

    return judge


def starts_at_boot(probe: ServiceAt) -> Judge:
    """The service is enabled in the host's own manager."""

    def judge(seen: Seen) -> Verdict:
        state = seen.facts[probe]
        words = T("starts at boot") if state.enabled else T("does not start at boot")
        return Verdict(state.enabled, words if state.exists else T("no such service"))

    return judge


def runs(probe: ServiceAt) -> Judge:
    """The service runs."""

    def judge(seen: Seen) -> Verdict:
        state = seen.facts[probe]
        if not state.running:
            return Verdict(False, T("stopped ({detail})", detail=state.detail or "-"))
        return Verdict(True, T("running, process {pid}", pid=state.pid))

    return judge


def is_current(probe: ServiceAt) -> Judge:
    """The service, where it runs, has read the configuration that is on disk."""

    def judge(seen: Seen) -> Verdict:
        stale = seen.facts[probe].stale
        return Verdict(not stale, T("a restart is owed") if stale else T("it is"))

    return judge


def answers(probe: Http, *statuses: int) -> Judge:
    """The page answers with one of these statuses; none given means any below 500."""

    def judge(seen: Seen) -> Verdict:
        reply = seen.facts[probe]
        if reply.status == 0:
            return Verdict(False, reply.error)
        good = reply.status in statuses if statuses else reply.status < 500
        return Verdict(good, T("HTTP status {status}", status=reply.status))

    return judge


def values(text: str) -> dict[str, str]:
    """The ``key=value`` lines of an output."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {key.strip(): value.strip() for key, _, value in pairs}
