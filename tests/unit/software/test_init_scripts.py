"""What both init scripts must be: readable for a host of 2007, with the headers that it reads."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from runbook.templates import render
from tests.old_tools import not_posix, too_new
from tests.unit.software.init_scripts import (
    tomcat_script,
)


@pytest.mark.parametrize("name", ["httpd", "tomcat"])
@pytest.mark.erratum("chkconfig-description", "shebang-not-first")
def test_old_tools_suffice_and_the_header_is_read(name: str, tmp_path: Path) -> None:
    if name == "httpd":
        text = render("httpd.init.j2", prefix="/usr/local/apache", cluster="a").decode()
    else:
        text = tomcat_script(Path("/usr/local/tomcat"), 8080).decode()
    used = text.replace("/usr/local", "").replace("$local_fs", "")
    assert too_new(used) + not_posix(used) == []
    numbers = {"httpd": "85 15", "tomcat": "84 16"}[name]
    assert f"# chkconfig: 2345 {numbers}\n# description: " in text
    assert text.startswith("#!/bin/sh\n")
    assert re.search(
        rf"### BEGIN INIT INFO\n# Provides: {name}\n(# .*\n)+### END INIT INFO\n", text
    )
