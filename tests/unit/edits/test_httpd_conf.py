from __future__ import annotations

import difflib

import pytest

from runbook.edits.httpd_conf import HttpdConf, edit_httpd_conf, enable_modules, include
from runbook.edits.httpd_lines import parsed
from runbook.errors import BadInput
from runbook.software.httpd import httpd_line, required_modules
from tests.unit.edits.samples import HTTPD_CONF

INCLUDE = "conf/extra/httpd-modproxy.conf"
MODULES = required_modules("http", True)
WANTED = HttpdConf(modules=MODULES, includes=(INCLUDE,), server_name="192.168.232.4:80", listen=80)
SMALL = b'ServerRoot "/usr/local/apache"\nListen 80\n'


def changes(before: bytes, after: bytes) -> list[str]:
    lines = difflib.ndiff(
        before.decode("latin-1").splitlines(), after.decode("latin-1").splitlines()
    )
    return [line for line in lines if line[0] in "+-"]


def loads(source: bytes) -> list[str]:
    return [line.words[0] for line in parsed(source).active("loadmodule")]


def test_only_the_documented_lines_of_the_real_file_change() -> None:
    edited = edit_httpd_conf(HTTPD_CONF, WANTED)
    active_before = loads(HTTPD_CONF)
    expected: list[str] = []
    for module in MODULES:
        if module.name not in active_before:
            line = f"LoadModule {module.name} {module.file}"
            expected += [f"- #{line}", f"+ {line}"]
    expected += ["+ ServerName 192.168.232.4:80", "+ # Proxypass Config", f"+ Include {INCLUDE}"]
    assert sorted(changes(HTTPD_CONF, edited)) == sorted(expected)
    assert edit_httpd_conf(edited, WANTED) == edited


def test_everything_that_is_needed_is_loaded_in_an_order_that_works() -> None:
    order = loads(edit_httpd_conf(HTTPD_CONF, WANTED))
    assert {module.name for module in MODULES} <= set(order)
    base = order.index("proxy_module")
    assert all(
        order.index(name) > base
        for name in order
        if name.startswith(("proxy_", "lbmethod_")) and name != "proxy_module"
    )


def test_the_include_and_the_modules_alone() -> None:
    with_modules = enable_modules(HTTPD_CONF, MODULES)
    assert edit_httpd_conf(HTTPD_CONF, HttpdConf(modules=MODULES)) == with_modules
    assert include(with_modules, INCLUDE).endswith(
        b"\n# Proxypass Config\nInclude conf/extra/httpd-modproxy.conf\n"
    )


@pytest.mark.erratum("modules-missing")
def test_what_the_document_asks_to_uncomment_is_completed() -> None:
    by_the_document = HTTPD_CONF
    for name in (b"proxy", b"proxy_connect", b"proxy_ftp", b"proxy_http", b"proxy_balancer"):
        by_the_document = by_the_document.replace(
            b"#LoadModule " + name + b"_module", b"LoadModule " + name + b"_module"
        )
    by_the_document += b"# Proxypass Config\nInclude conf/extra/httpd-modproxy.conf\n"
    added = changes(by_the_document, edit_httpd_conf(by_the_document, WANTED))
    assert [line for line in added if "slotmem_shm" in line or "byrequests" in line]
    assert not [line for line in added if "Include" in line]


def test_modules_that_stand_nowhere_are_added_next_to_the_ones_before() -> None:
    source = SMALL + b"LoadModule status_module /opt/m/mod_status.so\n"
    edited = edit_httpd_conf(source, HttpdConf(modules=MODULES))
    assert loads(edited) == ["status_module", *(m.name for m in MODULES if m.short != "status")]
    assert b"LoadModule proxy_module /opt/m/mod_proxy.so\n" in edited


def test_without_any_module_they_come_below_the_server_root() -> None:
    edited = edit_httpd_conf(SMALL, HttpdConf(modules=MODULES))
    first, second, *_ = edited.splitlines()
    assert first.startswith(b"ServerRoot")
    assert second == f"LoadModule {MODULES[0].name} {MODULES[0].file}".encode()
    assert loads(edited) == [module.name for module in MODULES]


def test_proxy_is_moved_in_front_of_what_stands_on_it() -> None:
    source = SMALL + (
        b"LoadModule lbmethod_byrequests_module modules/mod_lbmethod_byrequests.so\n"
        b"LoadModule proxy_http_module modules/mod_proxy_http.so\n"
        b"LoadModule proxy_module modules/mod_proxy.so\n"
    )
    edited = edit_httpd_conf(source, HttpdConf(modules=MODULES))
    order = loads(edited)
    assert order.index("proxy_module") < order.index("lbmethod_byrequests_module")
    assert order.count("proxy_module") == 1
    assert edit_httpd_conf(edited, HttpdConf(modules=MODULES)) == edited


@pytest.mark.parametrize(
    ("lines", "active"),
    [
        (b"loadmodule\tPROXY\n  LOADMODULE proxy_module modules/mod_proxy.so\n", True),
        (b"LoadModule \\\n  proxy_module \\\n  modules/mod_proxy.so\n", True),
        (b'LoadModule "proxy_module" "modules/mod_proxy.so"\n', True),
        (
            b"<IfModule !proxy_module>\nLoadModule proxy_module m/mod_proxy.so\n</IfModule>\n",
            True,
        ),
        (b"<IfDefine P>\nLoadModule proxy_module modules/mod_proxy.so\n</IfDefine>\n", False),
        (b"# a comment that goes on \\\nLoadModule proxy_module modules/mod_proxy.so\n", False),
        (b"LoadModule proxy_http_module modules/mod_proxy_http.so\n", False),
        (b"# LoadModule foo_module modules/mod_foo.so\n", False),
    ],
)
def test_what_counts_as_loaded(lines: bytes, active: bool) -> None:
    source = SMALL + lines
    proxy = [module for module in MODULES if module.name == "proxy_module"]
    assert (edit_httpd_conf(source, HttpdConf(modules=tuple(proxy))) == source) is active


