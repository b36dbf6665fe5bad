"""Keys of the wizard: their words are translated when they are shown, not when they are bound."""

from __future__ import annotations

from textual.binding import Binding

from runbook.text import Message


def key(keys: str, action: str, says: Message, *, more: Message | None = None,
        shown: bool = True, first: bool = False) -> Binding:  # fmt: skip
    """A binding; ``says`` is its word in the footer, ``more`` its sentence in the help.

    ``first``: it comes before the keys of the widget that has the focus. Bindings hold plain
    strings: the English templates, which ``translated`` looks up.
    """
    return Binding(
        keys,
        action,
        says.template,
        show=shown,
        tooltip=more.template if more else "",
        id=action,
        priority=first,
    )


def translated(text: str) -> str:
    """What a binding says, in the language of the moment."""
    return str(Message(text)) if text else ""
