"""The runbook as Markdown and as HTML: everything is in it, and nothing that should not be."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from installer.export.html import diffed, html
from installer.export.markdown import markdown
from installer.export.model import Runbook
from runbook.artefact import Java
from runbook.language import LANGUAGES
from runbook.steps import RUNBOOK
from runbook.text import use_language
from tests.engine.given import ANSWERS, JDK
from tests.lab.following import blocks
from tests.unit.export.documents import SECRETS, SYSV, TWO_ON_ONE, runbook

VOID = {"meta", "link", "br", "img", "input"}


class Page(HTMLParser):
    """Notes addresses, anchors, links and code; fails on tags that do not match."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.code: list[str] = []
        self.outside: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in VOID:
            self.open.append(tag)
        for name, value in attrs:
            if name == "id":
                self.ids.append(value or "")
            elif name == "href" and (value or "").startswith("#"):
                self.links.append((value or "")[1:])
            elif name in ("src", "href") and value != "data:,":
                self.outside.append(value or "")
        if self.open[-2:] == ["pre", "code"]:
            self.code.append("")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        pass

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "pre" in self.open:
            self.code[-1] += data


@pytest.fixture(params=[{}, SECRETS, TWO_ON_ONE], ids=["plain", "secrets", "instances"])
def written(request: pytest.FixtureRequest) -> Runbook:
    return runbook(request.param)


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    use_language(request.param)
    yield request.param
    use_language(None)


def test_every_step_check_and_erratum_is_in_it(written: Runbook, language: str) -> None:
    for text in (markdown(written), html(written)):
        plain = text.replace("\\", "").replace("&#39;", "'").replace("&#34;", '"')
        plain = plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
        words = " ".join(plain.split())
        for step in RUNBOOK:
            assert str(step.title) in words
            assert " ".join(str(step.prose).partition("\n\n")[0].split()) in words
            for erratum in step.errata:
                assert " ".join(str(erratum.happens).split()) in words
        for chapter in written.chapters:
            for part in chapter.parts:
                for asked in part.checks:
                    assert " ".join(str(asked.check.title).split()) in words


def test_all_blocks_are_shell(written: Runbook) -> None:
    found = list(blocks(markdown(written)))
    assert len(found) > 50
    for block in found:
        done = subprocess.run(
            ["sh", "-n"], input=block.commands, text=True, capture_output=True, check=False
        )
        assert done.returncode == 0, (block, done.stderr)
        assert block.hosts


def test_each_of_two_tomcats_on_one_host_is_there() -> None:
    text = markdown(runbook(TWO_ON_ONE))
    for name in ("a", "b"):
        assert f"| tomcat1/{name} | tomcat | 192.168.232.5 |" in text
        assert f"systemctl start tomcat-{name}" in text
        assert f"mkdir /usr/local/tomcat-{name}\n" in text
    assert "\nservice tomcat start\n" in text
    gone = "while systemctl -q is-active tomcat-a; do sleep 1; done"
    assert f"systemctl kill -s KILL tomcat-a\n{gone}\n" in text


JDKS = [
    ({"source": "package"}, {"jdk": None}, "apt-get -q -y"),
    ({"source": "existing:/opt/jdk"}, {"jdk": None}, "Environment=JAVA_HOME=/opt/jdk"),
    ({"accept_licence": True}, {"jdk": replace(JDK, name="jdk.bin", format="bin")},
     "printf 'yes\\n\\n' | sh /root/catherd/jdk.bin"),
    ({"accept_licence": True}, {"jdk": replace(JDK, name="jdk.rpm", format="rpm"),
     "java": Java(home="/usr/java/jdk1.6.0_04", packages=("jdk-1.6.0_04-fcs",))},
     "( set -- /root/catherd/jdk.rpm\nrpm -i \"$1\" )"),
]  # fmt: skip


@pytest.mark.parametrize(("answers", "archives", "command"), JDKS)
def test_any_form_of_jdk_is_installed_by_hand(
    answers: dict[str, Any], archives: dict[str, Any], command: str
) -> None:
    jdk = {**ANSWERS["software"]["jdk"], **answers}
    if not archives["jdk"]:
        del jdk["sha256"]
    text = markdown(runbook({"software": {**ANSWERS["software"], "jdk": jdk}}, archives))
    assert command in text
    for block in blocks(text):
        subprocess.run(["sh", "-n"], input=block.commands, text=True, check=True)


