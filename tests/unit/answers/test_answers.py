from __future__ import annotations

import copy
import os
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from installer.cli.init import template_text
from runbook.answers import dump, load, parse
from runbook.cluster import Cluster
from runbook.errors import BadInput, CatherdError, Faults
from runbook.fields.wrong import Conflicts
from runbook.validation import usable, validated
from runbook.writing import written
from tests.unit.answers.samples import GOOD, SUM

TEXT = written(GOOD)
PYDANTIC = re.compile(
    r"Input should|Value error|Field required|Extra inputs|validation error|type=|pydantic",
    re.IGNORECASE,
)

BAD = """\
[cluster]
nam = "x y"

[software.httpd]
version = 2.4
sha256 = "ab"

[software.tomcat]
version = "11.0.1"
source = "http://x/y.tar.gz"

[software.jdk]
version = "11"
source = "debian:jdk17"

[[hosts]]
name = "balancer"
role = "balancer"
address = "127.0.0.1"
membership = "static"

[[hosts]]
name = "tomcat1"
role = "tomcat"
address = "192.168.232.5"
http_port = "80"
[hosts.ssh]
password = "hunter2"

[[hosts]]
name = "tomcat1"
role = "tomcat"
address = "192.168.232.6"
loadfactor = 0

[options]
members = "AJP"
manager_allow = [
  "127.0.0.1",
  "0.0.0.0/0",
  3,
]
helth_checks = true
drop_time = true
encrypt = "yes"

[option]
"""
FAULTS = [
    ("name is missing", "t:1  cluster.name", 'name = "tomcatcluster"'),
    ("nam is not a key", "t:2  cluster.nam", "Did you mean name?"),
    ("source is missing", "t:4  software.httpd.source", 'source = "https://'),
    ("text in quotes, not 2.4", "t:5  software.httpd.version", 'version = "2.4.68"'),
    ("not a SHA-256 checksum", "t:6  software.httpd.sha256", "64 hexadecimal digits"),
    ("does not download over http", "t:10  software.tomcat.source", "https://"),
    ("does not run on Java 11", "t:13  software.jdk.version", "Java 17 or later"),
    ("leads each host to itself", "t:19  hosts[0].address (balancer)", "replicate nothing"),
    ("membership is not a key", "t:20  hosts[0].membership (balancer)", "under [options]"),
    ("a whole number", "t:26  hosts[1].http_port (tomcat1)", "http_port = 8080"),
    ("password is not a key", "t:28  hosts[1].ssh.password (tomcat1)", "never stored"),
    ("given twice", "t:31  hosts[2].name (tomcat1)", "a name of its own"),
    ("0 is out of range", "t:34  hosts[2].loadfactor (tomcat1)", "from 1 to 100"),
    ('"AJP" is no choice', "t:37  options.members", '"http", "ajp"'),
    ("opens the balancer manager to anybody", "t:40  options.manager_allow[1]", "take Tomcats out"),
    ("3 must be text in quotes", "t:41  options.manager_allow[2]", 'manager_allow = ["127.0.0.1"'),
    ("helth_checks is not a key", "t:43  options.helth_checks", "health_checks?"),
    ("a whole number, not true", "t:44  options.drop_time", "drop_time = 3000"),
    ('true or false, not "yes"', "t:45  options.encrypt", "encrypt = false"),
    ("option is not a key", "t:47  option", "[options]?"),
]


def faults(text: str) -> list[CatherdError]:
    with pytest.raises(Faults) as caught:
        parse(text, "t")
    return list(caught.value.faults)


def test_all_faults_in_one_go_in_the_order_of_the_file() -> None:
    found = faults(BAD)
    assert [str(each.where) for each in found] == [where for _, where, _ in FAULTS]
    for fault, (what, _, remedy) in zip(found, FAULTS, strict=True):
        assert what in str(fault.what)
        assert remedy in str(fault.remedy)
        assert not PYDANTIC.search(str(fault))
    assert "hunter2" not in "".join(map(str, found))


