"""Values that the answers give become variables: in file contents, paths and commands alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from runbook.host import Host

SHORTEST = 4
"""Characters of a value from which on its place in a text is surely the value's."""
_JINJA = re.compile(r"\{\{|\{%|\{#")


@dataclass(frozen=True)
class Naming:
    """What the variables of one host stand for; the first of two equal values is taken."""

    values: Mapping[str, str]
    """Value of each variable, such as ``node.route``."""

    def text(self, text: str) -> str:
        """``text`` as a Jinja template that renders to it."""
        return "".join(
            f"{{{{ {word} }}}}" if variable else _JINJA.sub(r"{{ '\g<0>' }}", word)
            for word, variable in self._parts(text)
        )

    def expression(self, text: str) -> str:
        """``text`` as a Jinja expression."""
        return " ~ ".join(
            word if variable else "'" + word.replace("\\", "\\\\").replace("'", "\\'") + "'"
            for word, variable in self._parts(text)
        )

    def _parts(self, text: str) -> Iterator[tuple[str, bool]]:
        """The pieces of a text: as they are, or as the variable that stands for them."""
        if not self.values:
            yield text, False
            return
        at = 0
        for found in self._pattern.finditer(text):
            if found.start() > at:
                yield text[at : found.start()], False
            yield self._variables[found[0]], True
            at = found.end()
        if at < len(text) or not text:
            yield text[at:], False

    @cached_property
    def _variables(self) -> Mapping[str, str]:
        return {value: name for name, value in reversed([*self.values.items()])}

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        words = sorted(self._variables, key=len, reverse=True)
        return re.compile(rf"(?<![\w.-])(?:{'|'.join(map(re.escape, words))})(?![\w-]|\.\w)")


def common_values(host: Host) -> dict[str, str]:
    """Where the software is: the same on all hosts."""
    return {
        "java_home": host.java_home,
        "tomcat_home": host.tomcat_home,
        "httpd_prefix": host.httpd_prefix,
    }


def own_values(host: Host) -> dict[str, str]:
    """What was answered of this host alone."""
    answers = host.answers.model_dump(mode="json", exclude={"name", "role", "init", "ssh"})
    plain = {key: each for key, each in answers.items() if type(each) in (str, int)}
    ordered = {"route": plain.pop("route", ""), **plain}
    return {f"node.{key}": str(each) for key, each in ordered.items()}


def namings(hosts: Iterable[Host], secrets: Mapping[str, str]) -> dict[str, Naming]:
    """The variables of hosts that take the same step: what tells them apart, what they share.

    :param secrets: the word that stands for each secret, by its variable
    """
    hosts = tuple(hosts)
    own = {host.name: own_values(host) for host in hosts}
    apart = {
        key
        for values in own.values()
        for key, value in values.items()
        if len(value) >= SHORTEST and any(other.get(key) != value for other in own.values())
    }
    return {
        host.name: Naming(
            {
                **secrets,
                **common_values(host),
                **{key: each for key, each in own[host.name].items() if key in apart},
            }
        )
        for host in hosts
    }
