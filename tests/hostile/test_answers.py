"""cluster.toml as nobody should write it: a valid cluster, or faults that people can mend."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.answers import LARGEST, LONGEST, dump, load, parse, read_toml
from runbook.cluster import Cluster
from runbook.errors import BadInput, CatherdError, Faults
from runbook.harmless import is_harmless
from runbook.schema import known_keys, model_in
from runbook.validation import usable
from tests.hostile.values import anything, examples, texts
from tests.unit.answers.samples import GOOD, SUM

FULL = dump(
    Cluster.model_validate(
        {
            **GOOD,
            "hosts": [
                {**GOOD["hosts"][0], "ssh": {"user": "me", "key": "~/a b", "port": 2222}},
                {**GOOD["hosts"][1], "loadfactor": 2, "route": "r", "http_port": 9999},
                {**GOOD["hosts"][2], "address": "fd00::1", "ssh": {"jump": "me@gate:22"}},
            ],
            "applications": [{"name": "shop##2", "source": "a.war", "sha256": SUM}],
            "options": {"members": "ajp", "manager_allow": ["10.0.0.0/8"], "frequency": 100},
        }
    ),
    comments=False,
)
COMMENTED = dump(Cluster.model_validate(GOOD))
TOKENS = [
    "[hosts]", "[[hosts]]", "[hosts.ssh]", "[cluster]", "[cluster.name]", "[[cluster]]", "[[", "]]",
    "=", "=\n", '"', "'", '"""', "'''", "\\", "\\u202e", '\\uD800"', "#", "{", "}", "{}", "[", "]",
    "[]", "[[]]", "true", "nan", "-inf", "1e999", "0x" + "f" * 400, "9" * 50, "-0", "1979-05-27",
    "07:32:00", "\ufeff", "\r", "\r\n", "\0", "\x1b[2J", "\u2028", "ſ", "１２", ".", "a.b.c = 1\n",
    'name = "twice"\n', '"" = 1\n', '"\\u001b]0;x" = 1\n', "hosts = 1\n", "options = []\n",
]  # fmt: skip
THROUGHOUT = st.binary(max_size=5) | st.sampled_from(TOKENS).map(str.encode)


