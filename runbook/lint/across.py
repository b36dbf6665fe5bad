"""What only several files together show."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from runbook.lint.finding import AjpEnd, Finding, Place, Sight
from runbook.lint.server_xml import wants_secret
from runbook.text import T


def rules(sight: Sight) -> Iterator[Finding]:
    """All that is wrong between the files that were looked through."""
    yield from _routes(sight)
    yield from _secrets(sight)
    if sight.proxied and not sight.reversed:
        first = sight.proxied[0]
        target = first.value.rstrip("/") + "/"
        yield Finding(
            first.path,
            first.line,
            "no-proxypassreverse",
            T("Nothing turns the addresses in redirects back"),
            T('Below it, write: ProxyPassReverse "/" "{target}"', target=target),
        )
    yield from _swallowed(sight)
    if sight.modules and _two_four(sight):
        yield from _modules(sight)
        yield from _old_rules(sight)


def _two_four(sight: Sight) -> bool:
    said = sight.httpd_from(2, 4)
    return "authz_core_module" in sight.modules if said is None else said


def _swallowed(sight: Sight) -> Iterator[Finding]:
    """Pages of Apache's own that are passed on to the balancer."""
    for passed, page in itertools.product(sight.proxied, sight.handled):
        apart = passed.site and page.site and passed.site != page.site
        if apart or page.below.rstrip("/") in sight.excluded:
            continue
        if page.below.startswith(passed.below):
            yield Finding(
                passed.path,
                passed.line,
                "manager-swallowed",
                T("{path} is passed on as well, so {handler} is never seen", path=page.below,
                  handler=page.value),
                T("Above this line, write: ProxyPass {path} !", path=page.below),
            )  # fmt: skip


def _modules(sight: Sight) -> Iterator[Finding]:
    if "proxy_balancer_module" not in sight.modules:
        return  # built in
    needed: dict[str, Place] = {}
    for passed in sight.proxied:
        needed.setdefault("slotmem_shm_module", passed)
        balancer = passed.value.removeprefix("balancer://").partition("/")[0]
        method = sight.methods.get(balancer, Place("byrequests", passed.path, passed.line))
        needed.setdefault(f"lbmethod_{method.value}_module", method)
    for module in sorted(needed.keys() - sight.modules):
        yield Finding(
            needed[module].path,
            needed[module].line,
            "modules-missing",
            T("The balancer needs {module}, which is not loaded", module=module),
            T("Uncomment its LoadModule line in httpd.conf."),
        )


def _old_rules(sight: Sight) -> Iterator[Finding]:
    if "authz_core_module" not in sight.modules or "access_compat_module" in sight.modules:
        return  # built in, or loaded
    for rule in sight.old_rules:
        yield Finding(
            rule.path,
            rule.line,
            "manager-open",
            T(
                "Apache 2.4 does not know {name} without mod_access_compat",
                name=rule.value.capitalize(),
            ),
            T("Write Require ip 192.0.2.7 in place of Order, Deny and Allow."),
        )


def _routes(sight: Sight) -> Iterator[Finding]:
    for place in sight.routeless:
        # Pages without sessions need none, and only these signs tell that there are sessions.
        if place.value in sight.sticky or sight.jvm_routes:
            yield Finding(
                place.path,
                place.line,
                "no-route",
                T("This member has no route"),
                T("Add route=, with the jvmRoute of this Tomcat."),
            )
    seen: dict[str, str] = {}
    for place in sight.jvm_routes:
        if seen.setdefault(place.value, place.path) != place.path:
            yield Finding(
                place.path,
                place.line,
                "no-route",
                T("{file} has the same jvmRoute {route}", file=seen[place.value],
                  route=place.value),
                T("Give each Tomcat a jvmRoute of its own."),
            )  # fmt: skip
    members = {each.value for each in sight.member_routes}
    for place in sight.jvm_routes:
        if members and place.value not in members:
            yield Finding(
                place.path,
                place.line,
                "no-route",
                T("No balancer member has route={route}", route=place.value),
                T("Write the same name in both places."),
            )


def _secrets(sight: Sight) -> Iterator[Finding]:
    """Members over AJP that their Tomcat turns away."""
    for member in sight.ajp_members:
        wanted = {each.secret for each in sight.ajp_connectors if _may_meet(member, each)}
        if "" in wanted or any("${" in secret for secret in (member.secret, *wanted)):
            continue  # a Tomcat without a secret takes any; of a variable nobody knows
        if member.secret:
            wrong = bool(wanted) and member.secret not in wanted
            what = T("This member has another secret than the Connector of its Tomcat")
        else:
            wrong = bool(wanted) or wants_secret(sight)
            what = T("A member over AJP without a secret: Tomcat answers 403")
        if wrong:
            yield Finding(
                member.path,
                member.line,
                "ajp-or-http",
                what,
                T("Write secret= with the value that the Connector of this Tomcat has."),
            )


def _may_meet(member: AjpEnd, connector: AjpEnd) -> bool:
    """Whether the member may be that Tomcat: by its route, where both have one."""
    return not member.route or not connector.route or member.route == connector.route
