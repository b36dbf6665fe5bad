"""The ``catherd`` command: options, exit codes, and errors as people can read them.

Commands are imported when they are called, so ``--version`` and completion stay instant.
"""

from __future__ import annotations

import os
import sys
import time

import click

import installer
from installer.cli.helping import Lazy, Program
from runbook.text import T

COMMANDS = {
    "wizard": "installer.cli.commands.wizard:wizard",
    "init": "installer.cli.commands.init:init",
    "plan": "installer.cli.commands.plan:plan",
    "run": "installer.cli.commands.run:run",
    "verify": "installer.cli.commands.verify:verify",
    "status": "installer.cli.commands.status:status",
    "prove": "installer.cli.commands.prove:prove",
    "rollback": "installer.cli.commands.rollback:rollback",
    "uninstall": "installer.cli.commands.uninstall:uninstall",
    "stop": "installer.cli.commands.stop:stop",
    "unlock": "installer.cli.commands.unlock:unlock",
    "lab": "installer.cli.commands.lab:lab",
    "report": "installer.cli.commands.report:report",
    "export": "installer.cli.commands.export:export",
    "train": "installer.cli.commands.train:train",
    "errata": "installer.cli.commands.errata:errata",
    "lint": "installer.cli.commands.lint:lint",
    "completion": "installer.cli.commands.completion:completion",
}

EXIT_CODES = """
\b
Exit codes:
  0    done, or nothing to do
  1    a step or a check failed; lint: mistakes were found
  2    plan, rollback --dry-run: there are changes
  3    stopped by the operator
  64   the command line is wrong
  65   a file or an answer cannot be used
  69   a host or a download cannot be reached
  70   a fault in Catherd itself; its traceback is kept in a file
  75   another operator is at work on the host
  77   a login, a host key or sudo was refused
  130  interrupted
"""


class Commands(Lazy, Program):
    """All commands."""

    places = COMMANDS


@click.group(
    cls=Commands,
    invoke_without_command=True,
    epilog=EXIT_CODES,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(installer.__version__, prog_name="catherd", message="%(prog)s %(version)s")
@click.pass_context
def catherd(context: click.Context) -> None:
    """Turn bare Linux hosts into an Apache httpd that balances a Tomcat cluster.

    Every change is shown before it is made, verified afterwards, and recorded with its undo.

    \b
    Examples:
      catherd                  the wizard: all of this on a full screen
      catherd lab demo         the whole thing on a practice lab, ending with the proof
      catherd init             answer the questions, write cluster.toml
      catherd plan             all that would change on every host; touches nothing
      catherd run              step by step: look, explain, run, skip
      catherd verify           is the cluster still as installed?
    """
    if context.invoked_subcommand is None:
        _without_command(context)


def _without_command(context: click.Context) -> None:
    """The wizard where there is somebody to look at it, help otherwise."""
    from installer.cli.terminal import interactive

    if not interactive():
        click.echo(context.get_help())
        return
    wizard = catherd.get_command(context, "wizard")
    assert wizard is not None
    with wizard.make_context("wizard", [], parent=context) as inner:
        wizard.invoke(inner)


def main() -> None:
    """Run the command line; every error is told in three lines at most and owns its exit code."""
    from runbook.errors import CatherdError

    try:
        code = catherd.main(standalone_mode=False)
    except click.UsageError as error:
        error.show()
        code = 64
    except click.ClickException as error:
        error.show()
        code = 1
    except CatherdError as error:
        from installer.cli.show import show_error

        show_error(error)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo(T("\nInterrupted."), err=True)
        code = 130
    except BrokenPipeError:
        code = 1
    except Exception as error:
        code = _tell_of_bug(error)
    sys.exit(code if isinstance(code, int) else 0)


def _tell_of_bug(error: Exception) -> int:
    """Keep the traceback for the developers, and tell the operator where it lies."""
    import traceback

    import platformdirs

    from installer.engine.secrecy import hide
    from installer.private import private
    from runbook.harmless import cut, harmless

    place = private(platformdirs.user_state_path("catherd") / "faults")
    file = place / f"{time.strftime('%Y%m%d-%H%M%S')}-{type(error).__name__}.txt"
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(handle, "w", encoding="utf-8") as out:
        out.write(hide("".join(traceback.format_exception(error)), ()))
    what = cut(harmless(hide(f"{type(error).__name__}: {error}", ())))
    click.echo(T("error: Catherd made a mistake of its own: {what}", what=what), err=True)
    click.echo(T("  What happened is kept in {file}", file=file), err=True)
    click.echo(T("  → Run the command again; it continues where it stopped."), err=True)
    return 70
