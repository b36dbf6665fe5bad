"""Text for people: equal where it says the same, translated when it is shown."""

from __future__ import annotations

import gettext
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook import text
from runbook.text import Message, T, use_language

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=2) | st.builds(lambda value: T("<{v}>", v=value), inner),
    max_leaves=3,
)
NAMES = st.sampled_from(["a", "b", "c"])


@given(st.dictionaries(NAMES, VALUES))
def test_equal_messages_have_equal_hashes(values: dict[str, object]) -> None:
    one, other = T("{a} of {b}", **values), T("{a} of {b}", **dict(reversed(values.items())))
    assert one == other
    assert hash(one) == hash(other)
    assert {one: 1}[other] == 1
    assert one != T("another {a} of {b}", **values)
    assert one != T("{a} of {b}", **values, more=1)


def test_numbers_that_are_equal_are_equal_in_a_message() -> None:
    assert T("{n}", n=1) == T("{n}", n=1.0)
    assert len({T("{n}", n=1), T("{n}", n=1.0), T("{n}", n=True)}) == 1
    assert T("{n}", n=1) != T("{n}", n="1")


def test_values_fill_their_places() -> None:
    assert str(T("{path} is a {kind}", path="/etc", kind="directory")) == "/etc is a directory"
    assert str(T("{seconds:.1f} s", seconds=1.25)) == "1.2 s"
    assert str(T("{outer}!", outer=T("{inner} there", inner="is"))) == "is there!"


@given(st.text())
def test_braces_in_values_are_just_braces(value: str) -> None:
    assert str(T("<{v}>", v=value)) == f"<{value}>"


@pytest.mark.parametrize(
    "template", ["", "{", "}", "{x}", "ProxyHCExpr ok {%{REQUEST_STATUS} < 400}"]
)
def test_a_message_without_values_is_shown_as_it_is(template: str) -> None:
    assert str(T(template)) == template
    assert str(Message(template)) == template


def test_a_value_may_be_called_like_anything() -> None:
    assert str(T("{template} {self}", template="a", self="b")) == "a b"


@pytest.fixture
def catalogues(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A catalogue in which everything is German, as far as it goes."""

    class German(gettext.NullTranslations):
        def gettext(self, message: str) -> str:
            return {"{path} is a {kind}": "{path} ist ein {kind}", "directory": "Ordner"}.get(
                message, message
            )

    def catalogue(language: str | None) -> gettext.NullTranslations:
        return German() if language == "de" else gettext.NullTranslations()

    monkeypatch.setattr(text, "_catalogue", catalogue)
    yield
    use_language(None)


def test_a_message_is_translated_when_it_is_shown(catalogues: None) -> None:
    message = T("{path} is a {kind}", path="/etc", kind=T("directory"))
    use_language("en")
    before, plain = hash(message), str(message)
    use_language("de")
    assert str(message) == "/etc ist ein Ordner"
    assert hash(message) == before
    use_language("en")
    assert str(message) == plain == "/etc is a directory"


def test_a_language_without_a_catalogue_is_english() -> None:
    use_language("tlh")
    assert str(T("directory")) == "directory"
    use_language(None)
