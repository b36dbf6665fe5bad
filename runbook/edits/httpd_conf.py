"""httpd.conf: the modules of the balancer, the Include of its configuration, the server's name."""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from runbook.edits.httpd_lines import Conf, Line, argument, parsed, raw
from runbook.errors import BadInput
from runbook.software.httpd import Module
from runbook.text import T

INCLUDE_COMMENT = "# Proxypass Config"
"""The document's own words above its Include."""

KNOWN = frozenset({"serverroot", "listen", "loadmodule", "documentroot", "include", "servername"})
"""A file without any of these is not an httpd.conf."""

INDEPENDENT = frozenset({"proxy_module", "proxy_html_module", "proxy_http2_module"})
"""Named after mod_proxy, but loadable without it."""


@dataclass(frozen=True, kw_only=True)
class HttpdConf:
    """What httpd.conf must say; None leaves a thing as it is."""

    modules: tuple[Module, ...]
    """In an order that loads."""
    includes: tuple[str, ...] = ()
    server_name: str | None = None
    """``address:port``; set where no ServerName is active."""
    listen: int | None = None
    user: str | None = None
    group: str | None = None


def edit_httpd_conf(source: bytes, wanted: HttpdConf) -> bytes:
    """``source`` with what ``wanted`` asks for; raises BadInput where it is not an httpd.conf."""
    conf = parsed(source)
    if not any(line.name in KNOWN for line in conf.lines):
        raise BadInput(
            T("This is not an httpd.conf: it has no directive of one"),
            remedy=T("Put back the file that Apache was installed with."),
        )
    if wanted.listen is not None:
        conf = _listen(conf, wanted.listen)
    conf = _modules(conf, wanted.modules)
    if wanted.server_name is not None:
        conf = _server_name(conf, raw(wanted.server_name))
    for name, value in (("User", wanted.user), ("Group", wanted.group)):
        if value is not None:
            conf = _account(conf, name, raw(value))
    for path in wanted.includes:
        conf = _include(conf, raw(path))
    return conf.source


def enable_modules(source: bytes, modules: Sequence[Module]) -> bytes:
    """``source`` with these modules loaded, each after the ones it stands on."""
    return _modules(parsed(source), modules).source


def include(source: bytes, path: str) -> bytes:
    """``source`` with the Include of ``path``."""
    return _include(parsed(source), raw(path)).source


def _modules(conf: Conf, modules: Sequence[Module]) -> Conf:
    before: Module | None = None
    for module in modules:
        conf = _module(conf, module, before)
        before = module
    names = [module.name for module in modules]
    return _base_first(conf) if "proxy_module" in names else conf


def _module(conf: Conf, module: Module, before: Module | None) -> Conf:
    if _loaded(conf, module.name):
        return conf
    for line in conf.lines:
        if line.main and line.sleeping[:2] == ("loadmodule", module.name):
            start = line.text.index("#")
            directive = line.text[start:].lstrip("# \t")
            return conf.replaced(line, line.text[:start] + directive)
    text = f"LoadModule {module.name} {argument(_file(conf, module))}"
    loads = [line for line in conf.active("loadmodule") if line.main]
    after = _loaded(conf, before.name) if before else None
    if after is None or not after.main:
        after = loads[-1] if loads else None
    if after is None:
        roots = [line for line in conf.active("serverroot") if line.main]
        after = roots[-1] if roots else None
    return conf.inserted(text, after=after) if after else _on_top(conf, text)


def _on_top(conf: Conf, text: str) -> Conf:
    return conf.inserted(text, before=conf.lines[0]) if conf.lines else conf.inserted(text)


def _loaded(conf: Conf, module: str) -> Line | None:
    """The line that loads a module whatever else is loaded."""
    for line in conf.active("loadmodule"):
        outer = [section.split() for section in line.sections]
        if line.words[:1] == (module,) and all(
            len(words) == 2 and words[0].lower() == "ifmodule" and words[1] == f"!{module}"
            for words in outer
        ):
            return line
    return None


def _file(conf: Conf, module: Module) -> str:
    """Where the module's file lies: where most of the others lie."""
    places = Counter(
        posixpath.dirname(line.words[1])
        for line in conf.active("loadmodule")
        if len(line.words) > 1
    )
    if not places:
        return module.file
    return posixpath.join(places.most_common(1)[0][0], posixpath.basename(module.file))