@pytest.mark.parametrize(
    ("text", "where", "words"),
    [
        ("a = [1", "t:1", "bracket"),
        ("\nversion = 2.4.68", "t:2:14", "Text stands in quotes"),
        ("[hosts]\n[[hosts]]", "t:2:8", "second time"),
        ("a = 1\na = 2", "t:2", "second time"),
        ("name 'x'", "t:1:6", "= is missing"),
        ("[a\nb = 1", "t:1:3", "Headers look like"),
        ('a = "\\q"', "t:1:8", "Text stands in quotes"),
        ("=", "t:1:1", "Lines look like"),
        ("[" * 1500, "t:1:3", "Lines look like"),
        ("a = " + "[" * 1500, "t", "--template prints a whole file"),
        ("a = " + "9" * 5000, "t:1", "several lines"),
    ],
)
def test_mistakes_of_toml(text: str, where: str, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text, "t")
    assert caught.value.where == where
    assert words in str(caught.value)


def test_tables_that_are_none() -> None:
    found = faults("cluster = 3\nsoftware = {}\nhosts = [1]\napplications = {}\noptions = [1]")
    assert [
        (str(fault.what), str(fault.remedy)) for fault in found if "Here" in str(fault.what)
    ] == [
        ("Here stands 3, where a table of settings belongs", header("[cluster]")),
        ("Here stands 1, where a table of settings belongs", header("[[hosts]]")),
        ("Here stands {}, where a table of settings belongs", header("[[applications]]")),
        ("Here stands [1], where a table of settings belongs", header("[options]")),
    ]
    assert "[software.jdk] is missing" in [str(fault.what) for fault in found]


def header(name: str) -> str:
    return f"Write {name} on a line of its own, and its settings below it"


def test_an_empty_file() -> None:
    assert [str(fault.what) for fault in faults("")] == [
        "[cluster] is missing",
        "[software] is missing",
        "[[hosts]] is missing",
    ]


def test_a_windows_editor_is_no_hindrance(tmp_path: Path) -> None:
    path = tmp_path / "cluster.toml"
    path.write_bytes(b"\xef\xbb\xbf" + TEXT.replace("\n", "\r\n").encode())
    assert load(path) == Cluster.model_validate(GOOD)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda path: None, "There is no"),
        (lambda path: path.mkdir(), "is a directory"),
        (lambda path: path.write_bytes(TEXT.encode("utf-16")), "not UTF-8"),
        (lambda path: path.write_bytes(b"\xff"), "not UTF-8"),
        (lambda path: path.symlink_to(path), "cannot be read"),
        (lambda path: path.symlink_to("/dev/zero"), "too large"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, make: Any, words: str) -> None:
    path = tmp_path / "cluster.toml"
    make(path)
    with pytest.raises(BadInput) as caught:
        load(path)
    assert words in str(caught.value)
    assert caught.value.remedy


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_that_is_not_ours(tmp_path: Path) -> None:
    path = tmp_path / "cluster.toml"
    path.write_text(TEXT)
    path.chmod(0)
    with pytest.raises(BadInput, match="cannot be read"):
        load(path)


def test_a_path_that_no_system_takes() -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        load(Path("a\0b"))


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_mangled_file_never_ends_in_a_traceback(data: st.DataObject) -> None:
    text = TEXT
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(text)))
        length = data.draw(st.integers(0, 40))
        piece = data.draw(
            st.sampled_from(
                ["[[hosts]]\n", "[options]\n", "= 1\n", '"', "[", "}", "\n#", "1979-05-27"]
            )
            | st.text(max_size=8)
        )
        text = text[:at] + piece + text[at + length :]
    told = ""
    try:
        parse(text)
    except CatherdError as error:
        told = str(error)
    assert not PYDANTIC.search(told)


VALUES: st.SearchStrategy[object] = st.recursive(
    st.none().map(lambda _: {})
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.dates()
    | st.times()
    | st.datetimes(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=4,
)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_any_value_anywhere_is_told_of_in_our_own_words(data: st.DataObject) -> None:
    answers: Any = copy.deepcopy(GOOD)
    answers["options"] = {"manager_allow": ["127.0.0.1"]}
    place = answers
    while True:
        key = data.draw(
            st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place))))
        )
        if not isinstance(place[key], dict | list) or data.draw(st.booleans()):
            break
        place = place[key]
    place[key] = data.draw(VALUES)
    told = ""
    try:
        validated(answers)
    except Conflicts as conflicts:
        told = " ".join(f"{wrong.what} {wrong.remedy}" for wrong in conflicts.found)
    assert not PYDANTIC.search(told)
    usable(answers)


