"""Values that break what is not careful, and how many of them each test takes."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

TIMES = int(os.environ.get("CATHERD_HOSTILE_TIMES", "1"))
"""For a long night: that many times the usual examples."""


def examples(number: int) -> settings:
    """Settings of a test: so many examples, however long one takes on a busy machine."""
    return settings(
        max_examples=number * TIMES,
        deadline=None,
        suppress_health_check=[
            HealthCheck.function_scoped_fixture,
            HealthCheck.too_slow,
            HealthCheck.filter_too_much,
            HealthCheck.data_too_large,
        ],
    )


CANARY = "catherd-canary"
INJECTIONS = [
    f"$(touch {CANARY})",
    f"`touch {CANARY}`",
    f"; touch {CANARY} #",
    f"\ntouch {CANARY}\n",
    f"' ; touch {CANARY} ; '",
    f'" ; touch {CANARY} ; "',
    f"'; touch {CANARY}",
    f"| touch {CANARY}",
    f"&& touch {CANARY} &&",
    f"\\'; touch {CANARY} #",
    f"EOF\ntouch {CANARY}\nEOF",
    f"${{IFS}}`touch${{IFS}}{CANARY}`",
    f"%n$(touch {CANARY})%s",
    "-rf",
    "--",
    "-exec",
    "~root",
    "*",
    "?[a-z]*",
    "$HOME ${PATH} $$ $@ $1",
    "!!",
    "\\",
    "'",
    '"',
    "''''\"\"\"\"",
    "a\\\nb",
    "\r\n",
    "\x1b[2J\x1b]0;title\x07",
    "\x9b31m",
    "\u202egnp.exe",
    "ünïcödé 集群 🐈",
    "%h%p%r%%",
    "{0}{x}{__class__}",
    "<!--&x;]]>",
    "=cmd|' /C calc'!A0",
]
"""Each would run ``touch``, or be taken for an option, a pattern, a format, somewhere."""

_plain = st.characters(exclude_characters="\0", exclude_categories=["Cs"])
_sharp = st.sampled_from(list("'\"\\$`!*?[]{}()<>|&;~# \n\t\r-=%\x1b\x7f\x85\u2028"))

texts = (
    st.text(_plain | _sharp, max_size=30)
    | st.sampled_from(INJECTIONS)
    | st.lists(st.sampled_from(INJECTIONS) | st.text(_sharp, max_size=4), max_size=3).map("".join)
)
"""Text without NUL and half characters."""

raw = st.binary(min_size=1, max_size=30).filter(lambda data: b"\0" not in data)
"""Bytes as they may stand in a file name."""

words = texts | raw.map(lambda data: data.decode("utf-8", "surrogateescape"))
"""What the product takes as text for a host: bytes that are no UTF-8 too."""

names = words.map(lambda text: text.replace("/", "∕")[:60]).filter(
    lambda name: name not in ("", ".", "..")
)
"""Names of files."""

anything = (
    texts
    | st.text(max_size=20)
    | st.text(st.characters(), max_size=20)
    | st.integers()
    | st.integers(-(10**30), 10**30)
    | st.booleans()
    | st.floats()
    | st.none()
)
"""A value of the wrong kind, or of the right one."""
