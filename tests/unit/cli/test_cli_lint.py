"""``catherd lint`` and ``catherd errata``, as somebody calls them."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from runbook.errata import catalogue
from runbook.errors import BadInput
from runbook.lint import FINDS
from runbook.steps import RUNBOOK
from tests.unit.cli.conftest import Run, document
from tests.unit.lint.planted import FINE, FRAGMENT, MODPROXY, PLANTED


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    """A directory with all mistakes in it."""
    for name, (data, _) in PLANTED.items():
        if "!" not in name:
            (path := tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    (lib := tmp_path / "shop/WEB-INF/lib").mkdir(parents=True)
    with zipfile.ZipFile(lib / "a.jar", "w") as jar:
        jar.writestr("META-INF/web-fragment.xml", FRAGMENT)
    (lib / "broken.jar").write_bytes(b"no archive")
    return tmp_path


def test_a_directory_is_searched(planted: Path, catherd_says: Run) -> None:
    result = catherd_says("lint", "--json", str(planted))
    assert result.exit_code == 1
    findings = document(result)["findings"]
    seen = {(each["line"], each["erratum"]) for each in findings}
    assert seen == {one for _, wrong in PLANTED.values() for one in wrong}
    assert all(each["why"] and each["mend"] and each["path"] for each in findings)


def test_findings_are_told_with_line_reason_and_mend(planted: Path, catherd_says: Run) -> None:
    result = catherd_says("lint", str(planted / "conf/extra/httpd-modproxy.conf"))
    assert result.exit_code == 1
    assert "[proxypass-slash]" in result.output
    assert "every path but / answers 500" in result.output
    assert "→ Write balancer://tomcatcluster/" in result.output


def test_nothing_found_is_exit_code_0(tmp_path: Path, catherd_says: Run) -> None:
    path = tmp_path / "proxy.conf"
    path.write_bytes(FINE["conf/proxy.conf"])
    result = catherd_says("lint", str(path))
    assert result.exit_code == 0
    assert "No mistake that Catherd knows" in result.output


@pytest.mark.parametrize("data", [b"", b"something else\n", None], ids=["empty", "other", "none"])
def test_a_named_file_that_is_none_is_refused(
    tmp_path: Path, catherd_says: Run, data: bytes | None
) -> None:
    path = tmp_path / "some.file"
    if data is not None:
        path.write_bytes(data)
    result = catherd_says("lint", str(path))
    assert isinstance(result.exception, BadInput)
    assert "some.file" in str(result.exception)
    assert result.exception.remedy


def test_without_a_name_it_says_what_it_wants(catherd_says: Run) -> None:
    result = catherd_says("lint")
    assert result.exit_code == 2
    assert "--host" in result.output


def test_the_version_decides(tmp_path: Path, catherd_says: Run) -> None:
    path = tmp_path / "httpd.conf"
    path.write_bytes(b"LoadModule proxy_balancer_module m.so\nListen 80\n" + MODPROXY)
    for version, missing in (("2.2", False), ("2.4", True)):
        result = catherd_says("lint", "--httpd", version, "--json", str(path))
        errata = {each["erratum"] for each in document(result)["findings"]}
        assert ("modules-missing" in errata) is missing


def test_all_errata_are_listed_and_explained(catherd_says: Run) -> None:
    listed = document(catherd_says("errata", "--json"))["errata"]
    ids = [erratum.id for step in RUNBOOK for erratum in step.errata]
    assert [each["id"] for each in listed] == ids
    assert len(set(ids)) == len(ids) == len(catalogue())
    assert all(each["says"] and each["happens"] and each["instead"] for each in listed)
    plain = catherd_says("errata").output
    assert all(id in plain for id in ids)
    explained = catherd_says("errata", "classes-gone").output
    assert "Tomcat does not start" in explained
    assert "Tomcat 8.5 and later" in explained
    assert "catherd lint finds it in files" in explained
    assert {each["id"] for each in listed if each["lint"]} == FINDS
    assert "catherd lint has no rule" in catherd_says("errata", "mv-nests").output


def test_an_erratum_that_is_none(catherd_says: Run) -> None:
    result = catherd_says("errata", "nothing")
    assert isinstance(result.exception, BadInput)
