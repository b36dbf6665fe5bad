"""What lessons say of lines: they are those that the step writes, and none is left unexplained."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from runbook.actions import Edit, Put
from runbook.edits.httpd_conf import INCLUDE_COMMENT
from runbook.edits.httpd_lines import parsed
from runbook.edits.web_xml import COMMENT
from runbook.training.lesson import Lesson, Meaning
from runbook.training.lessons import LESSONS
from tests.engine.given import TOMCAT_FILES
from tests.engine.memory_software import FIXTURES
from tests.engine.step_data import HOSTS, STEPS, a_host, actions

EXPLAINED = {
    "httpd-service", "profile", "tomcat-boot", "server-xml", "web-xml", "httpd-conf", "modproxy",
}  # fmt: skip
BEFORE = {
    "server.xml": TOMCAT_FILES / "server.xml",
    "web.xml": TOMCAT_FILES / "ROOT.web.xml",
    "httpd.conf": FIXTURES / "httpd/2.4.68.conf",
}
"""Files as they are installed, by name."""
FOR_PEOPLE = {"Description", "Documentation"}
"""For people who read what systemd lists."""
NO_LINES = {"esac", INCLUDE_COMMENT, f"<!-- {COMMENT} -->"}
"""Comments, and what ends another line."""


def meanings(step: str) -> tuple[Meaning, ...]:
    return next(each for each in LESSONS if each.step == step).lines


def texts(step: str) -> str:
    return "\n".join(each.text for each in meanings(step))


def written(step: str) -> list[str]:
    """The lines that the step brings to the files of all hosts of the training's cluster."""
    lines: list[str] = []
    for name in HOSTS:
        # As installer.lab.cluster answers: the manager is open to the controller.
        allowed = {"manager_allow": ["127.0.0.1", "::1", "192.168.232.1"]}
        host = replace(a_host(name, options=allowed), secrets={})
        if STEPS[step].concerns(host):
            for action in actions(step, host):
                if isinstance(action, Put):
                    lines += action.content.decode().splitlines()
                elif isinstance(action, Edit):
                    lines += brought(action)
    return lines


def brought(edit: Edit) -> list[str]:
    """What is new, and what the step wants to stand there even if it does already."""
    name = edit.path.rpartition("/")[2]
    before = BEFORE[name].read_bytes() if name in BEFORE else b""
    old, new = before.decode().splitlines(), edit.change(before).decode().splitlines()
    wanted = {line.text for line in edit.lines}
    return [line for line in new if line not in old or line in wanted]


def stands(text: str, line: str) -> bool:
    """Whether the line holds ``text``, in which … is what differs from host to host."""
    return re.search(".*".join(map(re.escape, text.split("…"))), line) is not None


def test_lessons_of_steps_that_write_files_explain_their_lines() -> None:
    assert {each.step for each in LESSONS if each.lines} == EXPLAINED


@pytest.mark.parametrize(
    "lesson", [each for each in LESSONS if each.lines], ids=lambda each: each.step
)
def test_what_is_explained_is_written(lesson: Lesson) -> None:
    lines = written(lesson.step)
    for meaning in lesson.lines:
        assert any(stands(meaning.text, line) for line in lines), meaning.text
        assert str(meaning.why).endswith(".")
    assert len({each.text for each in lesson.lines}) == len(lesson.lines)


def test_each_element_attribute_and_class_of_server_xml_is_explained() -> None:
    whole, said = "\n".join(written("server-xml")), texts("server-xml")
    whole = re.sub(r"<!--.*?-->", "", whole, flags=re.DOTALL)
    names = {
        *(f"<{tag}" for tag in re.findall(r"<(\w+)", whole)),
        *(f"{name}=" for name in re.findall(r"(\w+)=\"", whole)),
        *(f'.{name}"' for name in re.findall(r"className=\"[\w.]+\.(\w+)\"", whole)),
    }
    assert {"<Cluster", "jvmRoute=", "bindOnInit=", '.ReplicationValve"'} <= names
    said = said.replace("…", ".")
    assert [
        name for name in sorted(names) if not re.search(rf"(?<!\w){re.escape(name)}", said)
    ] == []


def test_each_directive_and_parameter_of_the_balancer_is_explained() -> None:
    source, said = "\n".join(written("modproxy")), texts("modproxy")
    lines = [line for line in parsed(source.encode()).lines if line.name]
    directives = {line.name for line in lines}
    directives |= {f"<{each.split()[0].lower()}" for line in lines for each in line.sections}
    assert {"balancermember", "proxypass", "require", "<proxy", "<location"} <= directives
    firsts = {text.split()[0].lower() for text in said.splitlines()}
    assert directives - firsts == set()
    parameters = {
        word.partition("=")[0]
        for line in lines
        if line.name in ("balancermember", "proxyset")
        for word in line.words
        if "=" in word
    }
    assert {"route", "hcmethod", "nofailover"} <= parameters
    assert {each for each in parameters if not re.search(rf"(?<!\w){each}=", said)} == set()
    served = {line.words[0] for line in lines if line.name == "proxypass"}
    assert {path for path in served if f'ProxyPass "{path}"' not in said} == set()


@pytest.mark.parametrize("step", ["httpd-service", "tomcat-boot"])
def test_each_setting_of_a_unit_is_explained(step: str) -> None:
    whole = "\n".join(written(step))
    settings = {*re.findall(r"^(Environment=\w+|[A-Z]\w+)=", whole, re.MULTILINE)} - FOR_PEOPLE
    assert {"ExecStart", "WantedBy"} <= settings
    said = re.findall(r"^(Environment=\w+|[A-Z]\w+)=", texts(step), re.MULTILINE)
    assert settings - {*said} == set()


@pytest.mark.parametrize("step", ["profile", "httpd-conf", "web-xml"])
def test_each_line_is_explained(step: str) -> None:
    lines = {line.strip() for line in written(step)} - NO_LINES
    unexplained = {
        line for line in lines if not any(stands(each.text, line) for each in meanings(step))
    }
    assert unexplained == set()
