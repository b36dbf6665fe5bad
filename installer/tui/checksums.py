"""Checksums of files of this machine, beneath the fields that ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from installer.frontend.checksums import Local, computed, local_file
from installer.frontend.walking import Key
from installer.tui.widgets.field import Field
from runbook.fields.wrong import Wrong
from runbook.harmless import harmless
from runbook.questions import Answered
from runbook.text import T

if TYPE_CHECKING:
    from installer.tui.screens.base import CatherdScreen


class Checksums:
    """Computes them in the background, and compares."""

    def __init__(self, screen: CatherdScreen) -> None:
        self._screen = screen
        self._wanted: dict[Field, Path | None] = {}
        self._known: dict[Path, Local] = {}

    def look(self, fields: Mapping[Key, Field], answers: Answered, base: Path) -> None:
        """Show the checksums of what the answers name now."""
        asked = [field for field in fields.values() if field.question.holds == "checksum"]
        self._wanted = {field: local_file(field.question, answers, base) for field in asked}
        for field, path in self._wanted.items():
            self._show(field)
            if path is not None and path.is_file() and path not in self._known:
                self._compute(path)

    def of(self, field: Field) -> Local | None:
        """What is known of the file that a field is about."""
        local = self._known.get(self._wanted.get(field) or Path())
        return local if local is not None and local.sums else None

    def fault(self, field: Field) -> Wrong | None:
        """What is wrong with a checksum that is not that of the file."""
        local = self.of(field)
        return local.fault(field.value) if local is not None and field.value else None

    def _compute(self, path: Path) -> None:
        self._screen.app.background(
            lambda: computed(path), self._computed,
            doing=T("Computing the checksum of {name} …", name=path.name),
        )  # fmt: skip

    def _computed(self, local: Local) -> None:
        self._known[local.path] = local
        for field in self._wanted:
            if field.is_mounted:
                self._show(field)
        self._screen.refresh_bindings()

    def _show(self, field: Field) -> None:
        path, local = self._wanted[field], self.of(field)
        if path is None:
            field.note("")
        elif local is not None:
            sums = "\n".join(f"{name}  {digest}" for name, digest in local.sums.items())
            title = T("{path} has these checksums:", path=local.path)
            way = T("Where the publisher shows one of them: Ctrl-Y takes it.")
            field.note(harmless(f"{title}\n{sums}\n{way}"))
        elif not path.is_file():
            text = T("There is no file {path} yet; bring it there before you run.", path=path)
            field.note(harmless(str(text)))
