"""Services, with a systemctl that is a few lines of shell; the lab has the real one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from installer.remote import services, survey
from installer.remote.answers import _Processes, parse_survey
from installer.remote.operations import SetService
from installer.remote.script import MISSING, NOT_UP, Script
from installer.remote.scripts import render
from installer.remote.survey import Questions, survey_script
from installer.remote.target import Result
from runbook.errors import BadInput
from runbook.probes import ServiceAt, ServiceState
from tests.unit.remote.running import run

SYSTEMCTL = """#!/bin/sh
echo "$*" >>"$W/calls"
verb=; names=; props=
while [ $# -gt 0 ]; do
  case $1 in
  -p) props="$props $2"; shift ;;
  -*) ;;
  *) [ -n "$verb" ] && names="${names:+$names }$1" || verb=$1 ;;
  esac
  shift
done
case $verb in
show)
  for name in $names; do
    load=not-found active=inactive pid=0 file=
    [ ! -f "$W/$name.unit" ] || load=loaded
    [ ! -f "$W/$name.enabled" ] || file=enabled
    [ ! -f "$W/$name.pid" ] || { active=active; pid=$(cat "$W/$name.pid"); }
    for p in $props; do
      case $p in
      LoadState) echo "LoadState=$load" ;; ActiveState) echo "ActiveState=$active" ;;
      MainPID) echo "MainPID=$pid" ;; UnitFileState) echo "UnitFileState=$file" ;;
      NeedDaemonReload) echo "NeedDaemonReload=no" ;; *) echo "$p=x" ;;
      esac
    done
    echo
  done ;;
enable) : >"$W/$names.enabled" ;;
disable) rm -f "$W/$names.enabled" ;;
start|restart)
  [ "$verb" = start ] || [ ! -f "$W/$names.pid" ] || kill "$(cat "$W/$names.pid")"
  if [ ! -f "$W/$names.dies" ]; then
    sleep 60 </dev/null >/dev/null 2>&1 & echo $! >"$W/$names.pid"
  fi ;;
