"""httpd.conf and what it includes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from runbook.edits.httpd_lines import Conf, Line, parsed
from runbook.lint.access import old_rules, open_to_all
from runbook.lint.finding import AjpEnd, Finding, Given, Place, Served, Sight
from runbook.lint.markup import forum_markup
from runbook.text import T, Text

HANDLERS = ("balancer-manager", "server-status", "server-info")
COOKIE = "JSESSIONID"


def rules(given: Given, sight: Sight) -> Iterator[Finding]:
    """All that is wrong in one file; what it tells about others goes into ``sight``."""
    conf = parsed(given.data)
    sight.modules |= {line.words[0] for line in conf.active("loadmodule") if line.words}
    sight.reversed |= bool(conf.active("proxypassreverse"))
    sight.handled += _handled(given, conf)
    sight.old_rules += [
        Place(line.name, given.path, line.number) for line in old_rules(conf, HANDLERS)
    ]
    yield from forum_markup(given)
    for line, erratum, what, mend in (
        *_passes(given, conf, sight),
        *_members(given, conf, sight),
        *_parameters(conf),
        *open_to_all(conf, HANDLERS),
        *_order(conf),
    ):
        yield Finding(given.path, line.number, erratum, what, mend)


Found = tuple[Line, str, Text, Text]


def location_of(line: Line) -> str:
    """The path of the innermost <Location> around a line, or an empty string."""
    for section in reversed(line.sections):
        name, _, path = section.partition(" ")
        if name.lower() == "location":
            return path.strip().strip("\"'")
    return ""


def _served(given: Given, line: Line, what: str, below: str) -> Served:
    site = next((each for each in line.sections if each.lower().startswith("virtualhost")), "")
    return Served(what, given.path, line.number, below, site and f"{given.path} {site}")


def _handled(given: Given, conf: Conf) -> Iterator[Served]:
    """What Apache answers itself, by <Location>."""
    for line in conf.active("sethandler"):
        if line.words[:1] and line.words[0] in HANDLERS and (path := location_of(line)):
            yield _served(given, line, line.words[0], path)


def _passes(given: Given, conf: Conf, sight: Sight) -> Iterator[Found]:
    for line in conf.active("proxypass"):
        inside = location_of(line)
        path, *target = (inside, *line.words) if inside else (line.words or ("",))
        if target[:1] == ["!"]:
            sight.excluded.add(path.rstrip("/"))
        if not target or not target[0].startswith("balancer://"):
            continue
        sight.proxied.append(_served(given, line, target[0], path))
        if path.endswith("/") and not target[0].endswith("/"):
            yield (
                line,
                "proxypass-slash",
                T("{path} ends with a slash and {target} does not", path=path, target=target[0]),
                T("Write {target}/", target=target[0]),
            )


def _members(given: Given, conf: Conf, sight: Sight) -> Iterator[Found]:
    for name in ("proxypass", "proxyset", "balancermember"):
        for line in conf.active(name):
            said = parameters(line)
            if "stickysession" in said:
                sight.sticky.add(balancer_of(line))
            if method := said.get("lbmethod"):
                sight.methods[balancer_of(line)] = Place(method, given.path, line.number)
    balancers: dict[str, list[Line]] = {}
    for line in conf.active("balancermember"):
        if any(word.lower().startswith("ajp:") for word in line.words):
            said = parameters(line)
            end = AjpEnd(given.path, line.number, said.get("route", ""), said.get("secret", ""))
            sight.ajp_members.append(end)
        balancers.setdefault(balancer_of(line), []).append(line)
    for balancer, lines in balancers.items():
        routes: dict[str, Line] = {}
        for line in lines:
            route = parameters(line).get("route", "")
            if route:
                sight.member_routes.append(Place(route, given.path, line.number))
                sight.sticky.add(balancer)
            if route and route in routes:
                yield (
                    line,
                    "no-route",
                    T("route={route} has been given to another member", route=route),
                    T("Give each member the jvmRoute of its own Tomcat."),
                )
            elif not route and len(lines) > 1:
                sight.routeless.append(Place(balancer, given.path, line.number))
            routes[route] = line


def balancer_of(line: Line) -> str:
    """Name of the balancer that a directive speaks of, or stands in the section of."""
    for text in (*line.words, *reversed(line.sections)):
        if found := re.match(r"(?:proxy\s+)?[\"']?balancer://([^/\s\"'>]+)", text, re.I):
            return found[1]
    return ""


def parameters(line: Line) -> dict[str, str]:
    """``key=value`` words of a directive; keys in lower case, as httpd takes them."""
    pairs = (word.partition("=") for word in line.words if "=" in word)
    return {key.lower(): value for key, _, value in pairs}


def _parameters(conf: Conf) -> Iterator[Found]:
    for name in ("proxypass", "proxyset", "balancermember"):
        for line in conf.active(name):
            given = parameters(line)
            if given.get("nofailover", "").lower() == "on":
                yield (
                    line,
                    "nofailover",
                    T("nofailover=On keeps the sessions of a dead node from the others"),
                    T("Write nofailover=Off, or leave it out."),
                )
            names = given.get("stickysession", COOKIE).split("|")
            if COOKIE not in names and COOKIE.lower() in map(str.lower, names):
                yield (
                    line,
                    "stickysession-case",
                    T("stickysession={names} does not match Tomcat's cookie",
                      names=given["stickysession"]),
                    T("Write stickysession=JSESSIONID|jsessionid"),
                )  # fmt: skip


def _order(conf: Conf) -> Iterator[Found]:
    base = next((each for each in conf.active("loadmodule")
                 if each.words[:1] == ("proxy_module",)), None)  # fmt: skip
    if base is None:
        return
    for line in conf.active("loadmodule"):
        if line.number > base.number:
            return
        if line.words[:1] and line.words[0] in ("proxy_http_module", "proxy_ajp_module",
                                                "proxy_balancer_module"):  # fmt: skip
            yield (
                line,
                "modules-missing",
                T("{module} is loaded before proxy_module", module=line.words[0]),
                T("Move the line of proxy_module above it."),
            )
