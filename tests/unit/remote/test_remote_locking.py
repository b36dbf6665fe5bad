"""The lock: the real scripts on this machine, and what people are told of a holder."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from installer.remote import locking
from installer.remote.identity import began
from installer.remote.script import TAKEN_OVER, Script
from tests.unit.remote.running import run


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(locking, "LOCK", str(tmp_path / "lib" / "lock"))
    return tmp_path


Take = Callable[..., tuple[int, str]]


@pytest.fixture
def take(shell: str) -> Take:
    def taking(ours: str, instead_of: str | None = None) -> tuple[int, str]:
        result = run(locking.take_script(ours, instead_of), shell)
        return result.code, result.text

    return taking


def test_one_holder_at_a_time(take: Take, shell: str, place: Path) -> None:
    assert take("me") == (0, "")
    assert take("you") == (locking.HELD, "me")
    assert take("me") == (locking.HELD, "me")
    assert take("me, later", "me") == (0, "")
    assert take("you", "me") == (locking.HELD, "me, later")
    assert take("you 'quoted'", "me, later") == (0, "")
    assert run(locking.release_script("me"), shell).ok
    assert (place / "lib" / "lock").read_text() == "you 'quoted'\n"
    assert run(locking.release_script("you 'quoted'"), shell).ok
    assert not (place / "lib").exists()


def test_the_own_lock_and_that_of_a_dead_process_are_taken_silently() -> None:
    ours = locking.holder("run")
    record = json.loads(ours)
    assert locking.is_ours(locking.holder("another step"), ours)
    assert locking.is_ours(json.dumps({**record, "pid": 2**22 + 5}), ours)
    assert locking.is_ours(json.dumps({**record, "began": "1"}), ours), "the pid was used again"
    assert not locking.is_ours(json.dumps({**record, "pid": 1, "began": began(1)}), ours)
    for other in ({"operator": "bob"}, {"machine": "elsewhere"}, {"id": "other"}, {"id": ""}):
        assert not locking.is_ours(json.dumps({**record, "pid": 2**22 + 5, **other}), ours)
    assert locking.is_ours("text", "text")
    assert not locking.is_ours("text", ours)
    assert not locking.is_ours("[1]", ours)


def test_people_are_told_who_holds_it() -> None:
    error = locking.locked("tomcat1", locking.holder("step server-xml"))
    assert "step server-xml" in str(error)
    assert "catherd unlock tomcat1" in str(error)
    assert "by hand" in str(locking.locked("tomcat1", "by hand"))


def test_a_change_is_made_only_while_the_lock_is_ours(take: Take, shell: str, place: Path) -> None:
    ours = locking.holder("it's a `run` with $(words)")
    lock, changed = place / "lib" / "lock", place / "changed"
    change = f"touch {changed}\n"

    def guarded(tell: bool = False) -> tuple[int, str]:
        result = run(Script(locking.guard(ours, tell) + change), shell)
        return result.code, result.text

    assert locking.taken_over_by(*guarded()) == "", "nobody has locked it"
    assert take(ours) == (0, "")
    ours = locking.at_step(ours, "jdk")
    assert guarded() == (0, "")
    assert json.loads(lock.read_text())["what"] == "it's a `run` with $(words)"
    assert "step" not in json.loads(lock.read_text())
    assert guarded(tell=True) == (0, "")
    assert json.loads(lock.read_text())["step"] == "jdk"
    assert lock.stat().st_mode & 0o777 == 0o600
    changed.unlink()
    other = locking.holder("another run")
    assert take(other, ours) == (0, "")
    code, said = guarded(tell=True)
    assert code == TAKEN_OVER
    assert locking.taken_over_by(code, said) == other
    assert not changed.exists()
    assert lock.read_text().strip() == other, "it is not taken back"
    assert run(locking.release_script(ours), shell).ok
    assert lock.exists(), "nor removed"
    assert [path.name for path in lock.parent.iterdir()] == ["lock"]


def test_a_step_of_a_run_may_end_with_any_code(place: Path) -> None:
    assert locking.taken_over_by(TAKEN_OVER, "make: Error 90") is None
    assert locking.taken_over_by(0, "catherd-lock: me") is None


@pytest.mark.parametrize("rubbish", ["", "by hand\nand more", "*"])
def test_what_is_no_lock_of_ours_can_be_removed(shell: str, place: Path, rubbish: str) -> None:
    lock = place / "lib" / "lock"
    lock.parent.mkdir()
    lock.write_text(rubbish)
    assert run(locking.release_script(locking.holder()), shell).ok
    assert lock.exists()
    assert run(locking.release_script(rubbish), shell).ok
    assert not lock.exists()


def test_people_are_told_the_step_and_whether_it_lives() -> None:
    ours = locking.at_step(locking.holder("catherd run 7"), "httpd-build")
    assert "catherd run 7, step httpd-build" in str(locking.locked("tomcat1", ours))
    assert "still runs" in str(locking.life(ours))
    record = json.loads(ours)
    assert "has ended" in str(locking.life(json.dumps({**record, "pid": 2**22 + 5})))
    assert "cannot be seen" in str(locking.life(json.dumps({**record, "id": "elsewhere"})))
    assert "cannot be seen" in str(locking.life("by hand"))


def test_a_process_is_known_again_after_a_reboot() -> None:
    """Its number and its ticks may be the same by chance, the boot is another."""
    boot, _, ticks = began(os.getpid()).partition("-")
    record = json.loads(locking.holder())
    assert locking.is_ours(json.dumps({**record, "began": f"{boot}x-{ticks}"}), locking.holder())
    assert not locking.is_ours(
        json.dumps({**record, "operator": "bob", "began": f"{boot}x-{ticks}"}), locking.holder()
    ), "somebody else's is never taken silently"
