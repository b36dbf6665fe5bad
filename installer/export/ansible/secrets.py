"""The role ``secrets``: what the hosts have already, else made anew; never in the project."""

from __future__ import annotations

from collections.abc import Iterable

from installer.export.ansible.units import Task
from runbook.host import SECRET_BYTES, SECRETS
from runbook.text import T


def tasks(names: Iterable[str]) -> list[Task]:
    """All hosts are asked, whatever part of them the playbook is limited to."""
    return [task for name in names for task in _tasks(name)]


def _tasks(name: str) -> Iterable[Task]:
    found, digits = f"secrets_found_{name}", 2 * SECRET_BYTES[name]
    yield {
        "name": str(T("Read the secret {name} where there is one", name=name)),
        "ansible.builtin.slurp": {"src": f"{SECRETS}/{name}"},
        "register": found,
        "loop": "{{ groups['all'] }}",
        "delegate_to": "{{ item }}",
        "run_once": True,
        "failed_when": f"{found} is failed and 'not found' not in {found}.msg",
        "no_log": True,
    }
    yield {
        "name": str(T("Take that secret {name}, or make one", name=name)),
        "ansible.builtin.set_fact": {
            f"secrets_{name}": (
                f"{{{{ ({found}.results | map(attribute='content', default='') | map('b64decode')"
                f" | map('trim') | select('match', '^[0-9a-f]{{{digits}}}$') | list"
                f" + [lookup('ansible.builtin.password', '/dev/null',"
                f" length={digits}, chars=['0123456789abcdef'])]) | first }}}}"
            )
        },
        "run_once": True,
        "no_log": True,
    }
