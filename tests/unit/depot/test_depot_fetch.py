from __future__ import annotations

import hashlib
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypedDict

import pytest

from installer.depot import store
from installer.depot.depot import Depot
from runbook.errors import BadInput, CatherdError, Failed, Unreachable
from tests.unit.depot.conftest import Served
from tests.unit.depot.making import TOMCAT

File = Callable[..., Path]
SHA256 = hashlib.sha256(TOMCAT).hexdigest()
SHA512 = hashlib.sha512(TOMCAT).hexdigest()


class Checksums(TypedDict, total=False):
    sha256: str


@pytest.fixture
def depot(tmp_path: Path) -> Depot:
    return Depot(tmp_path / "depot")


def test_a_local_file_is_brought_once(depot: Depot, file: File, tmp_path: Path) -> None:
    path = file(TOMCAT, "tomcat.tar.gz")
    seen: list[tuple[int, int]] = []
    artefact = depot.fetch(
        "given/tomcat.tar.gz",
        sha256=SHA256.upper(),
        base=tmp_path,
        progress=lambda done, size: seen.append((done, size)),
    )
    assert (artefact.name, artefact.sha256, artefact.size) == ("tomcat.tar.gz", SHA256, len(TOMCAT))
    assert artefact.top == "apache-tomcat-10.1.60"
    assert seen == [(len(TOMCAT), len(TOMCAT))]
    path.unlink()
    assert Depot(tmp_path / "depot").fetch("given/tomcat.tar.gz", sha256=SHA256) == artefact
    assert depot.artefact(SHA256) == artefact
    assert depot.path(artefact).read_bytes() == TOMCAT


def test_sha512_is_as_good(depot: Depot, file: File) -> None:
    path = str(file(TOMCAT))
    artefact = depot.fetch(path, sha512=SHA512)
    assert depot.fetch("elsewhere", sha512=SHA512) == artefact
    assert depot.fetch("elsewhere", sha512=SHA512, sha256=SHA256) == artefact
    with pytest.raises(BadInput, match="expected sha512"):
        depot.fetch(path, sha256=SHA256, sha512="0" * 128)


def test_members_are_read_without_unpacking_again(
    depot: Depot, file: File, monkeypatch: pytest.MonkeyPatch
) -> None:
    artefact = depot.fetch(str(file(TOMCAT)), sha256=SHA256)
    assert "lib/catalina.jar" in depot.names(artefact)
    assert depot.read(artefact, "lib/catalina.jar") == b"PK" * 1000
    monkeypatch.setattr(store, "read_member", lambda *_: pytest.fail("unpacked again"))
    assert depot.read(artefact, "conf/server.xml") == b"<Server/>"
    assert depot.read(artefact, "lib/catalina.jar") == b"PK" * 1000
    assert depot.read(artefact, "conf/none.xml") is None


@pytest.mark.parametrize(
    ("source", "checksums", "told"),
    [
        ("x.tar.gz", {}, "has no checksum"),
        ("x.tar.gz", {"sha256": "12"}, "no sha256 checksum"),
        ("x.tar.gz", {"sha256": SHA256}, "There is no file"),
        ("http://x/y.tgz", {"sha256": SHA256}, "Only https"),
        ("ftp://me:pw@x/y.tgz", {"sha256": SHA256}, "Only https"),
        ("https://me:pw@x/y.tgz?key=pw", {}, "has no checksum"),
        ("debian:../../x", {}, "Nothing is known"),
        ("debian:nonsense", {}, "Nothing is known"),
    ],
)
def test_what_cannot_be_brought_is_told(
    depot: Depot, source: str, checksums: Checksums, told: str
) -> None:
    with pytest.raises(BadInput, match=told) as caught:
        depot.fetch(source, **checksums)
    assert "pw" not in str(caught.value)


