"""Files for the hosts, made from the templates in ``assets/templates``."""

from __future__ import annotations

from functools import cache

import jinja2

from runbook.assets import asset


def render(name: str, **values: object) -> bytes:
    """The template ``name`` filled in; a value that is missing is an error, not a blank."""
    return _environment().get_template(name).render(**values).encode()


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(asset("templates")),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