stop) [ ! -f "$W/$names.pid" ] || { kill "$(cat "$W/$names.pid")"; rm "$W/$names.pid"; } ;;
status) echo "httpd: it died" ;;
esac
"""  # fmt: skip


@dataclass
class FakeSystemd:
    root: Path

    def run(self, script: Script, shell: str = "sh") -> Result:
        text = script.text.replace("/run/systemd/system", str(self.root))
        text = text.replace("/run/catherd-", f"{self.root}/record-")
        path = f"{self.root}/bin:/usr/bin:/bin"
        os.environ["W"] = str(self.root)
        return run(replace(script, text=text), shell, path=path)

    def look(self, *probes: ServiceAt) -> list[ServiceState]:
        questions = Questions.of(probes)
        answers = parse_survey(questions, self.run(survey_script(questions)).output)
        return [answers[probe] for probe in probes]  # type: ignore[misc]

    def calls(self) -> list[str]:
        return (self.root / "calls").read_text().splitlines()


@pytest.fixture
def systemd(tmp_path: Path) -> Iterator[FakeSystemd]:
    tool = tmp_path / "bin" / "systemctl"
    tool.parent.mkdir()
    tool.write_text(SYSTEMCTL)
    tool.chmod(0o755)
    (tmp_path / "httpd.unit").write_text("")
    yield FakeSystemd(tmp_path)
    for file in tmp_path.glob("*.pid"):
        subprocess.run(["kill", file.read_text().strip()], check=False)


def test_a_service_is_enabled_started_and_stopped(systemd: FakeSystemd, shell: str) -> None:
    httpd = ServiceAt("httpd")
    assert systemd.look(httpd, ServiceAt("none")) == [
        ServiceState(exists=True, detail="inactive (x)"),
        ServiceState(detail="not-found"),
    ]
    result = systemd.run(render(SetService("httpd", enabled=True, action="start")), shell)
    assert result == Result(0)
    state = systemd.look(httpd)[0]
    assert (state.exists, state.enabled, state.running) == (True, True, True)
    assert state.pid == int((systemd.root / "httpd.pid").read_text())
    assert systemd.run(render(SetService("httpd", enabled=False, action="stop")), shell).ok
    state = systemd.look(httpd)[0]
    assert (state.exists, state.enabled, state.running, state.pid) == (True, False, False, 0)
    assert not (systemd.root / "record-httpd").exists()


def test_a_service_that_dies_at_once_is_told(systemd: FakeSystemd, shell: str) -> None:
    (systemd.root / "httpd.dies").write_text("")
    result = systemd.run(render(SetService("httpd", action="start")), shell)
    assert result.code == NOT_UP
    assert "it died" in result.text


def test_a_service_that_is_not_there(systemd: FakeSystemd) -> None:
    assert systemd.run(render(SetService("none", action="start"))).code == MISSING
    assert systemd.run(render(SetService("none", enabled=False, action="stop"))).ok


def test_a_restored_unit_is_read_anew(systemd: FakeSystemd) -> None:
    """It is older than the one that systemd knows, which then sees no need."""
    assert systemd.run(render(SetService("httpd"))) == Result(0)
    assert systemd.run(render(SetService("none"))) == Result(0)
    assert systemd.calls().count("daemon-reload") == 2


def test_a_restart_is_owed_when_a_file_changed(systemd: FakeSystemd, tmp_path: Path) -> None:
    conf, more = tmp_path / "httpd.conf", tmp_path / "more.conf"
    conf.write_text("one")
    probe = ServiceAt("httpd", (str(conf), str(more)))
    start = SetService("httpd", action="start", reads=probe.reads)
    assert systemd.run(render(start)).ok
    assert not systemd.look(probe)[0].stale
    conf.write_text("two")
    assert systemd.look(probe)[0].stale
    conf.write_text("one")
    assert systemd.look(probe)[0].stale, "changed back, but it may have been read in between"
    more.write_text("new")
    assert systemd.look(probe)[0].stale
    assert systemd.run(render(replace(start, action="restart"))).ok
    assert not systemd.look(probe)[0].stale
    conf.write_text("three")
    assert systemd.run(render(replace(start, action="reload"))).ok
    assert not systemd.look(probe)[0].stale


def test_started_by_somebody_else_the_times_decide() -> None:
    fields = "S 1 7 7 0 -1 0 0 0 0 0 0 0 0 0 20 0 1 0"
    record = f"catherd-service httpd 7 (httpd) {fields} 4000\n{'a' * 64}  /conf\n"
    facts = f"cpu 1\nbtime 1000\n8 (odd) name) {fields} 5000 9\n{record}"
    processes = _Processes(facts)
    probe = ServiceAt("httpd", ("/conf", "/missing"))
    assert not processes.owes_restart(probe, 8, {"/conf": ("b" * 64, 1051)})
    assert processes.owes_restart(probe, 8, {"/conf": ("a" * 64, 1053)})
    assert not processes.owes_restart(probe, 9, {"/conf": ("a" * 64, 1053)})
    same = _Processes(facts + f"7 (httpd) {fields} 4000 9\n")
    assert not same.owes_restart(probe, 7, {"/conf": ("a" * 64, 1053)})
    assert same.owes_restart(probe, 7, {"/conf": ("b" * 64, 900)})
    assert same.owes_restart(probe, 7, {"/conf": ("a" * 64, 900)}, written=True)
    # A reload by hand: the file was read after it was changed.
    assert not same.owes_restart(probe, 7, {"/conf": ("b" * 64, 1060)}, reloaded=60.0)
    assert not same.owes_restart(probe, 7, {"/conf": ("a" * 64, 1060)}, True, reloaded=60.0)
    assert same.owes_restart(probe, 7, {"/conf": ("b" * 64, 1062)}, reloaded=60.0)
    assert processes.owes_restart(probe, 8, {"/conf": ("b" * 64, 1062)}, reloaded=60.0)
    assert not processes.owes_restart(probe, 8, {"/conf": ("b" * 64, 1060)}, reloaded=60.0)


def test_one_call_asks_about_all_services(systemd: FakeSystemd) -> None:
    systemd.look(*(ServiceAt(f"tomcat{number}") for number in range(5)))
    assert len(systemd.calls()) == 1
    assert all(name in systemd.calls()[0] for name in survey.UNIT_PROPERTIES)


def test_only_names_of_services_are_taken() -> None:
    for name in ("", "-x", "a/b", "a b", "../x"):
        with pytest.raises(BadInput):
            services.record_of(name)