def test_a_wrong_local_file_is_left_where_it_is(depot: Depot, file: File) -> None:
    path = file(b"something else")
    with pytest.raises(BadInput, match=f"expected sha256 {SHA256}") as caught:
        depot.fetch(str(path), sha256=SHA256)
    assert str(path) in str(caught.value)
    assert path.exists()
    with pytest.raises(Failed):
        depot.artefact(SHA256)


def test_an_unsafe_archive_never_enters_the_cache(depot: Depot, file: File, tmp_path: Path) -> None:
    data = b"no archive at all"
    digest = hashlib.sha256(data).hexdigest()
    for _ in range(2):
        with pytest.raises(BadInput, match="no tar, no zip"):
            depot.fetch(str(file(data)), sha256=digest)
    assert len(list((tmp_path / "depot" / "quarantine").iterdir())) == 1


def test_a_touched_archive_is_verified_again(depot: Depot, file: File) -> None:
    artefact = depot.fetch(str(file(TOMCAT)), sha256=SHA256)
    os.utime(depot.path(artefact), ns=(1, 1))
    with pytest.raises(Failed):
        depot.path(artefact)
    assert depot.fetch("gone", sha256=SHA256) == artefact
    assert depot.read(artefact, "conf/server.xml") == b"<Server/>"


def test_a_changed_archive_is_brought_anew(depot: Depot, file: File, tmp_path: Path) -> None:
    path = file(TOMCAT)
    artefact = depot.fetch(str(path), sha256=SHA256)
    depot.path(artefact).write_bytes(b"x")
    assert depot.fetch(str(path), sha256=SHA256) == artefact
    assert depot.path(artefact).read_bytes() == TOMCAT
    assert [p.read_bytes() for p in (tmp_path / "depot" / "quarantine").iterdir()] == [b"x"]


def test_a_half_written_entry_is_made_again(depot: Depot, file: File, tmp_path: Path) -> None:
    artefact = depot.fetch(str(file(TOMCAT)), sha256=SHA256)
    (depot.path(artefact).parent / ".catherd" / "entry.json").write_text("{")
    again = Depot(tmp_path / "depot")
    assert again.fetch("gone", sha256=SHA256) == artefact


def test_a_cached_artefact_is_not_read_again(
    depot: Depot, file: File, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    artefact = depot.fetch(str(file(TOMCAT)), sha256=SHA256)
    monkeypatch.setattr("installer.depot.store.digests_of", None)
    assert Depot(tmp_path / "depot").fetch("gone", sha256=SHA256) == artefact


def test_a_full_disk_is_told(depot: Depot, file: File, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("installer.depot.store.Store.adopt", full)
    with pytest.raises(Failed, match=r"No space left on device(.|\n)*MiB are free"):
        depot.fetch(str(file(TOMCAT)), sha256=SHA256)


def test_https(depot: Depot, served: Served) -> None:
    seen: list[tuple[int, int]] = []
    url = f"{served.url}/dist/tomcat%20x.tar.gz?mirror=1"
    artefact = depot.fetch(url, sha256=SHA256, progress=lambda *done: seen.append(done))
    assert artefact.name == "tomcat_x.tar.gz"
    assert seen[-1] == (len(TOMCAT), len(TOMCAT))
    assert depot.fetch(url, sha256=SHA256) == artefact
    assert len(served.asked) == 1


def test_a_broken_download_goes_on_where_it_broke(depot: Depot, served: Served) -> None:
    served.break_after = [100, 50]
    depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256)
    assert [wanted for _, wanted in served.asked] == [None, "bytes=100-", "bytes=150-"]


def test_a_download_goes_on_in_the_next_run(depot: Depot, served: Served, tmp_path: Path) -> None:
    served.break_after = [100] + [0] * 5
    with pytest.raises(Unreachable, match="100 bytes are kept"):
        depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256)
    Depot(tmp_path / "depot").fetch(f"{served.url}/t.tar.gz", sha256=SHA256)
    assert served.asked[-1][1] == "bytes=100-"
    assert not list((tmp_path / "depot" / "partial").iterdir())


