"""Whatever somebody did to a file: it is edited, or refused with a reason. Never anything else."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runbook.edits.httpd_conf import HttpdConf, edit_httpd_conf
from runbook.edits.server_xml import Ajp, edit_server_xml, read_server_xml
from runbook.edits.web_xml import is_distributable, make_distributable
from runbook.errors import BadInput
from runbook.software.httpd import required_modules
from tests.unit.edits.samples import (
    DOCUMENT_SERVER_XML,
    HTTPD_CONF,
    SERVER_XML,
    VARIANTS,
    WEB_XML,
    damaged,
    wanted,
)

SERVERS = [
    *SERVER_XML.values(),
    DOCUMENT_SERVER_XML,
    edit_server_xml(SERVER_XML["9.0.70"], wanted("9.0.70")),
    *(variant(SERVER_XML["11.0"]) for variant in VARIANTS.values()),
]
WEBS = [source for source in WEB_XML.values() if len(source) < 3000]
CONF = HttpdConf(
    modules=required_modules("ajp"),
    includes=("conf/extra/httpd-modproxy.conf",),
    server_name="192.168.232.4:8080",
    listen=8080,
    user="apache",
)
# The interesting half of the real file, so that damage hits it more often.
CONFS = [
    HTTPD_CONF[: HTTPD_CONF.index(b"DocumentRoot")],
    HTTPD_CONF[HTTPD_CONF.index(b"ServerRoot") : HTTPD_CONF.index(b"<Directory")],
    b"ServerRoot /x\n<IfModule !proxy_module>\nLoadModule proxy_module m\n</IfModule>\nListen 80\n",
]
MANY = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


def refused(error: BadInput) -> None:
    assert str(error.what)
    assert str(error.remedy)


@MANY
@given(damaged(*SERVERS) | st.binary(max_size=300), st.booleans(), st.sampled_from(["6.0", "11.0"]))
def test_server_xml(source: bytes, replace_foreign: bool, version: str) -> None:
    plan = wanted(
        version, http_port=8080, shutdown_port=8006, ajp=Ajp(8009, "192.168.232.5", "geheim")
    )
    try:
        edited = edit_server_xml(source, plan, replace_foreign=replace_foreign)
    except BadInput as error:
        refused(error)
    else:
        assert edit_server_xml(edited, plan) == edited
        summary = read_server_xml(edited)
        assert (summary.route, len(summary.clusters)) == ("tomcat1", 1)


@MANY
@given(damaged(*WEBS) | st.binary(max_size=300))
def test_web_xml(source: bytes) -> None:
    try:
        edited = make_distributable(source)
    except BadInput as error:
        refused(error)
    else:
        assert is_distributable(edited)
        assert make_distributable(edited) == edited


@MANY
@given(damaged(*CONFS) | st.binary(max_size=300))
def test_httpd_conf(source: bytes) -> None:
    try:
        edited = edit_httpd_conf(source, CONF)
    except BadInput as error:
        refused(error)
    else:
        assert edit_httpd_conf(edited, CONF) == edited
