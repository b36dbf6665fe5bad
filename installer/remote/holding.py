"""A run's hold on one host: taken, told of the step, looked at before each change, given back."""

from __future__ import annotations

from installer.remote.locking import (
    HELD,
    at_step,
    guard,
    is_ours,
    locked,
    release_script,
    take_script,
    taken_over,
    taken_over_by,
)
from installer.remote.outcome import told
from installer.remote.running import Runner
from installer.remote.script import Script
from runbook.text import T

_TRIES = 3


class Hold:
    """The lock on one host, as far as this run has it."""

    def __init__(self, name: str, runner: Runner) -> None:
        self._name, self._runner = name, runner
        self._ours: str | None = None
        self._told: str | None = None
        """What the lock on the host says."""

    def take(self, holder: str, takeover: bool) -> None:
        """Take the lock; raises ``Locked`` and says who holds it."""
        before, self._ours = self._ours, holder  # also where the answer gets lost on its way
        instead_of = self._told if before else None
        for _ in range(_TRIES):
            result = self._runner.run(take_script(holder, instead_of), timeout=60)
            if result.ok:
                self._told = holder
                return
            if result.code != HELD:
                break
            instead_of = result.text
            if not takeover and not is_ours(instead_of, holder):
                self._ours = before
                raise locked(self._name, instead_of)
        self._ours = before
        raise told(self._name, T("{host} could not be locked.", host=self._name), result)

    def at_step(self, step: str) -> None:
        """From now on the lock is to name this step; the next guarded script takes that along."""
        if self._ours is not None:
            self._ours = at_step(self._ours, step)

    def guarded(self, script: Script) -> Script:
        """The script, which now changes nothing once the lock is somebody else's."""
        if self._ours is None:
            return script
        tell = self._told != self._ours
        return Script(guard(self._ours, tell) + script.text, script.data)

    def check(self, code: int, said: str) -> None:
        """Look at how a guarded script has ended; raises ``Locked`` where its guard stopped it."""
        now = taken_over_by(code, said)
        if now is not None and self._ours is not None:
            raise taken_over(self._name, now)
        self._told = self._ours

    def release(self) -> None:
        """Give the host free, if it is ours."""
        if self._ours is not None:
            self._runner.run(release_script(self._ours), timeout=60)
            self._ours = self._told = None
