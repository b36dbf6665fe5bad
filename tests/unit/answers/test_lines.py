from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from runbook.fields.wrong import KeyPath
from runbook.toml_lines import line_of, lines_of

TEXT = '''\
# [not.a.table]
[cluster]
name = "a # [b]"  # = c
[software.httpd]
version = """
[x]
y = 1
"""
a.b = 1.5
"q.r" . s = [1, [2, 3],
  {x = 1, "y" = [5]},
  # ]
  4]
z = {p = "}", q.r = {}}
[[hosts]]
name = '[[hosts]]'
[hosts.ssh]
port = 22
[[hosts]]
name = 2
ssh = {port = 2}
[[hosts.keys]]
"k\\u0041" = 1
'''
EXPECTED: dict[KeyPath, int] = {
    ("cluster",): 2,
    ("cluster", "name"): 3,
    ("software",): 4,
    ("software", "httpd"): 4,
    ("software", "httpd", "version"): 5,
    ("software", "httpd", "a"): 9,
    ("software", "httpd", "a", "b"): 9,
    ("software", "httpd", "q.r"): 10,
    ("software", "httpd", "q.r", "s"): 10,
    ("software", "httpd", "q.r", "s", 0): 10,
    ("software", "httpd", "q.r", "s", 1): 10,
    ("software", "httpd", "q.r", "s", 1, 0): 10,
    ("software", "httpd", "q.r", "s", 1, 1): 10,
    ("software", "httpd", "q.r", "s", 2): 11,
    ("software", "httpd", "q.r", "s", 2, "x"): 11,
    ("software", "httpd", "q.r", "s", 2, "y"): 11,
    ("software", "httpd", "q.r", "s", 2, "y", 0): 11,
    ("software", "httpd", "q.r", "s", 3): 13,
    ("software", "httpd", "z"): 14,
    ("software", "httpd", "z", "p"): 14,
    ("software", "httpd", "z", "q"): 14,
    ("software", "httpd", "z", "q", "r"): 14,
    ("hosts",): 15,
    ("hosts", 0): 15,
    ("hosts", 0, "name"): 16,
    ("hosts", 0, "ssh"): 17,
    ("hosts", 0, "ssh", "port"): 18,
    ("hosts", 1): 19,
    ("hosts", 1, "name"): 20,
    ("hosts", 1, "ssh"): 21,
    ("hosts", 1, "ssh", "port"): 21,
    ("hosts", 1, "keys"): 22,
    ("hosts", 1, "keys", 0): 22,
    ("hosts", 1, "keys", 0, "kA"): 23,
}


def test_each_key_has_its_line() -> None:
    assert lines_of(TEXT) == EXPECTED
    assert lines_of(TEXT.replace("\n", "\r\n")) == EXPECTED


def test_what_is_missing_has_the_line_of_the_table_around_it() -> None:
    assert line_of(EXPECTED, ("hosts", 0, "ssh", "key")) == 17
    assert line_of(EXPECTED, ("hosts", 1, "address")) == 19
    assert line_of(EXPECTED, ("options", "members")) is None


@given(st.text(alphabet=st.sampled_from("[]{}=.,#\"'\\ \nab1é")) | st.text())
def test_it_never_raises(text: str) -> None:
    for line in lines_of(text).values():
        assert 1 <= line <= text.count("\n") + 1


LEAF = (
    st.integers() | st.booleans() | st.text(max_size=5) | st.lists(st.text(max_size=3), max_size=3)
)
KEYS = st.text(alphabet="ab.-\" '", min_size=1, max_size=4)
TABLES = st.dictionaries(KEYS, LEAF, max_size=4)


@given(st.dictionaries(KEYS, TABLES | st.lists(TABLES, min_size=1, max_size=3), max_size=4))
def test_written_line_by_line_it_is_found_line_by_line(data: dict[str, Any]) -> None:
    lines: list[str] = []
    expected: dict[KeyPath, int] = {}

    def write(line: str, *paths: KeyPath) -> None:
        lines.append(line)
        expected.update({path: len(lines) for path in paths if path not in expected})

    def table(path: KeyPath, header: str, content: dict[str, Any]) -> None:
        write(header, path)
        for key, value in content.items():
            at = (*path, key)
            elements = [(*at, i) for i in range(len(value))] if isinstance(value, list) else []
            write(f"{quoted(key)} = {quoted(value)}", at, *elements)

    for key, content in data.items():
        if isinstance(content, dict):
            table((key,), f"[{quoted(key)}]", content)
            continue
        expected[(key,)] = len(lines) + 1
        for i, each in enumerate(content):
            table((key, i), f"[[{quoted(key)}]]", each)
    assert lines_of("\n".join(lines)) == expected


def quoted(value: object) -> str:
    return json.dumps(value).replace("\x7f", "\\u007f")
