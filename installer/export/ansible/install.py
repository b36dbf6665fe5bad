"""The role ``install``: an archive becomes a directory, unpacked or built, whole or not at all."""

from __future__ import annotations

from installer.engine.world import STATE
from installer.export.ansible.units import Task
from installer.export.ansible.written import document
from runbook.artefact import RECEIPT
from runbook.text import T, Text

_RECORD = "lookup('ansible.builtin.template', 'receipt.j2')"
_FILE = "{{ playbook_dir }}/files/{{ install_archive }}"
_LOCAL: Task = {"delegate_to": "localhost", "become": False}
_WORK = f"{STATE}/build/ansible"
_NEW = "{{ install_beside }}"


def role_files() -> dict[str, bytes]:
    """All files of the role, by path inside it."""
    return {
        "defaults/main.yml": document(_DEFAULTS),
        "tasks/main.yml": document(_main()),
        "tasks/unpack.yml": document(_unpack(), str(T("Unpacks beside the place."))),
        "tasks/build.yml": document(_build(), str(T("Compiles, and installs beside the place."))),
        "templates/receipt.j2": b"{{ install_record | to_json(sort_keys=True) }}\n",
    }


_DEFAULTS: Task = {
    "install_owner": "root",
    "install_group": "root",
    "install_writable": [],
    "install_writable_owner": "root",
    "install_contains": [],
    "install_only": [],
    "install_flags": [],
    "install_build_limit": 3600,
    "install_record": (
        "{{ {'name': install_archive, 'sha256': archives[install_archive].sha256}"
        " | combine({'flags': install_flags | map(attribute='flag') | list}"
        " if install_how == 'build' else {})"
        " | combine({'only': install_only} if install_only else {}) }}"
    ),
}


def _task(name: Text, module: str, values: object, **more: object) -> Task:
    return {"name": str(name), f"ansible.builtin.{module}": values, **more}


def _main() -> list[Task]:
    due = "install_due and not ansible_check_mode"
    return [
        _task(
            T("See what it was made from"),
            "stat",
            {"path": f"{{{{ install_to }}}}/{RECEIPT}", "checksum_algorithm": "sha256"},
            register="install_receipt",
        ),
        _task(
            T("Look for its main files"),
            "command",
            {"argv": "{{ ['ls', '-d', '--', install_to] + install_paths }}"},
            vars={
                "install_paths": "{{ [install_to ~ '/'] | product(install_contains)"
                " | map('join') | list }}"
            },
            register="install_parts",
            changed_when=False,
            failed_when=False,
            check_mode=False,
        ),
        _task(
            T("Decide whether it is due"),
            "set_fact",
            {
                "install_due": "{{ install_parts.rc != 0 or"
                " install_receipt.stat.checksum | default('') !="
                f" {_RECORD} | hash('sha256') }}}}"
            },
        ),
        _task(
            T("Say what would be done"),
            "debug",
            {"msg": "{{ install_how }} {{ install_archive }}: {{ install_to }}"},
            when="install_due and ansible_check_mode",
            changed_when=True,
        ),
        _task(
            T("Remember what would be there only then"),
            "set_fact",
            {"install_to_come": "{{ install_to_come | default([]) + [install_to] }}"},
            when="install_due and ansible_check_mode",
        ),
        {
            "name": str(T("Make it, and put it into its place")),
            "when": due,
            "block": [
                _task(
                    T("Bring the archive to this machine"),
                    "get_url",
                    {
                        "url": "{{ archives[install_archive].url }}",
                        "dest": _FILE,
                        "checksum": "sha256:{{ archives[install_archive].sha256 }}",
                        "mode": "0644",
                    },
                    when="archives[install_archive].url is defined",
                    throttle=1,
                    **_LOCAL,
                ),
                _task(
                    T("Read the checksum of the archive"),
                    "stat",
                    {"path": _FILE, "checksum_algorithm": "sha256"},
                    register="install_file",
                    **_LOCAL,
                ),
                _task(
                    T("Compare the checksum"),
                    "assert",
                    {
                        "that": [
                            "install_file.stat.exists",
                            "install_file.stat.checksum == archives[install_archive].sha256",
                        ],
                        "fail_msg": str(T("Put {file} with its right checksum there", file=_FILE)),
                        "quiet": True,
                    },
                    **_LOCAL,
                ),
                _task(
                    T("Remove what a broken-off run has left"),
                    "file",
                    {"path": _NEW, "state": "absent"},
                ),
                _task(
                    T("Do what the kind of archive asks for"),
                    "include_tasks",
                    "{{ install_how }}.yml",
                ),
                _task(
                    T("Sign it with what it was made from"),
                    "template",
                    {"src": "receipt.j2", "dest": f"{_NEW}/{RECEIPT}", "mode": "0644"},
                ),
                _task(
                    T("Move aside what is in the way"),
                    "command",
                    {
                        "cmd": 'mv -- "{{ install_to }}"'
                        ' "{{ install_aside }}{{ ansible_facts.date_time.iso8601_basic_short }}"',
                        "removes": "{{ install_to }}",
                    },
                ),
                _task(
                    T("Put it into its place"),
                    "command",
                    {
                        "cmd": f'mv -- "{_NEW}" "{{{{ install_to }}}}"',
                        "creates": "{{ install_to }}",
                    },
                ),
            ],
        },
    ]


