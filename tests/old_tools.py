"""What the tools of CentOS 5 lack, so that no script asks a host of that time for it.

That is: coreutils 5.97, sed 4.1, grep 2.5, tar 1.15, findutils 4.2, gzip 1.3, util-linux 2.13,
net-tools 1.60 and iproute of 2006. Each entry names the release that has it first.
"""

from __future__ import annotations

import re

_PLACE = r"(?:^|[;&|({!`]|\$\(|\b(?:then|do|else|exec|xargs|nice|env)\b)\s*"
"""Where a command's name can stand."""

NEW_COMMANDS = {
    "arch": "coreutils 6.11",
    "base64": "coreutils 6.0",
    r"mktemp(?!\s+(?:-d\s+)?/\S+XXXXXX)": "coreutils 7.0; one of its own before, for whole names",
    "nproc": "coreutils 8.1",
    "numfmt": "coreutils 8.21",
    "realpath": "coreutils 8.15",
    "shuf": "coreutils 6.0",
    "sha(1|224|256|384|512)sum": "coreutils 6.0",
    "stdbuf": "coreutils 7.5",
    "timeout": "coreutils 7.0",
    "truncate": "coreutils 7.0",
    "fallocate": "util-linux 2.16",
    "findmnt": "util-linux 2.18",
    "flock": "not in every minimal system",
    "lsblk": "util-linux 2.19",
    "nsenter": "util-linux 2.23",
    "setpriv": "util-linux 2.24",
    "unshare": "util-linux 2.17",
    "hostnamectl": "systemd",
    "ss": "iproute, in a package that may be missing; -H came in 2017",
}
NEW_OPTIONS = {
    ("cp", r"-\w*n\w*|--no-clobber|--attributes-only|--sparse=\S+ -n"): "coreutils 7.1, 8.6",
    ("mv", r"-\w*n\w*|--no-clobber"): "coreutils 7.1",
    ("ln", r"-\w*r\w*|--relative"): "coreutils 8.16",
    ("rm", r"-\w*d\w*|--dir|--one-file-system"): "coreutils 8.19, 6.0",
    ("dd", r"status=\S+|iflag=fullblock"): "coreutils 8.20, 7.0",
    ("df", r"--output\S*|--total"): "coreutils 8.21, 7.0",
    ("du", r"-\w*t\w*|--threshold\S*"): "coreutils 8.21",
    ("env", r"-\w*[SC0]\w*|--chdir\S*|--split-string\S*"): "coreutils 8.30, 8.28",
    ("sort", r"-\w*[hVR]\w*|--(human|version|random)\S*"): "coreutils 7.5, 7.0, 6.0",
    ("stat", r"-\w*c\w*\s+\S*%[wWm]\S*"): "coreutils 8.6",
    ("sync", r"\S+"): "coreutils 8.24",
    ("touch", r"-\w*h\w*|--no-dereference"): "coreutils 8.1",
    ("head|tail|cut|uniq|wc", r"-\w*z\w*|--zero\S*|--total\S*"): "coreutils 8.25",
    ("install", r"-\w*C\w*|--compare"): "coreutils 7.0",
    ("sed", r"-\w*[Ez]\w*|--follow-symlinks|--null-data|--debug"): "sed 4.2, 4.2.2, 4.3",
    ("grep", r"--exclude-dir\S*|-\w*T\w*|--initial-tab"): "grep 2.5.3",
    ("tar", r"-\w*[Ja]\w*|--xattrs\S*|--acls|--selinux|--sort\S*|--one-top-level\S*|--transform\S*"
            r"|--warning\S*|--skip-old-files|--zstd|--auto-compress"): "tar 1.15.91 to 1.31",
    ("find", r"-readable|-writable|-executable|-newer[aBcmt]{2}|-files0-from|-D|-O\d"):
        "findutils 4.3",
    ("xargs", r"-\w*d\w*|--delimiter\S*"): "findutils 4.3",
    ("gzip", r"-\w*k\w*|--keep"): "gzip 1.6",
    ("hostname", r"-\w*[IA]\w*|--all-\S*"): "net-tools of 2009",
    ("setsid", r"-\w*[wf]\w*|--wait|--fork"): "util-linux 2.24",
    ("pgrep|pkill", r"-\w*a\w*|--list-full"): "procps 3.3",
    ("diff", r"--color\S*"): "diffutils 3.4",
}  # fmt: skip
GUARDED = {
    'sync "$@" 2>/dev/null || sync': "an old sync takes no names, and then does so for everything",
    'sync -f "$1" 2>/dev/null || sync': "the same",
    "if command -v sha256sum >/dev/null 2>&1; then sha256sum -- \"$@\"": "else openssl",
    "if command -v sha256sum >/dev/null 2>&1; then set -- \"$(sha256sum <\"$1\")\"": "else openssl",
    "if command -v sha256sum >/dev/null 2>&1; then sha256sum -c": "else openssl",
    "if command -v base64 >/dev/null 2>&1; then base64 -d": "else openssl",
    "if command -v flock >/dev/null 2>&1; then exec 9</ && flock -w": "else the lock is left out",
}  # fmt: skip
"""What is used where it is there, and what is done elsewhere."""


def _between(name: str) -> str:
    """What may stand before an option: for ``env`` and ``xargs`` no command with its own."""
    return r"(?:-\S+\s+)*" if name in ("env", "xargs") else r"(?:[^;&|\n]*\s)?"


_PATTERNS = {
    **{
        re.compile(rf"{_PLACE}({name})(?=[\s;)&|`]|$)", re.M): why
        for name, why in NEW_COMMANDS.items()
    },
    **{
        re.compile(rf"{_PLACE}((?:{name})\s{_between(name)}(?:{option}))(?=[\s;)]|$)", re.M): why
        for (name, option), why in NEW_OPTIONS.items()
    },
}


def too_new(script: str) -> list[str]:
    """What in a script an old host lacks, each with the release that has it."""
    for guarded in GUARDED:
        script = script.replace(guarded, ":")
    script = re.sub(r"\\\n", " ", script)
    return [
        f"{found[1].strip()}: {why}"
        for pattern, why in _PATTERNS.items()
        for found in pattern.finditer(script)
    ]


_NOT_POSIX = [
    r"\[\[", r"(?<![./])\blocal\b", r"\bfunction\b", r"\$'", r"<<<", r"<\(", r"\bsource\b",
    r"\[ [^]\n]* == ", r"&>", r"\|&", r"\bpipefail\b", r"\bdeclare\b", r"\blet\b",
    r"\bpgrep\b", r"\bpkill\b", r"\bps \b",
]  # fmt: skip
"""Not in POSIX sh; and programs that a minimal system lacks (procps)."""


def not_posix(script: str) -> list[str]:
    """What in a script not every sh has, or not every host."""
    return [found[0] for pattern in _NOT_POSIX for found in re.finditer(pattern, script)]
