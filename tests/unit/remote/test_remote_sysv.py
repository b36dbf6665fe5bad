"""Services of a SysV host: real processes behind a small init script; the lab has real ones."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from installer.remote.answers import parse_survey
from installer.remote.operations import SetService
from installer.remote.script import MISSING, NO_TOOL, NOT_UP, Script
from installer.remote.scripts import render
from installer.remote.survey import Questions, survey_script
from installer.remote.target import Result
from runbook.assets import asset
from runbook.errors import BadInput
from runbook.probes import ServiceAt, ServiceState
from tests.unit.remote.running import run

INIT_SCRIPT = """#!/bin/sh
# chkconfig: 2345 85 15
# description: something that sleeps
# processname: sleep
# pidfile: ROOT/it.pid
echo "$1" >>ROOT/calls
case $1 in
start|restart)
  [ ! -f ROOT/dies ] || { echo 'it died'; exit 0; }
  [ "$1" = start ] || kill "$(cat ROOT/it.pid)"
  sleep 60 & echo $! >ROOT/it.pid ;;
stop) [ ! -f ROOT/it.pid ] || { kill "$(cat ROOT/it.pid)"; rm ROOT/it.pid; } ;;
reload) ;;
status) exit 0 ;;
esac
"""
"""Its ``status`` lies, as that of apachectl does."""

UPDATE_RC_D = """#!/bin/sh
[ "$1" != -f ] || shift
case $2 in
defaults)
  for n in 2 3 4 5; do ln -s ../init.d/"$1" ROOT/rc$n.d/S01"$1"; done
  for n in 0 1 6; do ln -s ../init.d/"$1" ROOT/rc$n.d/K01"$1"; done ;;
disable) for n in 2 3 4 5; do mv ROOT/rc$n.d/S01"$1" ROOT/rc$n.d/K01"$1"; done ;;
remove) rm -f ROOT/rc?.d/[SK]01"$1" ;;
esac
"""


@dataclass
class SysV:
    root: Path

    def run(self, script: Script, shell: str = "sh") -> Result:
        text = script.text.replace("/run/systemd/system", "/no/such")
        text = text.replace("/run/catherd-", f"{self.root}/record-")
        text = text.replace("/etc/", f"{self.root}/").replace("/var/lib/", f"{self.root}/lib/")
        return run(replace(script, text=text), shell, path=f"{self.root}/bin:/usr/bin:/bin")

    def look(self, *probes: ServiceAt, shell: str = "sh") -> list[ServiceState]:
        questions = Questions.of(probes)
        answers = parse_survey(questions, self.run(survey_script(questions), shell).output)
        return [answers[probe] for probe in probes]  # type: ignore[misc]

    def tool(self, name: str, text: str) -> None:
        tool = self.root / "bin" / name
        tool.write_text(text.replace("ROOT", str(self.root)))
        tool.chmod(0o755)

    def links(self) -> list[str]:
        return sorted(str(link.relative_to(self.root)) for link in self.root.glob("rc?.d/*"))


@pytest.fixture
def sysv(tmp_path: Path) -> Iterator[SysV]:
    for name in ("init.d", "bin", *(f"rc{level}.d" for level in range(7))):
        (tmp_path / name).mkdir()
    script = tmp_path / "init.d/it"
    script.write_text(INIT_SCRIPT.replace("ROOT", str(tmp_path)))
    script.chmod(0o755)
    found = SysV(tmp_path)
    found.tool("service", '#!/bin/sh\nexec env -i PATH="$PATH" ROOT/init.d/"$1" "$2"\n')
    found.tool("update-rc.d", UPDATE_RC_D)
    yield found
    if (tmp_path / "it.pid").exists():
        os.kill(int((tmp_path / "it.pid").read_text()), signal.SIGKILL)


@pytest.fixture
def chkconfig(sysv: SysV) -> SysV:
    """With the lab's stand-in for chkconfig."""
    text = (asset("lab") / "chkconfig").read_text().replace("/etc/", f"{sysv.root}/")
    sysv.tool("chkconfig", text)
    return sysv


