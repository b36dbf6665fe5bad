"""The members of a balancer as a table: what does not fit into the width is left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from rich.cells import cell_len
from rich.text import Text as Styled
from textual.widgets import DataTable

from installer.frontend.watching import GLYPHS, WORDS, Member, Snapshot, State
from runbook.harmless import harmless
from runbook.text import T, Text

BRANCH, LAST = "├▶", "└▶"
BARS = " ▁▂▃▄▅▆▇█"
LEAST_BARS, MOST_BARS = 7, 60
WIDEST = 24
STYLES: dict[State, str] = {
    "ok": "success", "drain": "warning", "disabled": "warning", "failed": "error",
    "down": "error", "up": "secondary", "unknown": "secondary",
}  # fmt: skip
Order = Callable[[Member], Any]
ORDERS: tuple[tuple[Text, Order], ...] = (
    (T("order of cluster.toml"), lambda member: 0),
    (T("what needs attention first"), lambda member: _URGENT.index(member.state)),
    (T("most requests first"), lambda member: -(member.rate or 0.0)),
)
_URGENT: tuple[State, ...] = ("down", "failed", "unknown", "up", "disabled", "drain", "ok")


@dataclass(frozen=True)
class Column:
    """A column, and from which width of the screen on it is there."""

    id: str
    label: Text
    width: int
    least: int
    cell: Callable[[Member], str]
    justify: Literal["left", "right"] = "left"


COLUMNS = (
    Column("node", T("node"), 12, 0, lambda member: f"{BRANCH} {member.name}"),
    Column("state", T("state"), 13, 0, lambda m: f"{GLYPHS[m.state]} {WORDS[m.state]}"),
    Column("address", T("address"), 21, 110, lambda member: member.address),
    Column("status", T("httpd says"), 11, 110, lambda member: member.status or "–"),
    Column("share", T("load"), 7, 0, lambda member: share(member), "right"),
    Column("elected", T("requests"), 8, 0, lambda member: number(member.elected), "right"),
    Column("rate", T("per s"), 6, 0, lambda member: rate(member.rate), "right"),
    Column("sessions", T("sessions"), 8, 0, lambda member: number(member.sessions), "right"),
)


class Members(DataTable[Styled]):
    """One row a member, in the order that was chosen; the cursor stays on its member."""

    def __init__(self) -> None:
        super().__init__(cursor_type="row", zebra_stripes=False, id="members")
        self.order = 0
        self._snapshot: Snapshot | None = None
        self._shown: tuple[object, ...] = ()
        self._bars = 0

    @property
    def selected(self) -> Member | None:
        """The member under the cursor."""
        if self._snapshot is None or not self.is_valid_row_index(self.cursor_row):
            return None
        name = self._sorted(self._snapshot)[self.cursor_row].name
        return next(each for each in self._snapshot.members if each.name == name)

    def next_order(self) -> Text:
        """Sort by the next thing; its name."""
        self.order = (self.order + 1) % len(ORDERS)
        if self._snapshot is not None:
            self.present(self._snapshot)
        return ORDERS[self.order][0]

    def present(self, snapshot: Snapshot) -> None:
        """Show this; only what has changed is drawn again."""
        self._snapshot = snapshot
        columns, members = self._columns(), self._sorted(snapshot)
        shape = (self.app.size.width, [member.name for member in members], self.app.theme)
        if shape != self._shown:
            self._rebuild(columns, members)
            self._shown = shape
        for row, member in enumerate(members):
            for column, cell in enumerate(self._cells(columns, member, row == len(members) - 1)):
                if self.get_cell_at((row, column)) != cell:  # type: ignore[arg-type]
                    self.update_cell_at((row, column), cell)  # type: ignore[arg-type]

    def _sorted(self, snapshot: Snapshot) -> list[Member]:
        return sorted(snapshot.members, key=ORDERS[self.order][1])

    def _columns(self) -> list[Column]:
        return [column for column in COLUMNS if column.least <= self.app.size.width]

    def _rebuild(self, columns: list[Column], members: list[Member]) -> None:
        here = self.cursor_row
        self.clear(columns=True)
        used = 2
        for column in columns:
            label = str(column.label)
            needed = (cell_len(column.cell(member)) for member in members)
            width = max(column.width, cell_len(label), min(WIDEST, max(needed, default=0)))
            self.add_column(Styled(label, justify=column.justify), width=width, key=column.id)
            used += width + 2 * self.cell_padding
        rest = self.app.size.width - used - 2 * self.cell_padding
        self._bars = max(0, min(MOST_BARS, rest))
        if self._bars >= LEAST_BARS:
            self.add_column(Styled(str(T("history"))), width=self._bars, key="history")
        for member in members:
            self.add_row(*("" for _ in self.columns), key=member.name)  # type: ignore[arg-type]
        self.move_cursor(row=here)

    def _cells(self, columns: list[Column], member: Member, last: bool) -> list[Styled]:
        variables = self.app.theme_variables
        cells = []
        for column in columns:
            style = variables[STYLES[member.state]] if column.id == "state" else ""
            text = harmless(column.cell(member))
            if column.id == "node" and last:
                text = text.replace(BRANCH, LAST, 1)
            cells.append(
                Styled(text, style, justify=column.justify, no_wrap=True, overflow="ellipsis")
            )
        if self._bars >= LEAST_BARS:
            cells.append(Styled(bars(member.history, self._bars), variables["primary"]))
        return cells


def share(member: Member) -> str:
    """Load factor, and what part of all visitors that is."""
    return f"{member.loadfactor:g} {member.share:4.0%}" if member.loadfactor else "–"


def number(count: int | None) -> str:
    """A count; a dash where it is not known."""
    return "–" if count is None else str(count)


def rate(per_second: float | None) -> str:
    """Requests a second."""
    return "–" if per_second is None else f"{per_second:.1f}"


def bars(values: tuple[float, ...], width: int) -> str:
    """The last ``width`` values as bars, the highest of them as a whole one."""
    shown = values[-width:]
    top = max(shown, default=0.0)
    heights = (round(value / top * 8) if top else 0 for value in shown)
    return "".join(
        BARS[max(1, height)] if value else "·" for height, value in zip(heights, shown, strict=True)
    ).rjust(width)
