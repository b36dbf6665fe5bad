"""The way out of the command line: an exit code for every end, a traceback for none."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from installer.cli import main
from runbook.errors import (
    BadInput,
    CatherdError,
    Failed,
    Faults,
    Locked,
    NotPermitted,
    Unreachable,
)

Says = pytest.CaptureFixture[str]


def left_with(
    error: BaseException | int | None, monkeypatch: pytest.MonkeyPatch
) -> int | str | None:
    def command(**_: object) -> object:
        if isinstance(error, BaseException):
            raise error
        return error

    monkeypatch.setattr(main.catherd, "main", command)
    with pytest.raises(SystemExit) as caught:
        main.main()
    return caught.value.code


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (None, 0),
        (0, 0),
        (2, 2),
        (Failed("no"), 1),
        (BadInput("no"), 65),
        (Unreachable("no"), 69),
        (Locked("no"), 75),
        (NotPermitted("no"), 77),
        (Faults([Unreachable("one"), Unreachable("two")]), 69),
        (click.UsageError("no"), 64),
        (click.ClickException("no"), 1),
        (click.Abort(), 130),
        (KeyboardInterrupt(), 130),
        (BrokenPipeError(), 1),
    ],
    ids=repr,
)
def test_every_end_has_its_exit_code(
    error: BaseException | int | None, code: int, monkeypatch: pytest.MonkeyPatch, capsys: Says
) -> None:
    assert left_with(error, monkeypatch) == code
    assert "Traceback" not in capsys.readouterr().err


def test_a_fault_of_our_own_is_kept_in_a_file(
    monkeypatch: pytest.MonkeyPatch, capsys: Says, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert left_with(ZeroDivisionError("by zero"), monkeypatch) == 70
    told = capsys.readouterr().err
    assert "Traceback" not in told
    assert "ZeroDivisionError: by zero" in told
    (file,) = (tmp_path / "catherd" / "faults").iterdir()
    assert str(file) in told
    assert "Traceback" in file.read_text()
    assert file.stat().st_mode & 0o777 == 0o600


def test_help_tells_all_codes() -> None:
    codes = {error.exit_code for error in CatherdError.__subclasses__()} | {64, 70, 130}
    for code in codes:
        assert f"\n  {code} " in main.EXIT_CODES


@pytest.mark.parametrize("name", main.COMMANDS)
def test_every_command_is_there_and_says_what_it_is_for(name: str) -> None:
    group = main.catherd
    context = click.Context(group)
    command = group.get_command(context, name)
    assert command is not None
    assert command.name == name
    assert command.get_short_help_str(200)
    assert group.list_commands(context).count(name) == 1
