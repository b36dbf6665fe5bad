"""``Put`` and ``Edit`` as tasks: a whole file where it is ours, else only what we bring to it."""

from __future__ import annotations

import posixpath
import re
from shlex import quote

from installer.engine.change import Change
from installer.export.ansible.units import FILE, Place, Task, Unit, titled
from installer.remote.operations import WriteFile
from runbook.actions import Edit, Put
from runbook.edits.blocks import MARK, MARK_BEGIN, MARK_END
from runbook.errors import BadInput
from runbook.text import T


def file(action: Put | Edit, change: Change, place: Place) -> Unit:
    """A whole file: its content is known."""
    write = change.operations[0]
    assert isinstance(write, WriteFile)
    tasks: list[Task] = []
    folder = posixpath.dirname(write.path)
    private = not write.mode & 0o077
    if private and not change.follows:
        tasks.append(
            {
                "name": str(T("A directory for root alone ({path})", path=folder)),
                "ansible.builtin.file": {
                    "path": place.named(folder),
                    "state": "directory",
                    "mode": "0700",
                },
            }
        )
    copy: Task = {
        "src": FILE,
        "dest": place.named(write.path),
        **_attributes(write, place),
    }
    if action.validate:
        copy["validate"] = place.named(_validation(action.validate))
    tasks.append(
        {
            "name": titled(action.why, write.path),
            "ansible.builtin.copy": copy,
            **place.guard(write.path),
            **place.told(write.path),
        }
    )
    return Unit(write.path, tuple(tasks), content=write.content)


def _attributes(write: WriteFile, place: Place) -> Task:
    return {
        "owner": place.named(write.owner),
        "group": place.named(write.group),
        "mode": f"{write.mode:04o}",
    }


def _validation(script: str) -> str:
    """The script as one argument of a shell; the module puts the file's name for its ``%s``."""
    return f"/bin/sh -c {quote(script.replace('%', '%%'))} sh %s"


def edit(action: Edit, change: Change, place: Place) -> Unit:
    """Somebody else's file: a marked block, whole lines, or all of it where it is known."""
    if action.block:
        return _block(action, place)
    if action.lines:
        return _lines(action, place)
    write = change.operations[0] if change.operations else None
    if isinstance(write, WriteFile) and write.owner == "root":
        return file(action, change, place)
    if isinstance(write, WriteFile) and (inserted := insertion(change.diff)):
        return _insertion(action, *inserted, place)
    if action.start is not None:
        return _beginning(action, action.start, place)
    raise BadInput(
        T("The edit of {path} cannot be exported", path=action.path),
        remedy=T("Its description lacks the lines, or the block, that it comes to."),
    )


def _insertion(action: Edit, before: str, new: str, place: Place) -> Unit:
    """A file that belongs to a service's user, who may have another one by now."""
    task = {
        "name": titled(action.why, action.path),
        "ansible.builtin.replace": {
            "path": place.named(action.path),
            "regexp": f"^({_literally(before)})(?!{_literally(new)})",
            "replace": rf"\1{new}".replace("\\", "\\\\").replace("\\\\1", "\\1", 1),
        },
        **place.guard(action.path),
        **place.told(action.path),
    }
    return Unit(action.path, (task, *_assured(action, place)))


def _literally(text: str) -> str:
    """A regular expression for just this text, as readable as can be."""
    return re.sub(r"[\\.^$*+?{}\[\]|()]", r"\\\g<0>", text)


def _beginning(action: Edit, start: bytes, place: Place) -> Unit:
    """A file that is made where there is none; one that is there is somebody's."""
    task = {
        "name": titled(action.why, action.path),
        "ansible.builtin.copy": {
            "src": FILE,
            "dest": place.named(action.path),
            "mode": "0644",
            "force": False,
        },
        **place.guard(action.path),
        **place.told(action.path),
    }
    content = action.change(start)
    return Unit(action.path, (task, *_assured(action, place)), content=content)


def _assured(action: Edit, place: Place) -> tuple[Task, ...]:
    """The lines that the edit brings are there, whoever wrote the file."""
    found = f"{place.role}_found"
    real = {"when": "not ansible_check_mode"}
    return (
        {
            "name": str(T("Read {path}", path=action.path)),
            "ansible.builtin.slurp": {"src": place.named(action.path)},
            "register": found,
            **real,
        },
        {
            "name": str(T("See that it says so ({path})", path=action.path)),
            "ansible.builtin.assert": {
                "that": [
                    f"{place.naming.expression(line)} in ({found}.content | b64decode)"
                    for line in action.intent
                ],
                "quiet": True,
                "fail_msg": place.named(
                    str(
                        T(
                            "Somebody else wrote {path}. Put this into it: {lines}",
                            path=action.path,
                            lines=" ".join(action.intent),
                        )
                    )
                ),
            },
            **real,
        },
    )


def insertion(diff: str) -> tuple[str, str] | None:
    """What stands before, and what is new, where a unified diff does nothing but insert once."""
    hunks = re.split(r"^@@ .*\n", diff, flags=re.MULTILINE)
    found = re.fullmatch(r"((?: .*\n)+)((?:\+.*\n)+)(?: .*\n|\\.*\n)*", hunks[-1])
    if len(hunks) != 2 or not found:
        return None
    before, new = ("".join(line[1:] for line in each.splitlines(True)) for each in found.groups())
    return before, new


def _edited(action: Edit, place: Place) -> Task:
    """What every task that edits this file has."""
    common: Task = {"path": place.named(action.path)}
    if action.mode is not None:
        common["mode"] = f"{action.mode:04o}"
    if action.group is not None:
        common["group"] = place.named(action.group)
    if action.validate:
        common["validate"] = place.named(_validation(action.validate))
    if action.start is not None:
        common["create"] = True
    return common


def _block(action: Edit, place: Place) -> Unit:
    block: Task = {
        **_edited(action, place),
        "marker": MARK.format(name=action.block, mark="{mark}"),
        "marker_begin": MARK_BEGIN,
        "marker_end": MARK_END,
    }
    if action.intent:
        block["block"] = place.named("\n".join(action.intent))
    else:
        block["state"] = "absent"
    task = {
        "name": titled(action.why, action.path),
        "ansible.builtin.blockinfile": block,
        **place.guard(action.path),
        **place.told(action.path),
    }
    return Unit(action.path, (task,))


def _lines(action: Edit, place: Place) -> Unit:
    """A loop over the lines: each in the place of the one that gives way, or at the end."""
    items = [
        {
            "line": place.named(line.text),
            "replaces": line.replaces or f"^{_literally(line.text)}$",
            **({"after": line.after} if line.after else {}),
        }
        for line in action.lines
    ]
    line: Task = {
        **_edited(action, place),
        "regexp": "{{ item.replaces }}",
        "line": "{{ item.line }}",
        "insertafter": "{{ item.after | default('EOF') }}",
    }
    check = line.pop("validate", None)
    tasks: list[Task] = [
        {
            "name": titled(action.why, action.path),
            "ansible.builtin.lineinfile": line,
            "loop": items,
            "loop_control": {"label": "{{ item.line }}"},
            **place.guard(action.path),
            **place.told(action.path),
        }
    ]
    if check:
        line["validate"] = check
    return Unit(action.path, tuple(tasks))
