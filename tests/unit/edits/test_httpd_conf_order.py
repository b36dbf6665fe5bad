from __future__ import annotations

import pytest

from runbook.edits.httpd_conf import HttpdConf, edit_httpd_conf
from runbook.edits.httpd_lines import parsed
from runbook.errors import BadInput
from runbook.software.httpd import required_modules
from tests.unit.edits.samples import HTTPD_CONF

INCLUDE = b"Include conf/extra/httpd-modproxy.conf\n"
COMMENT = b"# Proxypass Config\n"
WANTED = HttpdConf(
    modules=required_modules("http", True), includes=("conf/extra/httpd-modproxy.conf",)
)


@pytest.mark.parametrize("above", [b"", COMMENT])
@pytest.mark.parametrize(
    "directive", [INCLUDE, INCLUDE.replace(b"conf/", b"/usr/local/apache/conf/")]
)
def test_an_include_above_the_modules_goes_below_them(above: bytes, directive: bytes) -> None:
    place = HTTPD_CONF.index(b"#LoadModule")
    source = HTTPD_CONF[:place] + above + directive + HTTPD_CONF[place:]
    edited = edit_httpd_conf(source, WANTED)
    assert edited.endswith(above + directive)
    assert edited.count(directive) == 1
    assert edited.count(COMMENT) == len(above) // len(COMMENT)
    assert edit_httpd_conf(edited, WANTED) == edited
    assert edited.removesuffix(above + directive) == edit_httpd_conf(
        HTTPD_CONF, HttpdConf(modules=WANTED.modules)
    )


def test_an_include_below_the_modules_stays_where_it_is() -> None:
    source = HTTPD_CONF.replace(b"#LoadModule", b"LoadModule")
    place = source.index(b"<IfModule unixd_module>")
    source = source[:place] + INCLUDE + source[place:]
    assert edit_httpd_conf(source, WANTED) == source


@pytest.mark.parametrize(
    "end", [b"ErrorLog \\", b"ErrorLog \\\n", b"# on and on \\\r\n", b"\\\\\n"]
)
def test_nothing_is_appended_to_a_continued_line(end: bytes) -> None:
    source = HTTPD_CONF + end
    with pytest.raises(BadInput) as refusal:
        edit_httpd_conf(source, WANTED)
    assert refusal.value.remedy
    assert str(HTTPD_CONF.count(b"\n") + 1) in str(refusal.value.where)


def test_lines_join_as_httpd_joins_them() -> None:
    lines = parsed(b"LoadModule \\\n  a_module m/a.so\n# Listen 1 \\\nListen 2\nListen 3\n").lines
    assert [(line.name, line.words) for line in lines] == [
        ("loadmodule", ("a_module", "m/a.so")),
        ("", ()),
        ("listen", ("3",)),
    ]


def test_proxy_html_may_stand_above_proxy() -> None:
    source = HTTPD_CONF.replace(b"#LoadModule proxy_html", b"LoadModule proxy_html")
    active = [
        line.words[0] for line in parsed(edit_httpd_conf(source, WANTED)).active("loadmodule")
    ]
    assert active.index("proxy_html_module") < active.index("proxy_module")
