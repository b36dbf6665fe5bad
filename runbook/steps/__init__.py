"""The runbook: the documented steps, in the document's order."""

from __future__ import annotations

from runbook.step import Step
from runbook.steps.check import check
from runbook.steps.httpd_build import httpd_build
from runbook.steps.httpd_conf import httpd_conf
from runbook.steps.httpd_service import httpd_service
from runbook.steps.jdk import jdk
from runbook.steps.modproxy import modproxy
from runbook.steps.preflight import preflight
from runbook.steps.profile import profile
from runbook.steps.proof import proof
from runbook.steps.server_xml import server_xml
from runbook.steps.start import start_httpd, start_tomcat
from runbook.steps.tomcat import tomcat
from runbook.steps.tomcat_boot import tomcat_boot
from runbook.steps.web_xml import web_xml

RUNBOOK: tuple[Step, ...] = (
    preflight,
    httpd_build,
    httpd_service,
    jdk,
    profile,
    tomcat,
    tomcat_boot,
    server_xml,
    web_xml,
    httpd_conf,
    modproxy,
    start_tomcat,
    start_httpd,
    check,
    proof,
)
