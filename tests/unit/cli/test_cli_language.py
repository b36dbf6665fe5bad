"""The language of a command line: asked for anywhere, else the environment's; errors too."""

from __future__ import annotations

import gettext
import os
import re
import subprocess
import sys
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner, Result
from rich.cells import cell_len

from installer.cli.main import COMMANDS, catherd
from runbook.language import known_language, language_of
from runbook.text import use_language

HAN = re.compile("[\u4e00-\u9fff]")


@pytest.fixture(autouse=True)
def english_here(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "CATHERD_LANG"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("LANG", "C.UTF-8")
    domain = gettext.textdomain()
    yield
    gettext.textdomain(domain)
    use_language(None)


def said(*words: str, env: dict[str, str] | None = None) -> Result:
    return CliRunner().invoke(catherd, words, env=env, prog_name="catherd")


@pytest.mark.parametrize("tag", ["zh", "zh_CN.UTF-8", "zh-Hans", "zh_TW", "ZH", "zh_HK@x"])
def test_all_kinds_of_chinese_lead_to_chinese(tag: str) -> None:
    assert known_language(tag) == "zh"
    assert "用法：catherd" in said("--lang", tag, "--help").output


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8", "LANGUAGE": "de:zh:en"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LANGUAGE": "en_GB:zh"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US.UTF-8"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "zh_TW"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANGUAGE": "zh", "LC_ALL": "C"}, "en"),
        ({"LANGUAGE": "zh", "LANG": "C.UTF-8"}, "zh"),
    ],
    ids=str,
)
def test_the_environment_decides_by_default(environment: dict[str, str], language: str) -> None:
    assert language_of(environment) == language


@pytest.mark.parametrize(
    "words",
    [
        ("--lang", "zh", "plan", "--help"),
        ("--lang=zh", "plan", "--help"),
        ("plan", "--lang", "zh", "--help"),
        ("plan", "--help", "--lang", "zh"),
    ],
    ids=" ".join,
)
def test_the_option_works_wherever_it_stands(words: tuple[str, ...]) -> None:
    told = said(*words)
    assert told.exit_code == 0
    assert "用法：catherd plan" in told.output
    assert "显示每台主机的每处差异和每条命令" in told.output
    assert "选项：" in told.output


@pytest.mark.parametrize("words", [(), ("--lang", "zh")])
def test_without_a_command_and_a_terminal_the_help_is_shown(words: tuple[str, ...]) -> None:
    result = said(*words)
    assert result.exit_code == 0, result.output
    assert "catherd init" in result.output


def test_the_option_wins_over_the_environment() -> None:
    chinese = {"LANG": "zh_CN.UTF-8", "CATHERD_LANG": "zh"}
    assert "用法：" in said("--help", env=chinese).output
    assert "用法：" in said("--help", env={"CATHERD_LANG": "zh"}).output
    told = said("--lang", "en", "--help", env=chinese).output
    assert "Usage: catherd" in told
    assert not HAN.search(told)


@pytest.mark.parametrize("words", [("--lang", "tlh", "plan"), ("plan", "--lang=tlh")], ids=" ".join)
def test_an_unknown_language_is_refused_and_the_known_ones_named(words: tuple[str, ...]) -> None:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    ended = subprocess.run(
        [sys.executable, "-c", "from installer.cli.main import main; main()", *words],
        capture_output=True,
        text=True,
        env=environment,
    )
    assert ended.returncode == 64
    assert "There is no language 'tlh'; there are: en, zh." in ended.stderr


def test_an_unknown_language_in_the_environment_is_refused_too() -> None:
    told = said("plan", env={"CATHERD_LANG": "tlh"})
    assert "there are: en, zh" in told.output


def commands() -> Iterator[tuple[str, ...]]:
    yield ()
    context = click.Context(catherd)
    for name in COMMANDS:
        yield (name,)
        command = catherd.get_command(context, name)
        if isinstance(command, click.Group):
            yield from ((name, each) for each in command.list_commands(context))


@pytest.mark.parametrize("command", list(commands()), ids=" ".join)
def test_help_is_chinese_throughout_and_fits(command: tuple[str, ...]) -> None:
    told = said(*command, "--lang", "zh", "--help").output
    assert max(cell_len(line) for line in told.splitlines()) <= 100
    head, _, options = told.partition("选项：")
    assert HAN.search(head)
    starts = [match.start() for match in re.finditer(r"(?m)^  -", options)]
    assert starts
    for line in options.splitlines():
        if line.startswith("  -"):
            assert HAN.search(line) or len(line) > 25, line
    assert not re.search(r"Usage|Options|Commands|Show this|Example", told)


def test_columns_begin_at_the_same_cell() -> None:
    options = said("plan", "--lang", "zh", "--help").output.partition("选项：")[2]
    rows = [re.match(r"(  -.*?)  +(?=\S*[\u4e00-\u9fff])", line) for line in options.splitlines()]
    assert len({cell_len(row.group(0)) for row in rows if row}) == 1


def test_errors_are_chinese() -> None:
    assert "错误：没有选项 '--foo'" in said("--lang", "zh", "plan", "--foo").output
    assert "错误：没有命令 'foo'" in said("--lang", "zh", "foo").output
    assert "'x' 不在 'bash', 'zsh', 'fish' 之中" in said("completion", "x", "--lang=zh").output
    assert "缺少参数" in said("--lang", "zh", "completion").output


def test_english_needs_no_catalogue() -> None:
    code = (
        "import sys, builtins\n"
        "opened = []\n"
        "sys.addaudithook(lambda name, args: opened.append(args[0]) if name == 'open' else None)\n"
        "from installer.cli.main import catherd\n"
        "catherd.main(['plan', '--help'], standalone_mode=False)\n"
        "assert not [each for each in opened if str(each).endswith('.mo')], opened\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    assert not subprocess.run([sys.executable, "-c", code], env=environment).returncode