def test_a_service_is_started_and_stopped(sysv: SysV, shell: str) -> None:
    it = ServiceAt("it")
    assert sysv.look(it, ServiceAt("none"), shell=shell) == [
        ServiceState(exists=True, detail="inactive (dead), disabled"),
        ServiceState(detail="not-found"),
    ], "its own word for it would be that it runs"
    assert sysv.run(render(SetService("it", action="start")), shell) == Result(0)
    state = sysv.look(it, shell=shell)[0]
    assert (state.running, state.pid) == (True, int((sysv.root / "it.pid").read_text()))
    assert sysv.run(render(SetService("it", action="stop")), shell) == Result(0)
    assert not sysv.look(it)[0].running
    assert not list(sysv.root.glob("record-*"))


def test_without_the_command_service_the_script_itself_is_called(sysv: SysV, shell: str) -> None:
    (sysv.root / "bin/service").unlink()
    if shutil.which("service", path="/usr/bin:/bin"):
        pytest.skip("this machine has the command where every script finds it")
    assert sysv.run(render(SetService("it", action="start")), shell) == Result(0)
    assert sysv.look(ServiceAt("it"))[0].running


def test_a_service_that_dies_at_once_is_told(sysv: SysV, shell: str) -> None:
    """Though its script says that all is well."""
    (sysv.root / "dies").write_text("")
    result = sysv.run(render(SetService("it", action="start")), shell)
    assert (result.code, result.text) == (NOT_UP, "it died")


def test_a_pid_that_is_another_program_by_now_is_not_the_service(sysv: SysV) -> None:
    (sysv.root / "it.pid").write_text(f"{os.getppid()}\n")
    try:
        assert not sysv.look(ServiceAt("it"))[0].running
    finally:
        (sysv.root / "it.pid").unlink()


def test_a_service_that_is_not_there(sysv: SysV) -> None:
    assert sysv.run(render(SetService("none", action="start"))).code == MISSING
    assert sysv.run(render(SetService("none", enabled=False, action="stop"))).ok
    shutil.rmtree(sysv.root / "init.d")
    assert sysv.run(render(SetService("none", action="start"))).code == NO_TOOL
    assert not sysv.look(ServiceAt("none"))[0].exists


def test_a_restart_is_owed_when_a_file_changed(sysv: SysV, tmp_path: Path) -> None:
    conf = tmp_path / "it.conf"
    conf.write_text("one")
    probe = ServiceAt("it", (str(conf),))
    start = SetService("it", action="start", reads=probe.reads)
    assert sysv.run(render(start)).ok
    assert not sysv.look(probe)[0].stale
    conf.write_text("two")
    assert sysv.look(probe)[0].stale
    assert sysv.run(render(replace(start, action="reload"))).ok
    assert not sysv.look(probe)[0].stale
    conf.write_text("three")
    assert sysv.run(render(replace(start, action="restart"))).ok
    assert not sysv.look(probe)[0].stale
    assert (sysv.root / "calls").read_text().split() == ["start", "reload", "restart"]


def test_a_program_that_was_replaced_is_restarted_instead_of_reloaded(sysv: SysV) -> None:
    script, own = sysv.root / "init.d/it", sysv.root / "sleep"
    shutil.copy("/bin/sleep", own)
    text = script.read_text().replace("sleep 60", f"{own} 60")
    script.write_text(text.replace("# pidfile", f"# program: {own}\n# pidfile"))
    assert sysv.run(render(SetService("it", action="start"))).ok
    assert sysv.run(render(SetService("it", action="reload"))).ok
    own.rename(sysv.root / "sleep.before")
    shutil.copy("/bin/sleep", own)
    assert sysv.run(render(SetService("it", action="reload"))).ok
    assert (sysv.root / "calls").read_text().split() == ["start", "reload", "restart"]


