"""The files of a host that are looked through for mistakes, and what only the host can tell."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from installer.frontend.linting import files_on
from runbook.cluster import Cluster
from runbook.lint import lint
from runbook.probes import FileAt, FileState, Output, Sh
from tests.engine.given import ANSWERS
from tests.unit.software.init_scripts import tomcat_script


class Disk:
    """A host with these files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self.files = files

    def survey(self, probes: Iterable[FileAt | Sh]) -> dict[FileAt | Sh, FileState | Output]:
        return {probe: self._answer(probe) for probe in probes}

    def _answer(self, probe: FileAt | Sh) -> FileState | Output:
        if isinstance(probe, Sh):
            return Output(0, "\n".join(self.files).encode())
        if probe.path in self.files:
            return FileState("file", data=self.files[probe.path])
        return FileState(ancestor="/usr")


def found(name: str, text: str) -> set[tuple[str, int, str]]:
    disk = Disk({f"/etc/{name}": text.encode(), "/usr/java/jdk/bin/java": b"ELF"})
    session: Any = SimpleNamespace(
        cluster=Cluster.model_validate(ANSWERS), targets={"tomcat1": disk}
    )
    return {(each.path, each.line, each.erratum) for each in lint(files_on(session, "tomcat1"))}


LINES = ["{}", "export {}", "{}; export JAVA_HOME", "{} # by hand"]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("quote", ["", "'", '"'])
def test_a_java_home_that_is_not_there(line: str, quote: str) -> None:
    gone, there = (
        line.format(f"JAVA_HOME={quote}{home}{quote}") + "\n"
        for home in ("/usr/java/jdk1.7.0", "/usr/java/jdk")
    )
    assert found("profile", f"umask 022\n{gone}") == {("tomcat1:/etc/profile", 2, "java-home")}
    assert found("profile", there) == set()
    assert found("profile", gone + there) == set()


def test_an_init_script_that_names_another_directory() -> None:
    script = tomcat_script(Path("/usr/local/tomcat"), 8080).decode()
    wrong = [line.startswith("JAVA_HOME=") for line in script.splitlines()].index(True) + 1
    assert found("init.d/tomcat", script) == {("tomcat1:/etc/init.d/tomcat", wrong, "java-home")}


@pytest.mark.parametrize("line", ["JAVA_HOME=$(java_home)", "JAVA_HOME=", "# JAVA_HOME=/no",
                                  "    JAVA_HOME=/no", "JAVA_HOME=$JDK/jre"])  # fmt: skip
def test_a_java_home_of_which_nobody_knows(line: str) -> None:
    assert found("profile", f"{line}\n") == set()