def _unpack() -> list[Task]:
    zipped = "archives[install_archive].format == 'zip'"
    writable: Task = {
        "vars": {
            "install_written": "{{ [install_beside ~ '/'] | product(install_writable)"
            " | map('join') | list }}"
        },
        "when": "install_writable | length > 0",
        "changed_when": True,
    }
    return [
        _task(
            T("Make the directory above"),
            "command",
            {
                "cmd": 'mkdir -p -- "{{ install_to | dirname }}"',
                "creates": "{{ install_to | dirname }}",
            },
        ),
        _task(
            T("Make a directory beside the place"),
            "file",
            {"path": _NEW, "state": "directory", "mode": "0755"},
        ),
        _task(
            T("Unpack the archive"),
            "unarchive",
            {
                "src": _FILE,
                "dest": _NEW,
                "extra_opts": "{{ ['--no-same-owner', '--no-same-permissions'] +"
                " (['--strip-components=1'] if archives[install_archive].top else []) }}",
            },
            when=f"not {zipped}",
        ),
        _task(
            T("Bring the zip"),
            "copy",
            {"src": _FILE, "dest": f"{_NEW}.zip", "mode": "0600"},
            when=zipped,
        ),
        _task(
            T("Unpack the zip"),
            "command",
            {
                "argv": [
                    "{{ ansible_facts.python.executable }}",
                    "-m",
                    "zipfile",
                    "-e",
                    f"{_NEW}.zip",
                    _NEW,
                ]
            },
            when=zipped,
            changed_when=True,
        ),
        _task(
            T("Remove the zip"),
            "file",
            {"path": f"{_NEW}.zip", "state": "absent"},
            when=zipped,
        ),
        _task(
            T("Keep only what is wanted of it"),
            "command",
            {
                "argv": "{{ ['find', install_beside, '-mindepth', '1', '-maxdepth', '1']"
                " + (install_only | map('regex_replace', '^', '!/-name/') | join('/')"
                " | split('/')) + ['-exec', 'rm', '-rf', '--', '{}', '+'] }}"
            },
            when="install_only | length > 0",
            changed_when=True,
        ),
        _task(
            T("Give it its owner"),
            "command",
            {"argv": ["chown", "-hR", "{{ install_owner }}:{{ install_group }}", _NEW]},
            changed_when=True,
        ),
        _task(
            T("Let the group read it"),
            "command",
            {"argv": ["chmod", "-R", "g+rX", _NEW]},
            when="install_group != 'root'",
            changed_when=True,
        ),
        _task(
            T("Make the directories that the service writes to"),
            "command",
            {"argv": "{{ ['mkdir', '-p', '--'] + install_written }}"},
            **writable,
        ),
        _task(
            T("Give them to its user"),
            "command",
            {"argv": "{{ ['chown', '-hR', install_writable_owner] + install_written }}"},
            **writable,
        ),
    ]


def _build() -> list[Task]:
    source = f"{_WORK}/source"
    result = f"{_WORK}/root{{{{ install_to }}}}"
    return [
        _task(T("Begin anew"), "file", {"path": _WORK, "state": "absent"}),
        _task(
            T("Make a directory for the source"),
            "file",
            {"path": source, "state": "directory", "mode": "0700"},
        ),
        _task(
            T("Unpack the source"),
            "unarchive",
            {
                "src": _FILE,
                "dest": source,
                "extra_opts": ["--no-same-owner", "--strip-components=1"],
            },
        ),
        _task(
            T("Configure it"),
            "command",
            {
                "argv": "{{ ['./configure'] + install_flags | map(attribute='flag') | list }}",
                "chdir": source,
            },
            changed_when=True,
        ),
        _task(
            T("Compile it"),
            "command",
            {
                "cmd": "make -j{{ ansible_facts.processor_nproc"
                " | default(ansible_facts.processor_vcpus) }}",
                "chdir": source,
            },
            changed_when=True,
            **{"async": "{{ install_build_limit }}", "poll": 5},
        ),
        _task(
            T("Install it below a directory of its own"),
            "command",
            {"cmd": f"make install DESTDIR={_WORK}/root", "chdir": source},
            changed_when=True,
        ),
        _task(
            T("Bring it beside the place"),
            "command",
            {"cmd": f'mv -- "{result}" "{_NEW}"', "creates": _NEW},
        ),
        _task(T("Remove the source"), "file", {"path": _WORK, "state": "absent"}),
    ]
