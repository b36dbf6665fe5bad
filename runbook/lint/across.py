"""What only several files together show."""

from __future__ import annotations

from collections.abc import Iterator

from runbook.lint.finding import Finding, Sight
from runbook.text import T


def rules(sight: Sight) -> Iterator[Finding]:
    """All that is wrong between the files that were looked through."""
    yield from _routes(sight)
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
    if sight.proxied and sight.modules and _two_four(sight):
        yield from _modules(sight)


def _two_four(sight: Sight) -> bool:
    said = sight.httpd_from(2, 4)
    return "authz_core_module" in sight.modules if said is None else said


def _modules(sight: Sight) -> Iterator[Finding]:
    if "proxy_balancer_module" not in sight.modules:
        return  # built in
    first = sight.proxied[0]
    lacking = {"slotmem_shm_module"} - sight.modules
    if not any(module.startswith("lbmethod_") for module in sight.modules):
        lacking.add("lbmethod_byrequests_module")
    for module in sorted(lacking):
        yield Finding(
            first.path,
            first.line,
            "modules-missing",
            T("The balancer needs {module}, which is not loaded", module=module),
            T("Uncomment its LoadModule line in httpd.conf."),
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