def _base_first(conf: Conf) -> Conf:
    """mod_proxy before all that stands on it: they do not load without it."""
    base = _loaded(conf, "proxy_module")
    if base is None:
        return conf
    for line in conf.active("loadmodule"):
        if line is base:
            return conf
        if line.main and line.words and _stands_on_proxy(line.words[0]):
            text = base.body
            number = line.number
            conf = conf.replaced(base, "")
            first = next(each for each in conf.lines if each.number == number)
            return conf.inserted(text, before=first)
    return conf


def _stands_on_proxy(module: str) -> bool:
    """Whether a module may use symbols of mod_proxy, so that it has to be loaded after it."""
    return module.startswith(("proxy_", "lbmethod_")) and module not in INDEPENDENT


def _include(conf: Conf, path: str) -> Conf:
    roots = [line.words[0] for line in conf.active("serverroot") if line.words]
    names = {path, *(posixpath.join(root, path) for root in roots)}
    for line in (*conf.active("include"), *conf.active("includeoptional")):
        if line.main and any(fnmatchcase(name, word) for word in line.words for name in names):
            return _behind_modules(conf, line)
    for line in conf.lines:
        if line.main and line.sleeping == ("include", path):
            start = line.text.index("#")
            return conf.replaced(line, line.text[:start] + line.text[start:].lstrip("# \t"))
    return conf.inserted(INCLUDE_COMMENT, f"Include {argument(path)}")


def _behind_modules(conf: Conf, including: Line) -> Conf:
    """An Include that stands above a module, moved to the end: what it holds needs the modules."""
    loads = [line for line in conf.active("loadmodule") if line.main]
    if not loads or including.number > loads[-1].number:
        return conf
    text = including.body
    above = next((each for each in conf.lines if each.number == including.number - 1), None)
    moved = conf.replaced(including, "")
    if above and above.text.strip() == INCLUDE_COMMENT:
        comment = next(each for each in moved.lines if each.number == above.number)
        moved = moved.replaced(comment, "")
        return moved.inserted(INCLUDE_COMMENT, text)
    return moved.inserted(text)


def _server_name(conf: Conf, name: str) -> Conf:
    for line in conf.active("servername"):
        if line.main:
            same_host = line.words and _host_of(line.words[0]) == _host_of(name)
            return _with_argument(conf, line, name) if same_host else conf
    example = next(
        (
            line
            for line in conf.lines
            if line.main and line.sleeping[:1] == ("servername",) and len(line.sleeping) == 2
        ),
        None,
    )
    listens = [line for line in conf.active("listen") if line.main]
    after = example or (listens[-1] if listens else None)
    text = f"ServerName {name}"
    return conf.inserted(text, after=after) if after else conf.inserted(text)


def _host_of(name: str) -> str:
    host = name.partition("://")[2] or name
    return host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() else host


def _listen(conf: Conf, port: int) -> Conf:
    listens = [line for line in conf.active("listen") if line.main and line.words]
    ports = {line: line.words[0].rpartition(":")[2] for line in listens}
    if str(port) in ports.values():
        return conf
    plain = [line for line in listens if ports[line] != "443" and line.words[1:] != ("https",)]
    if len(plain) > 1:
        raise BadInput(
            T("Apache listens on several ports, but not on {port}", port=port),
            T("lines {lines}", lines=", ".join(str(line.number) for line in plain)),
            T("Write one of them as Listen {port}.", port=port),
        )
    if plain:
        host, colon, _ = plain[0].words[0].rpartition(":")
        return _with_argument(conf, plain[0], f"{host}{colon}{port}")
    roots = [line for line in conf.active("serverroot") if line.main]
    after = listens[-1] if listens else roots[-1] if roots else None
    text = f"Listen {port}"
    return conf.inserted(text, after=after) if after else _on_top(conf, text)


def _account(conf: Conf, name: str, value: str) -> Conf:
    lines = conf.active(name)
    if not lines:
        return conf.inserted(f"{name} {argument(value)}")
    for number in [line.number for line in lines]:
        line = next(each for each in conf.lines if each.number == number)
        conf = _with_argument(conf, line, value)
    return conf


def _with_argument(conf: Conf, line: Line, value: str) -> Conf:
    """The line with another first argument; its layout stays."""
    if line.words[:1] == (value,):
        return conf
    content = line.text.rstrip("\r\n")
    start = len(content) - len(content.lstrip())
    name_end = start + len(line.name)
    gap = content[name_end:][: len(content[name_end:]) - len(content[name_end:].lstrip())] or " "
    rest = [argument(word) for word in line.words[1:]]
    new = content[:name_end] + gap + " ".join((argument(value), *rest))
    return conf.replaced(line, new + line.text[len(content) :])
