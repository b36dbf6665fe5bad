"""Variables in the place of values, and one template for the files of several hosts."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from installer.export.ansible.contents import Content, merged
from installer.export.ansible.naming import Naming
from installer.export.ansible.rendering import render
from runbook.errors import BadInput

WORDS = {"node.route": "tomcat1", "node.address": "10.0.0.5", "home": "/usr/local/tomcat"}
VARIABLES = {"node": {"route": "tomcat1", "address": "10.0.0.5"}, "home": "/usr/local/tomcat"}
PIECES = st.sampled_from(
    ["tomcat1", "10.0.0.5", "/usr/local/tomcat", "{{", "}}", "{%", "{#", "#}", "'", "\\", "-", ".",
     " ", "/", "x", "1", "é", "\n"]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=12).map("".join)


@given(TEXTS)
def test_a_named_text_renders_to_what_it_was(text: str) -> None:
    assert render(Naming(WORDS).text(text).encode(), VARIABLES).decode() == text


@given(TEXTS)
def test_so_does_an_expression(text: str) -> None:
    template = "{{ " + Naming(WORDS).expression(text) + " }}"
    assert render(template.encode(), VARIABLES).decode() == text


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("http://10.0.0.5:8080", "http://{{ node.address }}:8080"),
        ("/usr/local/tomcat/conf", "{{ home }}/conf"),
        ("/usr/local/tomcat-a", "/usr/local/tomcat-a"),
        ("10.0.0.55", "10.0.0.55"),
        ("10.0.0.5.6", "10.0.0.5.6"),
        ("tomcat1.", "{{ node.route }}."),
        ("{%{X}", "{{ '{%' }}{X}"),
    ],
)
def test_only_whole_words_are_values(text: str, named: str) -> None:
    assert Naming(WORDS).text(text) == named


def merge(*texts: str) -> tuple[Content, dict[str, dict[str, object]]]:
    names = [f"h{number}" for number in range(len(texts))]
    contents = {name: text.encode() for name, text in zip(names, texts, strict=True)}
    content = merged("/f", contents, dict.fromkeys(names, Naming({})), "f")
    here: dict[str, dict[str, object]] = {
        name: {"only_here": {"f": (content.only_here or {}).get(name)}} for name in names
    }
    return content, here


LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "{{ d\n", "\n"]), max_size=8).map("".join)


@given(st.lists(LINES, min_size=1, max_size=4))
def test_the_template_of_several_hosts_renders_to_the_file_of_each(texts: list[str]) -> None:
    content, here = merge(*texts)
    for number, text in enumerate(texts):
        made = render(content.data, here[f"h{number}"]) if content.template else content.data
        assert made.decode() == text


def test_what_only_one_host_has_stands_in_its_variables() -> None:
    content, here = merge("a\nb\nc\n", "a\nX\nY\nc\n")
    assert content.data == (b"a\n{% for line in only_here.f[0] %}\n{{ line }}\n{% endfor %}\nc\n")
    assert [each["only_here"] for each in here.values()] == [{"f": [["b"]]}, {"f": [["X", "Y"]]}]


def test_a_file_without_variables_is_copied_as_it_is() -> None:
    content, _ = merge("a\r\nb\n", "a\r\nb\n")
    assert (content.template, content.data) == (False, b"a\r\nb\n")


def test_lines_that_end_as_on_windows_stay_so() -> None:
    content, here = merge("a\r\nb\r\n", "a\r\nc\r\n")
    assert content.windows
    assert b"\r" not in content.data
    assert render(content.data, here["h1"]) == b"a\nc\n"


@pytest.mark.parametrize("texts", [(b"a\r\nb\n", b"a\r\nc\n"), (b"\xff1", b"\xff2")])
def test_what_cannot_be_one_template_is_told(texts: tuple[bytes, bytes]) -> None:
    contents = dict(zip(("h0", "h1"), texts, strict=True))
    with pytest.raises(BadInput, match="/f differs between hosts"):
        merged("/f", contents, dict.fromkeys(contents, Naming({})), "f")
