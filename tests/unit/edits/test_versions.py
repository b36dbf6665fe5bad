from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runbook.errors import BadInput
from runbook.software import httpd, tomcat


@pytest.mark.parametrize(
    ("version", "line", "java", "namespace", "web"),
    [
        ("6.0.16", "6.0", 5, "http://java.sun.com/xml/ns/javaee", "2.5"),
        ("7.0.109", "7.0", 6, "http://java.sun.com/xml/ns/javaee", "3.0"),
        ("8.5.100", "8.5", 7, "http://xmlns.jcp.org/xml/ns/javaee", "3.1"),
        ("9.0.70", "9.0", 8, "http://xmlns.jcp.org/xml/ns/javaee", "4.0"),
        ("10.1.60", "10.1", 11, "https://jakarta.ee/xml/ns/jakartaee", "6.0"),
        ("11.0.9", "11.0", 17, "https://jakarta.ee/xml/ns/jakartaee", "6.1"),
    ],
)
def test_lines_of_tomcat(version: str, line: str, java: int, namespace: str, web: str) -> None:
    found = tomcat.tomcat_line(version)
    assert (found.name, found.java_minimum, found.version) == (line, java, version)
    assert (found.web_xml.namespace, found.web_xml.version) == (namespace, web)
    assert found.web_xml.location == f"{namespace}/web-app_{web.replace('.', '_')}.xsd"


@pytest.mark.parametrize(
    ("version", "encrypts", "service", "secret"),
    [
        ("6.0.53", False, False, "requiredSecret"),
        ("7.0.99", False, False, "requiredSecret"),
        ("7.0.100", True, False, "secret"),
        ("8.5.37", False, False, "requiredSecret"),
        ("8.5.51", True, False, "secret"),
        ("9.0.10", False, False, "requiredSecret"),
        ("9.0.13", True, True, "requiredSecret"),
        ("9.0.31", True, True, "secret"),
        ("10.1.0", True, True, "secret"),
        ("11.0", True, True, "secret"),
    ],
)
def test_what_a_release_of_tomcat_has(
    version: str, encrypts: bool, service: bool, secret: str
) -> None:
    line = tomcat.tomcat_line(version)
    assert (line.encrypts, line.static_service, line.ajp_secret_attribute) == (
        encrypts,
        service,
        secret,
    )
    assert line.memberships[0] == ("static" if service else "multicast")
    assert set(line.memberships) == {"static", "multicast"}


@pytest.mark.parametrize("version", ["5.5.36", "8.0.53", "10.0.27", "12.0.1"])
def test_lines_of_tomcat_that_are_not_known(version: str) -> None:
    with pytest.raises(BadInput, match="is not known to Catherd"):
        tomcat.tomcat_line(version)


@given(st.text() | st.from_regex(r"\d+(\.\d+){0,3}[a-z-]*"))
def test_any_version_is_known_or_refused(version: str) -> None:
    for known in (tomcat.tomcat_line, httpd.httpd_line):
        with contextlib.suppress(BadInput):
            assert version.startswith(known(version).name)


@pytest.mark.parametrize(
    ("version", "health", "secret"),
    [
        ("2.2.34", False, False),
        ("2.4.20", False, False),
        ("2.4.21", True, False),
        ("2.4.42", True, True),
        ("2.4", True, True),
    ],
)
def test_what_a_release_of_httpd_has(version: str, health: bool, secret: bool) -> None:
    line = httpd.httpd_line(version)
    assert (line.health_checks, line.ajp_secret) == (health, secret)


@pytest.mark.parametrize("version", ["2.0.65", "2.6.0", "3.0"])
def test_lines_of_httpd_that_are_not_known(version: str) -> None:
    with pytest.raises(BadInput, match="is not known to Catherd"):
        httpd.httpd_line(version)


def names(modules: tuple[httpd.Module, ...]) -> list[str]:
    return [module.short for module in modules]


def test_the_modules_of_a_balancer() -> None:
    http = names(httpd.required_modules("http", False))
    assert http == [
        "authz_core",
        "authz_host",
        "slotmem_shm",
        "proxy",
        "proxy_http",
        "proxy_balancer",
        # Whichever is configured; httpd looks the first one up even then.
        "lbmethod_byrequests",
        "lbmethod_bytraffic",
        "lbmethod_bybusyness",
        "status",
    ]
    checked = names(httpd.required_modules("ajp", True))
    assert {"watchdog", "proxy_ajp", "proxy_hcheck"} <= set(checked)
    assert "proxy_hcheck" not in names(
        httpd.required_modules("http", True, httpd=httpd.httpd_line("2.4.20"))
    )
    assert all(str(module.why) for module in httpd.required_modules("http", True))


@pytest.mark.erratum("enable-modules-so")
def test_the_flags_are_the_documents_corrected() -> None:
    flags = [flag.text for flag in httpd.configure_flags("/usr/local/apache")]
    assert flags[:3] == ["--prefix=/usr/local/apache", "--enable-so", "--enable-mods-shared=all"]
    for name in ("proxy", "proxy-http", "proxy-ajp", "proxy-balancer", "rewrite", "status"):
        assert f"--enable-{name}" in flags
    assert not [
        flag for flag in flags if "connect" in flag or "ftp" in flag or "modules=so" in flag
    ]
    assert all(str(flag.why) for flag in httpd.configure_flags("/x", "few"))


def test_few_modules_are_named_one_by_one() -> None:
    flags = [flag.text for flag in httpd.configure_flags("/x", "few")]
    assert "--enable-mods-shared=few" in flags
    for members in ("http", "ajp"):
        for module in httpd.required_modules(members, True):
            assert f"--enable-{module.short.replace('_', '-')}=shared" in flags


def test_few_modules_leave_out_what_configure_adds_to_every_proxy() -> None:
    flags = [flag.text for flag in httpd.configure_flags("/x", "few")]
    assert {"--disable-proxy-connect", "--disable-proxy-ftp", "--disable-proxy-fcgi"} <= set(flags)
    refused = {flag.removeprefix("--disable-") for flag in flags if "--disable-" in flag}
    assert not refused & {flag[len("--enable-") : -len("=shared")] for flag in flags}


def test_the_flags_of_2_2() -> None:
    flags = [flag.text for flag in httpd.configure_flags("/x", "few", httpd.httpd_line("2.2.34"))]
    assert "--with-included-apr" in flags
    assert not [flag for flag in flags if "slotmem" in flag or "lbmethod" in flag]
