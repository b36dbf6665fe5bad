"""The environment of login shells: the document's four variables, corrected."""

from __future__ import annotations

from shlex import quote

from runbook.edits.blocks import remove_block, set_block

BLOCK = "environment"

LAST_WITH_TOOLS_JAR = 8
"""Last Java whose lib directory holds tools.jar and dt.jar."""


def environment_lines(java_home: str, catalina_home: str, java_feature: int) -> tuple[str, ...]:
    """POSIX sh that sets JAVA_HOME, CLASSPATH, PATH and CATALINA_HOME.

    This JDK comes first in PATH, and only once however often the file is read. Without tools.jar
    and dt.jar, CLASSPATH says what Java would take without it.
    """
    jars = (
        ":$JAVA_HOME/lib/tools.jar:$JAVA_HOME/lib/dt.jar"
        if java_feature <= LAST_WITH_TOOLS_JAR
        else ""
    )
    return (
        f"JAVA_HOME={quote(java_home)}",
        f"CLASSPATH=.{jars}",
        'case "$PATH:" in',
        '    "$JAVA_HOME/bin:"*) ;;',
        "    *) PATH=$JAVA_HOME/bin:$PATH ;;",
        "esac",
        f"CATALINA_HOME={quote(catalina_home)}",
        "export JAVA_HOME CLASSPATH PATH CATALINA_HOME",
    )


def edit_profile(source: bytes, java_home: str, catalina_home: str, java_feature: int) -> bytes:
    """/etc/profile with these lines in a block of their own."""
    return set_block(source, BLOCK, environment_lines(java_home, catalina_home, java_feature))


def without_environment(source: bytes) -> bytes:
    """/etc/profile without that block; as it is, where there is none."""
    return remove_block(source, BLOCK)


def own_file(lines: tuple[str, ...]) -> bytes:
    """A file of /etc/profile.d with these lines."""
    return "\n".join(("# Written by Catherd: where Java and Tomcat are.", *lines, "")).encode()