@pytest.mark.parametrize(
    "line",
    [
        b"Include conf/extra/httpd-modproxy.conf",
        b'  include "conf/extra/httpd-modproxy.conf"',
        b"IncludeOptional conf/extra/*.conf",
        b"Include /usr/local/apache/conf/extra/httpd-modproxy.conf",
        b"Include conf/other.conf\nInclude conf/extra/httpd-*.conf",
    ],
)
def test_an_include_that_is_there_is_not_doubled(line: bytes) -> None:
    source = SMALL + line + b"\n"
    assert include(source, INCLUDE) == source


def test_an_include_that_sleeps_is_woken() -> None:
    assert include(SMALL + b"#Include conf/extra/httpd-modproxy.conf\n", INCLUDE) == (
        SMALL + b"Include conf/extra/httpd-modproxy.conf\n"
    )


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (b"", b"Listen 80\nServerName 192.168.232.4:80\n"),
        (b"#ServerName x\n# end\n", b"#ServerName x\nServerName 192.168.232.4:80\n# end\n"),
        (b"ServerName shop.example\n", b"ServerName shop.example\n"),
        (b"ServerName 192.168.232.4:8080\n", b"ServerName 192.168.232.4:80\n"),
        (
            b"<VirtualHost *>\nServerName a\n</VirtualHost>\n",
            b"Listen 80\nServerName 192.168.232.4:80\n<VirtualHost *>\n",
        ),
    ],
)
def test_server_name_is_set_where_none_is(lines: bytes, expected: bytes) -> None:
    wanted = HttpdConf(modules=(), server_name="192.168.232.4:80")
    edited = edit_httpd_conf(SMALL + lines, wanted)
    assert expected in edited
    assert edit_httpd_conf(edited, wanted) == edited


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b"Listen 80", b"Listen 8080"),
        (b"Listen   192.168.232.4:80 http", b"Listen   192.168.232.4:8080 http"),
        (b"Listen [::]:80", b"Listen [::]:8080"),
        (b"Listen 127.0.0.1:8080", b"Listen 127.0.0.1:8080"),
        (b"Listen 443 https", b"Listen 443 https\nListen 8080"),
        (b"ServerRoot /x", b"ServerRoot /x\nListen 8080"),
        (b"DocumentRoot /x", b"Listen 8080\nDocumentRoot /x"),
    ],
)
def test_the_port(before: bytes, after: bytes) -> None:
    wanted = HttpdConf(modules=(), listen=8080)
    assert edit_httpd_conf(before + b"\n", wanted) == after + b"\n"
    assert edit_httpd_conf(after + b"\n", wanted) == after + b"\n"


def test_user_and_group_where_they_stand() -> None:
    wanted = HttpdConf(modules=(), user="apache", group="apache")
    edited = edit_httpd_conf(HTTPD_CONF, wanted)
    assert changes(HTTPD_CONF, edited) == [
        "- User daemon",
        "- Group daemon",
        "+ User apache",
        "+ Group apache",
    ]
    assert edit_httpd_conf(SMALL, wanted) == SMALL + b"User apache\nGroup apache\n"


@pytest.mark.parametrize(
    "variant",
    [
        lambda source: source.replace(b"\n", b"\r\n"),
        lambda source: b"\xef\xbb\xbf" + source,
        lambda source: source.rstrip(),
        lambda source: source + "# Größe: Apache\n".encode("latin-1"),
        lambda source: source + "# 负载均衡\n".encode("gb18030"),
    ],
    ids=["crlf", "mark", "no newline at the end", "latin-1", "gb18030"],
)
def test_bytes_that_are_not_ours_stay(variant: object) -> None:
    assert callable(variant)
    source = variant(HTTPD_CONF)
    edited = edit_httpd_conf(source, WANTED)
    assert edit_httpd_conf(edited, WANTED) == edited
    assert edited.startswith(source[:400])
    if b"\r\n" in source:
        assert edited.count(b"\n") == edited.count(b"\r\n")


@pytest.mark.parametrize(
    ("source", "what", "where"),
    [
        (b"", "not an httpd.conf", ""),
        (b"key = value\n", "not an httpd.conf", ""),
        ("Listen 80\n".encode("utf-16"), "not a text file", ""),
        (SMALL + b"<IfModule x>\n", "<IfModule x> is not closed", "line 3"),
        (SMALL + b"<IfModule x>\n<If y>\n</IfModule>\n", "</IfModule> closes nothing", "line 5"),
        (b"Listen 80\nListen 81\n", "on several ports, but not on 8080", "lines 1, 2"),
    ],
)
def test_refused_with_place_and_reason(source: bytes, what: str, where: str) -> None:
    with pytest.raises(BadInput) as caught:
        edit_httpd_conf(source, HttpdConf(modules=MODULES, listen=8080))
    assert what in str(caught.value.what)
    assert str(caught.value.where or "") == where


def test_a_configuration_of_2_2() -> None:
    modules = required_modules("http", True, httpd=httpd_line("2.2.34"))
    edited = edit_httpd_conf(SMALL, HttpdConf(modules=modules))
    assert loads(edited) == [
        "authz_host_module",
        "proxy_module",
        "proxy_http_module",
        "proxy_balancer_module",
        "status_module",
    ]
