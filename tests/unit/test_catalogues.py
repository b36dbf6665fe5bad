"""The catalogues: complete, in step with the code, and as a Chinese reader expects them."""

from __future__ import annotations

import re
import string
from collections.abc import Iterator, Sequence
from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from runbook.language import LANGUAGES
from runbook.steps import RUNBOOK
from runbook.text import use_language
from tools import messages
from tools.extraction import Unmarked, sentences, sentences_of

HAN = "\u4e00-\u9fff"
MEND = "run “make messages”, and translate in assets/locale/zh/LC_MESSAGES/catherd.po"


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    use_language(None)


def committed(language: str) -> Catalog:
    return read_po(BytesIO(messages.path_of(language).read_bytes()))


def entries(language: str) -> list[Message]:
    return [each for each in committed(language) if each.id]


def pairs(language: str) -> Iterator[tuple[str, str]]:
    """Each translated sentence with its original; for several forms, the last one."""
    for each in entries(language):
        yield " ".join(forms(each.id)), forms(each.string)[-1]


def forms(words: str | Sequence[str] | None) -> Sequence[str]:
    """A sentence in its only form, or in the one for one thing and those for more."""
    return [words] if isinstance(words, str) else words or []


def places(template: str) -> set[str]:
    """``{names}`` with their formats; a sentence without places may hold any braces."""
    try:
        found = list(string.Formatter().parse(template))
    except ValueError:
        return set()
    return {f"{name}!{conv}:{spec}" for _, name, spec, conv in found if name is not None}


def test_the_template_is_what_the_code_says() -> None:
    assert messages.TEMPLATE.read_bytes() == messages.as_po(messages.template()), MEND


@pytest.mark.parametrize("language", LANGUAGES)
def test_catalogues_are_in_step_with_the_code(language: str) -> None:
    file = messages.path_of(language)
    whole = messages.catalogue_of(language)
    assert file.read_bytes() == messages.as_po(whole), MEND
    assert file.with_suffix(".mo").read_bytes() == messages.as_mo(whole), MEND


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_sentence_is_translated(language: str) -> None:
    catalogue = committed(language)
    assert len(catalogue) > 1400
    assert [each.id for each in messages.missing(catalogue)] == [], MEND
    assert [each.id for each in catalogue if each.id and each.fuzzy] == []


def test_english_is_what_the_code_says() -> None:
    assert [each.id for each in entries("en") if each.string != each.id] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_places_are_kept(language: str) -> None:
    singles = [(each.id, each.string) for each in entries(language) if isinstance(each.id, str)]
    assert [id for id, string in singles if [places(id)] != [*map(places, forms(string))]] == []
    plurals = [each for each in entries(language) if not isinstance(each.id, str)]
    for each in plurals:
        allowed = places(each.id[0]) | places(each.id[1])
        assert all(places(form) <= allowed for form in forms(each.string)), each.id


def test_words_of_commands_and_files_are_kept() -> None:
    words = re.compile(r"(?<!\w)--[a-z][a-z-]+|/(?:etc|usr|var)/[\w./-]*\w|https?://[\w.:/-]+\w")
    odd = [
        (source, text)
        for source, text in pairs("zh")
        if set(words.findall(source)) != set(words.findall(text))
    ]
    assert odd == []


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("half-width punctuation after a Chinese character", rf"[{HAN}][,;:!?](?!\w)"),
        ("half-width punctuation before a Chinese character", rf"[,;!?][{HAN}]"),
        ("a half-width stop after a Chinese character", rf"[{HAN}]\.(?:\s|$)"),
        ("half-width brackets around Chinese", rf"\([^()]*[{HAN}][^()]*\)"),
        ("no space between Chinese and Latin", rf"[{HAN}][A-Za-z0-9]|[A-Za-z0-9][{HAN}]"),
        ("no space between Chinese and a place", rf"[{HAN}]\{{(?!kind)|(?<!\{{last)\}}[{HAN}]"),
        ("a space beside full-width punctuation", r"(?<!\n)(?<!^) [，。：；？！、）]"),
        ("a space after full-width punctuation", r"[，；？！、（]  *\S"),
        ("a space between Chinese characters", rf"[{HAN}] [{HAN}]"),
        ("two stops in a row", r"。。|，，|：：|…。"),
        ("a word that the glossary has otherwise", "负载平衡|平衡器|登陆|帐号|帐户|缺省|粘性会话"),
    ],
)
def test_chinese_typography(rule: str, pattern: str) -> None:
    odd = [text for _, text in pairs("zh") if re.search(pattern, text, re.MULTILINE)]
    assert odd == [], rule


def test_sentences_end_as_they_do_in_english() -> None:
    ends = {".": "。", "?": "？", "…": "…", ":": "："}
    odd = [
        (source, text)
        for source, text in pairs("zh")
        if re.search(f"[{HAN}]", text)
        and "\n" not in source
        and (end := ends.get(source[-1]))
        and not text.endswith((end, f"{end}”"))
    ]
    assert odd == []


def test_every_step_speaks_chinese() -> None:
    use_language("zh")
    for step in RUNBOOK:
        assert re.search(f"[{HAN}]", str(step.title)), step.id
        assert re.search(f"[{HAN}]", str(step.prose)), step.id
        assert str(step.prose).count("\n\n") == step.prose.template.count("\n\n")
        for erratum in step.errata:
            assert re.search(f"[{HAN}]", f"{erratum.happens}{erratum.instead}"), erratum.id


def test_extraction_finds_what_only_its_place_marks() -> None:
    source = '''
@step("it", T("Do it"), roles=())
def it(host):
    """Do it well.

    And so on.
    """
    yield Run(why=T("because " "it is"), n=1)

@click.command(short_help="Short.")
@click.option("--yes", help="Yes.")
def command(yes):
    """A command.

    \\b
    Examples:
      catherd command
    """

def other():
    """Nobody reads this."""
'''
    assert sorted(sentences_of(source)) == [
        "A command.",
        "Do it",
        "Do it well.\n\nAnd so on.",
        "Examples:\n  catherd command",
        "Short.",
        "Yes.",
        "because it is",
    ]


def test_a_sentence_that_is_put_together_is_refused() -> None:
    with pytest.raises(Unmarked):
        list(sentences_of("T(f'{number} things')"))


def test_a_catalogue_depends_on_nothing_but_the_code() -> None:
    text = messages.TEMPLATE.read_text("utf-8")
    assert not re.search(r"\d{4}-\d\d-\d\d|Generated-By|Last-Translator", text)
    assert not re.search(r"^#: .*:\d+", text, re.MULTILINE)
    assert list(sentences()) == sorted(sentences())


def test_a_fragment_fills_in_what_is_missing(tmp_path: Path) -> None:
    fragment = tmp_path / "fragment.po"
    fragment.write_text('msgid "nothing to do"\nmsgstr "没事做"\n\nmsgid "gone"\nmsgstr "没了"\n')
    catalogue = messages.catalogue_of("zh", [fragment])
    assert catalogue["nothing to do"].string == "没事做"
    assert "gone" not in catalogue
    assert committed("zh")["nothing to do"].string == "无事可做"
    assert not messages.missing(catalogue)