@pytest.mark.parametrize("tool", ["chkconfig", "update-rc.d"])
def test_it_starts_at_boot_and_the_way_back(sysv: SysV, tool: str, shell: str) -> None:
    if tool == "chkconfig":
        text = (asset("lab") / "chkconfig").read_text()
        sysv.tool("chkconfig", text.replace("/etc/", f"{sysv.root}/"))
    assert not sysv.look(ServiceAt("it"), shell=shell)[0].enabled
    on, off = SetService("it", enabled=True), SetService("it", enabled=False)
    assert sysv.run(render(on), shell) == Result(0)
    assert sysv.look(ServiceAt("it"), shell=shell)[0].enabled
    numbers = ("85", "15") if tool == "chkconfig" else ("01", "01")
    assert sysv.links() == sorted(
        f"rc{level}.d/{'S' + numbers[0] if level in (2, 3, 4, 5) else 'K' + numbers[1]}it"
        for level in range(7)
    )
    assert sysv.run(render(off), shell) == Result(0)
    assert (sysv.links(), list(sysv.root.glob("lib/*"))) == ([], [])


def test_links_that_somebody_had_made_are_back_as_they_were(chkconfig: SysV) -> None:
    links = [chkconfig.root / f"rc{level}.d/K50it" for level in range(7)]
    for link in links:
        link.symlink_to("../init.d/it")
    before = chkconfig.links()
    assert chkconfig.run(render(SetService("it", enabled=True))) == Result(0)
    assert chkconfig.look(ServiceAt("it"))[0].enabled
    assert chkconfig.run(render(SetService("it", enabled=False))) == Result(0)
    assert chkconfig.links() == before


def test_one_that_somebody_had_enabled_is_disabled(chkconfig: SysV) -> None:
    for level in (3, 4, 5):
        (chkconfig.root / f"rc{level}.d/S85it").symlink_to("../init.d/it")
    assert chkconfig.look(ServiceAt("it"))[0].enabled
    assert chkconfig.run(render(SetService("it", enabled=False))) == Result(0)
    assert not chkconfig.look(ServiceAt("it"))[0].enabled
    assert "rc3.d/K15it" in chkconfig.links()


@pytest.fixture
def by_hand(sysv: SysV) -> ServiceAt:
    """A control script that no manager knows, and rc.local as it begins."""
    script = sysv.root / "sbin/it"
    script.parent.mkdir()
    (sysv.root / "init.d/it").rename(script)
    (sysv.root / "rc.local").write_text("#!/bin/sh\n")
    (sysv.root / "rc.local").chmod(0o755)
    return ServiceAt(str(script))


def test_a_control_script_is_started_and_stopped_past_the_manager(
    sysv: SysV, by_hand: ServiceAt, shell: str
) -> None:
    known, name = ServiceAt("it"), by_hand.name
    assert not sysv.look(known, shell=shell)[0].exists
    probe = replace(by_hand, reads=(name,))
    start = SetService(name, action="start", reads=(name,))
    assert sysv.run(render(start), shell) == Result(0)
    state, other = sysv.look(probe, known, shell=shell)
    assert (state.exists, state.running, state.stale, other.exists) == (True, True, False, False)
    assert state.pid == int((sysv.root / "it.pid").read_text())
    assert sysv.run(render(replace(start, action="restart")), shell) == Result(0)
    assert sysv.look(probe)[0].pid != state.pid
    assert sysv.run(render(SetService(name, action="stop")), shell) == Result(0)
    assert not sysv.look(probe)[0].running
    assert (sysv.root / "calls").read_text().split() == ["start", "restart", "stop"]


@pytest.mark.parametrize("place", ["rc.local", "rc.d/rc.local"])
def test_rc_local_tells_whether_it_starts_at_boot(
    sysv: SysV, by_hand: ServiceAt, place: str, shell: str
) -> None:
    local = sysv.root / place
    local.parent.mkdir(exist_ok=True)
    for line, mode, enabled in (
        (f"{by_hand.name} start &", 0o755, True),
        (f"{by_hand.name} start &", 0o644, False),
        (f"# {by_hand.name} start &", 0o755, False),
        ("", 0o755, False),
    ):
        local.write_text(f"#!/bin/sh\n{line}\n")
        local.chmod(mode)
        assert sysv.look(by_hand, shell=shell)[0].enabled is enabled


def test_no_manager_is_asked_to_start_a_control_script_at_boot(by_hand: ServiceAt) -> None:
    with pytest.raises(BadInput, match=r"rc\.local"):
        render(SetService(by_hand.name, enabled=True))
