"""Zips of the same files are the same."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from ordermill.entrypoints.packaging.archive import Member, digest, folder, unpack, write_zip

_MEMBERS = {
    "b/two.py": Member(b"two"),
    "a.py": Member(b"one" * 100),
    "bootstrap": Member(b"#!/bin/sh\n", executable=True),
}


def test_order_umask_and_place_do_not_show(tmp_path: Path) -> None:
    first = tmp_path / "first.zip"
    there = write_zip(first, _MEMBERS)
    former = os.umask(0o077)
    try:
        second = tmp_path / "deeper" / "other.zip"
        second.parent.mkdir()
        again = write_zip(second, dict(reversed(_MEMBERS.items())))
    finally:
        os.umask(former)
    assert first.read_bytes() == second.read_bytes()
    assert there == again
    assert there.sha256 == digest(first.read_bytes())
    assert (there.size, there.unpacked) == (first.stat().st_size, 3 + 300 + 10)


def test_whoever_runs_it_may_read_it_and_start_what_is_to_be_started(tmp_path: Path) -> None:
    write_zip(tmp_path / "some.zip", _MEMBERS)
    with zipfile.ZipFile(tmp_path / "some.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 for info in archive.infolist()}
        dates = {info.date_time for info in archive.infolist()}
    assert modes == {"a.py": 0o100644, "b/two.py": 0o100644, "bootstrap": 0o100755}
    assert dates == {(1980, 1, 1, 0, 0, 0)}


def test_a_digest_is_as_aws_writes_it() -> None:
    assert digest(b"") == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="


def test_a_folder_is_its_files(tmp_path: Path) -> None:
    members = {"x/python/a.py": Member(b"a"), "x/python/deep/b.txt": Member(b"b")}
    unpack(members, tmp_path)
    assert folder(tmp_path / "x" / "python", "python/") == {
        "python/a.py": Member(b"a"),
        "python/deep/b.txt": Member(b"b"),
    }