def test_both_forms_have_the_same_commands(written: Runbook) -> None:
    commands = [block.commands.rstrip("\n") for block in blocks(markdown(written))]
    assert [code.rstrip("\n") for code in Page(html(written)).code] == commands


@pytest.mark.parametrize("answers", [{}, SECRETS, SYSV, TWO_ON_ONE])
def test_both_languages_have_the_same_commands(answers: dict[str, Any]) -> None:
    found = []
    for language in LANGUAGES:
        use_language(language)
        try:
            found.append((text := markdown(runbook(answers)), list(blocks(text))))
        finally:
            use_language(None)
    (english, commands), (chinese, same) = found
    assert english != chinese
    assert commands == same


def test_the_page_needs_nothing_from_elsewhere(written: Runbook, language: str) -> None:
    page = Page(html(written))
    assert page.outside == []
    assert set(page.links) <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    assert {step.id for step in RUNBOOK} <= set(page.links)
    assert f'<html lang="{language}">' in html(written)


def test_secrets_are_made_by_whoever_follows_it() -> None:
    text = markdown(runbook(SECRETS))
    assert "od -An -v -tx1 -N24 /dev/urandom" in text
    assert 'secret="@ajp@"' in text
    assert "s/@ajp@/%s/g" in text
    assert "secret=@ajp@" in text
    makes = [block for block in blocks(text) if "/dev/urandom" in block.commands]
    assert [block.hosts for block in makes] == [("here",)]
    copied = {
        block.hosts: block.commands for block in blocks(text) if "sha256sum -c" in block.commands
    }
    assert "ajp.secret" in copied[("balancer",)]
    assert "replication.secret" not in copied[("balancer",)]
    assert "replication.secret" in copied[("tomcat1",)]


def test_a_secret_is_filled_in_without_being_shown(tmp_path: Path) -> None:
    """The commands themselves, on a file: what they leave is what a node would read."""
    text = markdown(runbook(SECRETS))
    fills = [block for block in blocks(text) if "@replication@" in block.commands]
    assert fills
    target, stage = tmp_path / "server.xml", tmp_path / "stage"
    stage.mkdir()
    (stage / "ajp.secret").write_text("12ab\n")
    target.write_text('secret="@ajp@"\n')
    lines = fills[-1].commands.split("printf 's/@ajp@", 1)[1].split("\nchown", 1)[0]
    script = "printf 's/@ajp@" + lines.split("\nprintf", 1)[0]
    script = script.replace("/usr/local/tomcat/conf/server.xml", str(target))
    subprocess.run(["sh", "-eu", "-c", script.replace("/root/catherd", str(stage))], check=True)
    assert target.read_text() == 'secret="12ab"\n'


def test_hosts_for_which_a_step_is_the_same_share_it() -> None:
    chapters = {chapter.step.id: chapter for chapter in runbook().chapters}
    assert [part.hosts for part in chapters["jdk"].parts] == [("tomcat1", "tomcat2")]
    assert [part.hosts for part in chapters["server-xml"].parts] == [("tomcat1",), ("tomcat2",)]
    assert [part.hosts for part in chapters["preflight"].parts][-1] == ("tomcat1", "tomcat2")


@pytest.mark.parametrize(
    "ssh",
    [
        ({"alias": "edge", "config": "ssh_config"}, "scp -p -F ssh_config"),
        ({"host": "10.0.0.9", "port": 2222, "user": "op", "key": "~/.ssh/a key"},
         "scp -p -P 2222 -i ~/'.ssh/a key'"),
        ({"jump": "op@gate:22"}, "scp -p -J op@gate:22"),
    ],
)  # fmt: skip
def test_the_way_to_a_host_is_that_of_the_answers(ssh: tuple[dict[str, Any], str]) -> None:
    hosts = [
        {"name": "balancer", "role": "balancer", "address": "192.168.232.4", "ssh": ssh[0]},
        {"name": "tomcat1", "role": "tomcat", "address": "192.168.232.5"},
        {"name": "tomcat2", "role": "tomcat", "address": "192.168.232.6"},
    ]
    text = markdown(runbook({"hosts": hosts}))
    assert f"\n{ssh[1]} httpd-2.4.68.tar.gz " in text


def test_a_diff_shows_as_one_and_other_lines_do_not() -> None:
    lines = "cp -p a b\n- x\n--- a\n+++ b\n@@ -1 +1 @@\n-old\n+new\n same\nEND\n-not\n"
    kinds = [kind for kind, _ in diffed(f"patch a <<'END'\n{lines}")]
    assert kinds == ["", "", "", "take", "add", "at", "take", "add", "", "", ""]