@st.composite
def mangled(draw: st.DrawFn) -> bytes:
    """The file with a few bytes flipped, cut, doubled, or put where they do not belong."""
    data = bytearray(draw(st.sampled_from([FULL, FULL, COMMENTED])).encode())
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        length = draw(st.integers(1, 60))
        match draw(st.sampled_from(["flip", "cut", "double", "put", "put", "end", "crlf", "bom"])):
            case "flip" if at < len(data):
                data[at] ^= 1 << draw(st.integers(0, 7))
            case "cut":
                del data[at : at + length]
            case "double":
                data[at:at] = data[at : at + length]
            case "put":
                data[at:at] = draw(THROUGHOUT)
            case "end":
                del data[max(at, 1) :]
            case "crlf":
                data = bytearray(data.replace(b"\n", b"\r\n"))
            case "bom":
                data[:0] = draw(st.sampled_from([b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff"]))
    return bytes(data)


def judged(error: CatherdError) -> None:
    """It says what, where and what to do, each in few words, and belongs to exit code 65."""
    assert error.exit_code == BadInput.exit_code
    for each in error.faults if isinstance(error, Faults) else (error,):
        assert str(each.what)
        assert each.where or "TOML" not in str(each.what)
        assert str(each.remedy)
        assert len(str(each.what)) < 300
        assert len(str(each.where)) < 400


@examples(1500)
@given(mangled())
def test_a_mangled_file(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "cluster.toml"
    path.write_bytes(data)
    try:
        cluster = load(path)
    except CatherdError as error:
        judged(error)
    else:
        assert parse(dump(cluster)) == cluster


def every_key() -> list[tuple[str | int, ...]]:
    """The place of each key that the file may have; of hosts and applications the first."""
    found: list[tuple[str | int, ...]] = []

    def below(table: tuple[str | int, ...]) -> None:
        for key in known_keys(tuple(part for part in table if isinstance(part, str))):
            path = (*table, key)
            found.append(path)
            from runbook.schema import field_at

            if model_in(field_at(path)):
                below(
                    (*path, 1) if key == "hosts" else (*path, 0) if key == "applications" else path
                )

    below(())
    return found


KEYS = every_key()
PLACES = st.sampled_from(KEYS) | st.sampled_from(KEYS).map(lambda path: (*path, "x"))
TREES = st.recursive(
    anything, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3)
)


def with_at(data: Any, path: tuple[str | int, ...], value: object) -> Any:
    """A copy of ``data`` with a value put at a place, where there is such a place."""
    if not path:
        return value
    first, rest = path[0], path[1:]
    if isinstance(data, list) and isinstance(first, int):
        return [with_at(each, rest, value) if i == first else each for i, each in enumerate(data)]
    table = data if isinstance(data, dict) else {}
    return {**table, str(first): with_at(table.get(first, {}), rest, value)}


@examples(800)
@given(st.dictionaries(PLACES, TREES, min_size=1, max_size=3))
def test_hostile_values_in_every_field(values: dict[tuple[str | int, ...], object]) -> None:
    """Strings, numbers, lists and tables where they do not belong; what is left can be used."""
    data: Any = GOOD
    for path, value in values.items():
        data = with_at(data, path, value)
    try:
        cluster = Cluster.model_validate(data)
    except ValueError:
        with pytest.raises(CatherdError) as caught:
            parse_data(data)
        judged(caught.value)
    else:
        try:
            assert parse(dump(cluster)) == cluster
        except CatherdError as error:  # a field may be left out, but not this one for that source
            judged(error)
        for text in strings(cluster.model_dump()):
            assert is_harmless(text), "what is accepted can be shown"
    rest = usable(data)
    assert set(rest) <= set(data)


def parse_data(data: dict[str, Any]) -> Cluster:
    """As ``parse`` does, but for values that TOML cannot hold."""
    from runbook.answers import _placed
    from runbook.fields.wrong import Conflicts
    from runbook.validation import validated

    try:
        return validated(data)
    except Conflicts as conflicts:
        raise _placed(conflicts.found, data, FULL, "cluster.toml") from None


def strings(value: object) -> list[str]:
    if isinstance(value, dict):
        return [text for each in value.values() for text in strings(each)]
    if isinstance(value, list | tuple):
        return [text for each in value for text in strings(each)]
    return [value] if isinstance(value, str) else []


HUGE = {
    "a number that Python does not write": "[options]\nfrequency = 0x" + "f" * (LONGEST - 50),
    "a key of many parts": "a." * (LONGEST // 2 - 10) + "a = 1",
    "many keys of many parts": "".join(
        f"k{i}." + "a." * (LONGEST // 2 - 10) + "a = 1\n" for i in range(LARGEST // LONGEST)
    ),
    "many headers of many parts": "".join(
        f"[k{i}." + "a." * (LONGEST // 2 - 10) + "a]\n" for i in range(LARGEST // LONGEST)
    ),
    "a key that is too long": f'"{"k" * 100_000}" = 1',
    "lists in lists": "a = " + "[" * 900 + "]" * 900,
    "lists in lists without end": "a = " + "[" * 1900,
    "tables in tables": "a = " + "{a=" * 300 + "1" + "}" * 300,
    "a table below many": "[" + ".".join("abcdefghijklmnop") + "]\nx = 1",
    "many keys": "".join(f"k{i}=1\n" for i in range(25_000)),
    "many hosts": "[[hosts]]\n" * 25_000,
    "many networks": "[options]\nmanager_allow = [\n" + '"x",\n' * 40_000 + "]",
    "a long text": 'a = """' + "\n\\" * 100_000 + '"""',
    "a text with an escape": '[cluster]\nname = "\\u001b[2J\\u202e\\u009b"',
    "a key with an escape": '"\\u001b]0;x\\u0007" = 1',
    "an empty key": '"" = 1\n[""]\n[[hosts]]\n"" = 1',
}


@pytest.mark.parametrize("text", HUGE.values(), ids=HUGE)
def test_files_made_to_be_slow(text: str) -> None:
    began = time.process_time()
    with pytest.raises(CatherdError) as caught:
        parse(text)
    judged(caught.value)
    assert time.process_time() - began < 6
    assert len(str(caught.value)) < 60_000


def test_an_answer_for_the_manager_is_an_address_and_nothing_more() -> None:
    """IPv6 addresses may have a zone, and Python takes anything at all for one."""
    for text in ("fe80::1%\nRequire all granted", "fe80::1%eth0", "fe80::%1/128", "::1% x"):
        data = with_at(GOOD, ("options", "manager_allow"), [text])
        with pytest.raises(CatherdError):
            parse_data(data)


def test_names_for_ssh_hold_nothing_that_a_shell_acts_on() -> None:
    """A ProxyCommand is handed to a shell with host and user in it."""
    for text in ("$(touch x)", "`x`", "a;b", "a|b", "a&b", "a'b", 'a"b', "{a,b}", "a<b", "(a)"):
        for key in ("host", "user", "alias", "jump"):
            with pytest.raises(CatherdError):
                parse_data(with_at(GOOD, ("hosts", 1, "ssh", key), text))


@examples(500)
@given(st.text(max_size=200) | st.lists(st.sampled_from(TOKENS), max_size=12).map("".join))
def test_text_that_is_hardly_toml(text: str) -> None:
    try:
        usable(read_toml(text, "cluster.toml.draft"))
    except CatherdError as error:
        judged(error)