def clusters() -> st.SearchStrategy[dict[str, Any]]:
    """Answers that fit together, with few or many of the settings chosen."""
    ports = st.fixed_dictionaries(
        {},
        optional={
            "http_port": st.integers(10_000, 19_999),
            "receiver_port": st.integers(20_000, 29_999),
            "loadfactor": st.integers(1, 100),
            "ssh": st.fixed_dictionaries(
                {},
                optional={
                    "user": st.sampled_from(["root", "DOMAIN\\me", "a%b", "ж"]),
                    "key": st.text(min_size=1).filter(lambda t: t.strip() and t.isprintable()),
                    "port": st.integers(1, 65535),
                    "legacy": st.booleans(),
                },
            ),
        },
    )
    options = st.fixed_dictionaries(
        {},
        optional={
            "members": st.sampled_from(["http", "ajp"]),
            "membership": st.sampled_from(["static", "multicast"]),
            "frequency": st.integers(50, 2000),
            "drop_time": st.integers(2001, 9000),
            "manager_allow": st.lists(st.sampled_from(["10.1.0.0/16", "::1"]), max_size=3),
            "encrypt": st.booleans(),
        },
    )

    def build(
        tomcats: list[dict[str, Any]], options: dict[str, Any], debian: bool
    ) -> dict[str, Any]:
        hosts = [{"name": "b", "role": "balancer", "address": "fd00::1"}] + [
            {"name": f"t{i}", "role": "tomcat", "address": f"10.0.0.{i}", **each}
            for i, each in enumerate(tomcats)
        ]
        software: dict[str, Any] = {
            "httpd": {"version": "2.4.68", "source": "a b.tgz", "sha256": SUM},
            "tomcat": {"version": "9.0.70", "source": "https://a.b/c", "sha512": SUM * 2},
            "jdk": {"version": "21", "source": "debian:jdk17"},
        }
        if debian:
            software["httpd"] = {"version": "2.4.66", "source": "debian:httpd", "modules": "few"}
        return {
            "cluster": {"name": "c"},
            "software": software,
            "hosts": hosts,
            "options": options,
        }

    return st.builds(build, st.lists(ports, min_size=2, max_size=4), options, st.booleans())


@settings(max_examples=100, deadline=None)
@given(clusters(), st.booleans())
def test_what_is_written_is_read_back_equal(data: dict[str, Any], comments: bool) -> None:
    cluster = Cluster.model_validate(data)
    text = dump(cluster, comments)
    assert parse(text) == cluster
    assert dump(parse(text), comments) == text


def test_what_nobody_chose_is_switched_off() -> None:
    text = dump(Cluster.model_validate(GOOD))
    assert "#http_port = 8080\n" in text
    assert "\nhttp_port" not in text
    assert "http_port" not in dump(Cluster.model_validate(GOOD), comments=False)


def test_switched_on_the_defaults_change_nothing() -> None:
    text = dump(Cluster.model_validate(GOOD))
    examples = (
        r"#(alias|config|host|user|key|jump|source|sha256|port = 22|\[hosts\.ssh|legacy|farm).*\n"
    )
    switched = re.sub(r"(?m)^#(?! )", "", re.sub(f"(?m)^{examples}", "", text))
    assert "\nhttp_port = 8080" in switched
    assert parse(switched) == Cluster.model_validate(GOOD)


def test_the_template_lacks_the_checksums_and_nothing_else() -> None:
    found = faults(template_text())
    assert len(found) == 3
    assert all("checksum" in str(fault.what) for fault in found)
    assert tomllib.loads(template_text())["hosts"][2]["name"] == "tomcat2"


def test_lines_are_not_too_long_to_read() -> None:
    assert max(len(line) for line in TEXT.splitlines() if line.startswith("# ")) < 100
