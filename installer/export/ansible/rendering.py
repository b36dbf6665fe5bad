"""Every template is rendered as Ansible would: the result must be what Catherd writes itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import jinja2

from installer.export.ansible.roles import Role


def prove_templates(roles: Iterable[Role], variables: Mapping[str, Mapping[str, Any]]) -> None:
    """Render all templates for all hosts that have them.

    :raises RuntimeError: one renders to something else; a mistake in the export
    """
    for role in roles:
        for content in role.files.values():
            for host, wanted in content.wanted.items():
                if not content.template:
                    continue
                if render(content.data, variables[host]) != wanted.replace(b"\r\n", b"\n"):
                    raise RuntimeError(f"a template of {role.name} is wrong for {host}")


def render(template: bytes, variables: Mapping[str, Any]) -> bytes:
    """As the module ``template`` does, where a variable may be a template itself."""
    environment = jinja2.Environment(
        trim_blocks=True, keep_trailing_newline=True, undefined=jinja2.StrictUndefined
    )

    def resolved(value: Any) -> Any:
        if isinstance(value, str):
            return environment.from_string(value).render(**plain) if "{{" in value else value
        if isinstance(value, list):
            return [resolved(each) for each in value]
        if isinstance(value, dict):
            return {key: resolved(each) for key, each in value.items()}
        return value

    plain = dict(variables)
    return environment.from_string(template.decode()).render(**resolved(plain)).encode()
