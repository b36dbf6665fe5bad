from __future__ import annotations

import shutil
import subprocess

import pytest

from runbook.edits.blocks import remove_block
from runbook.edits.profile import (
    BLOCK,
    edit_profile,
    environment_lines,
    own_file,
    without_environment,
)

SHELLS = [shell for shell in ("dash", "bash", "sh") if shutil.which(shell)]
SHOW = '\nprintf "%s\\n" "$JAVA_HOME" "$CLASSPATH" "$PATH" "$CATALINA_HOME"'


def after(shell: str, script: str, path: str = "/bin:/usr/bin") -> list[str]:
    done = subprocess.run(
        [shutil.which(shell) or shell, "-c", script + SHOW],
        env={"PATH": path},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("times", [1, 2, 3])
def test_reading_it_again_changes_nothing(shell: str, times: int) -> None:
    script = "\n".join(environment_lines("/usr/java/jdk-17", "/usr/local/tomcat", 17))
    assert after(shell, "\n".join([script] * times)) == [
        "/usr/java/jdk-17",
        ".",
        "/usr/java/jdk-17/bin:/bin:/usr/bin",
        "/usr/local/tomcat",
    ]


@pytest.mark.parametrize("shell", SHELLS)
def test_values_are_taken_literally(shell: str) -> None:
    home, tomcat = "/opt/it's $(here) *", '/srv/"tom`cat'
    script = "\n".join(environment_lines(home, tomcat, 17))
    seen = after(shell, f"{script}\n{script}")
    assert seen == [home, ".", f"{home}/bin:/bin:/usr/bin", tomcat]


def test_this_jdk_comes_before_an_older_one() -> None:
    script = "\n".join(environment_lines("/usr/java/new", "/t", 17))
    seen = after(SHELLS[0], script, "/usr/java/old/bin:/usr/java/new/bin:/bin")
    assert seen[2].startswith("/usr/java/new/bin:/usr/java/old/bin")


@pytest.mark.parametrize(("feature", "jars"), [(6, True), (8, True), (9, False), (25, False)])
def test_tools_jar_only_where_there_is_one(feature: int, jars: bool) -> None:
    text = "\n".join(environment_lines("/j", "/t", feature))
    assert ("CLASSPATH=.:$JAVA_HOME/lib/tools.jar:$JAVA_HOME/lib/dt.jar" in text) is jars
    assert ("CLASSPATH=.\n" in text) is not jars


def test_profile_keeps_what_was_there() -> None:
    source = b"# /etc/profile\numask 022"
    edited = edit_profile(source, "/usr/java/jdk-17", "/usr/local/tomcat", 17)
    assert edit_profile(edited, "/usr/java/jdk-17", "/usr/local/tomcat", 17) == edited
    assert remove_block(edited, BLOCK) == source
    other = edit_profile(edited, "/usr/java/jdk-21", "/usr/local/tomcat", 21)
    assert b"jdk-17" not in other
    assert remove_block(other, BLOCK) == source


def test_a_block_from_before_goes_and_nothing_else() -> None:
    source = b"# /etc/profile\numask 022"
    edited = edit_profile(source, "/usr/java/jdk-17", "/usr/local/tomcat", 17)
    assert without_environment(edited) == source
    assert without_environment(source) == source


@pytest.mark.parametrize("shell", SHELLS)
def test_a_file_of_its_own_says_the_same(shell: str) -> None:
    lines = environment_lines("/usr/java/jdk-17", "/usr/local/tomcat", 17)
    assert after(shell, own_file(lines).decode()) == after(shell, "\n".join(lines))
