"""Checks whose judge is a record become tasks that fail where it would; they change nothing."""

from __future__ import annotations

import re

from installer.export.ansible.units import Place, Task, Unit, spared, titled
from runbook.check import Check
from runbook.judges import Answers, Exists, Runs, Shows, StartsAtBoot, Succeeds
from runbook.probes import Http, ServiceAt

SAID = "verify_said"
_PAUSE = 2
_SHELL = re.compile(r"[&|;<>()$`\\\"'*?\[#~=%!{}\n]")


def check_of(check: Check, place: Place) -> Unit | None:
    """The task of a check; None where only Catherd can judge."""
    match check.judge:
        case Succeeds(probe):
            task = {**_command(probe.script, place), "failed_when": f"{SAID}.rc != 0"}
        case Shows(probe, pattern):
            found = (
                f"({SAID}.stdout ~ '\\n' ~ {SAID}.stderr)"
                f" is not search({place.naming.expression(pattern)}, multiline=true)"
            )
            task = {**_command(probe.script, place), "failed_when": f"{SAID}.rc != 0 or {found}"}
        case Exists(probe):
            task = {
                "ansible.builtin.stat": {"path": place.named(probe.path)},
                "failed_when": f"not {SAID}.stat.exists",
            }
        case StartsAtBoot(probe):
            task = _service(probe, place, {"enabled": True})
        case Runs(probe):
            task = _service(probe, place, {"state": "started"})
        case Answers(probe, statuses):
            task = _page(probe, statuses, place)
        case _:
            return None
    title = {"name": titled(check.title, check.id), **task, "register": SAID}
    if check.patience:
        title["until"] = f"{SAID} is succeeded"
        title["retries"] = max(1, int(check.patience / _PAUSE))
        title["delay"] = _PAUSE
    return Unit(check.id, (title,))


def _command(script: str, place: Place) -> Task:
    """With a shell where one is needed."""
    kind = "shell" if _SHELL.search(script) else "command"
    task: Task = {
        f"ansible.builtin.{kind}": {"cmd": place.named(script)},
        "changed_when": False,
        "check_mode": False,
    }
    return {**task, **spared(script)}


def _service(probe: ServiceAt, place: Place, wanted: Task) -> Task:
    """Would something change?"""
    module = "systemd_service" if place.systemd else "service"
    return {
        f"ansible.builtin.{module}": {"name": probe.name, **wanted},
        "check_mode": True,
        "failed_when": f"{SAID} is failed or {SAID} is changed",
    }


def _page(probe: Http, statuses: tuple[int, ...], place: Place) -> Task:
    page: Task = {
        "url": place.named(f"http://{probe.host}:{probe.port}{probe.path}"),
        "status_code": list(statuses) or list(_FINE),
        "follow_redirects": "none",
        "timeout": int(probe.timeout),
    }
    if probe.headers:
        page["headers"] = {name: place.named(value) for name, value in probe.headers}
    return {"ansible.builtin.uri": page}


_FINE = (200, 204, 301, 302, 303, 304, 307, 308, 401, 403, 404)
"""The usual statuses below 500."""
