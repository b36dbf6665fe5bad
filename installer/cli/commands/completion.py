"""``catherd completion``: the line that a shell needs to complete Catherd's commands."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from installer.cli.helping import Command


@click.command(cls=Command, short_help="Print the completion script of a shell.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
def completion(shell: str) -> None:
    """Print the completion script of a shell.

    \b
    Examples:
      catherd completion bash > ~/.local/share/bash-completion/completions/catherd
      catherd completion zsh > ~/.zfunc/_catherd
      catherd completion fish > ~/.config/fish/completions/catherd.fish
    """
    from installer.cli.main import catherd

    chosen = get_completion_class(shell)
    assert chosen is not None
    click.echo(chosen(catherd, {}, "catherd", "_CATHERD_COMPLETE").source())
