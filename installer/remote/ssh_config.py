"""Reads ssh_config as ssh does: the user's file, the system's, and what they include."""

from __future__ import annotations

import re
from collections.abc import Iterator
from glob import glob
from pathlib import Path

import paramiko
from paramiko import SSHConfig

from installer.remote.ssh import SshSettings
from runbook.errors import BadInput
from runbook.text import T

_FILES = ("~/.ssh/config", "/etc/ssh/ssh_config")
_DEEPEST = 8
"""Includes within includes, of which ssh itself allows sixteen."""


def read_ssh_config(settings: SshSettings) -> SSHConfig:
    """The user's and the system's ssh_config, or the one that the settings name.

    Port and user of the settings stand before all else, so that commands in it see them.
    """
    ssh_config = SSHConfig()
    said = (("Port", settings.port), ("User", settings.user))
    ssh_config.parse(["Host *", *(f"{key} {value}" for key, value in said if value)])
    for name in [settings.config] if settings.config else _FILES:
        path = Path(name).expanduser()
        try:
            ssh_config.parse(_lines(path, path.parent))
        except FileNotFoundError:
            if settings.config:
                raise BadInput(
                    T("There is no ssh_config file {path}.", path=path),
                    T("{name} names it in cluster.toml.", name=settings.name),
                    T("Correct the path, or leave it out to use ~/.ssh/config."),
                ) from None
        except (OSError, ValueError, paramiko.ConfigParseError) as error:
            raise BadInput(
                T("The ssh_config file {path} cannot be read: {why}.", path=path, why=error),
                T("{name} is reached by it.", name=settings.name),
                T("Check the file with: ssh -G {host}", host=settings.alias or settings.host),
            ) from error
    return ssh_config


def _lines(path: Path, folder: Path, depth: int = 0) -> Iterator[str]:
    """The lines of a file, with those that it includes in their place: paramiko skips them."""
    for line in path.read_text("utf-8").splitlines():
        found = re.match(r"\s*include[\s=]+(.+)", line, re.IGNORECASE)
        if not found:
            yield line
            continue
        for pattern in found[1].split() if depth < _DEEPEST else ():
            place = folder / Path(pattern.strip('"')).expanduser()
            for included in sorted(glob(str(place))):
                yield from _lines(Path(included), folder, depth + 1)