def test_two_versions_are_never_joined(depot: Depot, served: Served) -> None:
    served.break_after = [100] + [0] * 5
    with pytest.raises(Unreachable):
        depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256)
    served.etag = '"two"'
    assert depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256).sha256 == SHA256


def test_a_spoiled_part_is_thrown_away(depot: Depot, served: Served, tmp_path: Path) -> None:
    served.break_after = [100] + [0] * 5
    with pytest.raises(Unreachable):
        depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256)
    (tmp_path / "depot" / "partial" / f"{SHA256}.part").write_bytes(b"x" * 100)
    assert depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256).sha256 == SHA256


def test_a_complete_part_is_not_asked_for_again(
    depot: Depot, served: Served, tmp_path: Path
) -> None:
    part = tmp_path / "depot" / "partial" / f"{SHA256}.part"
    part.parent.mkdir(parents=True)
    part.write_bytes(TOMCAT)
    part.with_name(part.name + ".json").write_text('{"mark": "\\"one\\""}')
    assert depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256).sha256 == SHA256
    assert served.asked == [("/t.tar.gz", f"bytes={len(TOMCAT)}-")]


def test_a_wrong_download_is_kept_aside(depot: Depot, served: Served, tmp_path: Path) -> None:
    served.data = b"not what was asked for"
    with pytest.raises(BadInput, match="kept aside") as caught:
        depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256)
    (aside,) = (tmp_path / "depot" / "quarantine").iterdir()
    assert aside.read_bytes() == served.data
    assert str(aside) in str(caught.value)
    assert hashlib.sha256(served.data).hexdigest() in str(caught.value)


def test_redirects_stay_on_https(depot: Depot, served: Served) -> None:
    served.redirect = "/elsewhere.tar.gz"
    assert depot.fetch(f"{served.url}/moved.tar.gz", sha256=SHA256).name == "moved.tar.gz"
    assert [path for path, _ in served.asked] == ["/moved.tar.gz", "/elsewhere.tar.gz"]


@pytest.mark.parametrize(
    ("redirect", "told"),
    [("http://127.0.0.1:9/x.tar.gz", "away from https"), ("/moved.tar.gz", "without end")],
)
def test_redirects_elsewhere_are_refused(
    depot: Depot, served: Served, redirect: str, told: str
) -> None:
    served.redirect = redirect
    with pytest.raises(BadInput, match=told):
        depot.fetch(f"{served.url}/moved.tar.gz", sha256=SHA256)


@pytest.mark.parametrize(
    ("status", "error", "asked"), [(404, BadInput, 1), (403, BadInput, 1), (503, Unreachable, 5)]
)
def test_an_error_of_the_server_is_told(
    depot: Depot, served: Served, status: int, error: type[CatherdError], asked: int
) -> None:
    served.status = status
    with pytest.raises(error, match=f"answers {status}"):
        depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256)
    assert len(served.asked) == asked


def test_an_unknown_name_is_told(depot: Depot) -> None:
    with pytest.raises(Unreachable, match=r"name nowhere\.invalid is not known"):
        depot.fetch("https://nowhere.invalid/x.tar.gz", sha256=SHA256)


def test_a_refused_connection_is_told(depot: Depot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("installer.depot.download.PAUSE", 0.0)
    with pytest.raises(Unreachable, match="refused"):
        depot.fetch("https://127.0.0.1:9/x.tar.gz", sha256=SHA256)


def test_an_unknown_authority_is_told(
    depot: Depot, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(Unreachable, match="is not trusted"):
        depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256)


def test_the_same_artefact_is_brought_by_one_of_many(served: Served, tmp_path: Path) -> None:
    def one() -> None:
        depot = Depot(tmp_path / "depot")
        found.append(depot.fetch(f"{served.url}/t.tar.gz", sha256=SHA256, say=said.append).sha256)

    found: list[str] = []
    said: list[object] = []
    threads = [threading.Thread(target=one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [SHA256] * 8
    assert len(served.asked) == 1
