"""Directories as data: archives and builds, and what is in their way."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

import pytest

from installer.engine.actions.unpacking import receipt_for
from installer.remote.operations import (
    EndJob,
    Extract,
    Move,
    Remove,
    TakeAway,
)
from runbook.actions import Build, Flag, Unpack
from runbook.probes import (
    FileState,
)
from tests.engine.given import HTTPD, SHOP, TOMCAT
from tests.engine.planning import change, planned

FILE = FileState("file", 0o644, "root", "root", b"old\n", ancestor="/etc")
UNPACK = Unpack(artefact=TOMCAT, to="/opt/it", why="because", contains=("bin/run",))
BUILD = Build(
    artefact=HTTPD,
    prefix="/opt/it",
    flags=(Flag(text="--prefix=/opt/it", why="there"), Flag(text="--with=a b", why="")),
    why="because",
    contains=("bin/run",),
)

DIRECTORY = FileState("directory", 0o755, "root", "root", ancestor="/opt")
NOTHING = FileState(ancestor="/opt")
RECEIPT = hashlib.sha256(receipt_for(TOMCAT)).hexdigest()


def test_an_archive_is_unpacked_where_nothing_is() -> None:
    found = change(UNPACK, NOTHING, NOTHING, NOTHING)
    assert found.artefact is TOMCAT
    (extract,) = found.operations
    assert isinstance(extract, Extract)
    assert (extract.to, extract.strip, extract.aside) == ("/opt/it", 1, None)
    assert json.loads(extract.receipt) == {"name": TOMCAT.name, "sha256": TOMCAT.sha256}
    assert found.undo == (TakeAway("/opt/it", RECEIPT, keep="/opt"),)


@pytest.mark.erratum("mv-nests")
def test_a_directory_that_is_in_the_way_is_moved_aside_and_comes_back() -> None:
    found = change(UNPACK, DIRECTORY, NOTHING, NOTHING)
    (extract,) = found.operations
    aside = "/opt/it.before-run1"
    assert extract.aside == aside  # type: ignore[union-attr]
    assert found.details[0][0] == f"mv /opt/it {aside}"
    assert found.undo == (TakeAway("/opt/it", RECEIPT, aside),)


def test_an_application_is_never_moved_aside_below_webapps() -> None:
    shop = replace(UNPACK, artefact=SHOP, to="/opt/it/webapps/shop", contains=())
    found = change(shop, replace(DIRECTORY, ancestor="/opt/it/webapps"), NOTHING)
    (extract,) = found.operations
    assert (extract.aside, extract.strip) == ("/opt/it/shop.before-run1", 0)  # type: ignore[union-attr]
    assert extract.format == "zip"  # type: ignore[union-attr]


def test_a_whole_directory_of_this_archive_is_left_alone() -> None:
    receipt = replace(FILE, data=receipt_for(TOMCAT))
    assert planned(UNPACK, DIRECTORY, receipt, FILE) is None
    other = replace(FILE, data=receipt_for(HTTPD))
    assert planned(UNPACK, DIRECTORY, other, FILE) is not None
    assert planned(UNPACK, DIRECTORY, receipt, NOTHING) is not None


def test_a_build_shows_its_flags_and_quotes_them() -> None:
    found = change(BUILD, NOTHING, NOTHING, NOTHING)
    assert ("  --with=a b", "") in found.details
    assert found.job is not None
    assert "./configure --prefix=/opt/it '--with=a b'\n" in found.job.script
    work = f"/var/lib/catherd/build/{found.job.id}"
    assert found.operations == (
        Move(f"{work}/root/opt/it", "/opt/it"),
        Remove(work, keep="/var/lib/catherd"),
    )
    end, clear, away = found.undo
    assert (end, clear) == (EndJob(found.job.id), Remove(work, keep="/var/lib/catherd"))
    assert isinstance(away, TakeAway)
    assert (away.path, away.aside, away.keep) == ("/opt/it", None, "/opt")


def test_another_flag_is_another_build() -> None:
    receipt = receipt_for(HTTPD, flags=[flag.text for flag in BUILD.flags])
    whole = (DIRECTORY, replace(FILE, data=receipt), FILE)
    assert planned(BUILD, *whole) is None
    other = replace(BUILD, flags=(BUILD.flags[0],))
    found = change(other, *whole)
    assert isinstance(found.operations[0], Move)
    assert found.operations[0] == Move("/opt/it", "/opt/it.before-run1")
    first, again = change(BUILD, NOTHING, NOTHING, NOTHING), change(BUILD, *[NOTHING] * 3)
    assert first.job is not None
    assert first.job == again.job
    assert first.job.id != (found.job and found.job.id)
