"""Every whole record is found, whatever lies between, and nothing else is."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from tardis.model import IntegrityError
from tardis.store import write_full_manifest
from tardis.store.manifest import END
from tardis.store.packs import PackReader
from tardis.store.rebuild_scan import (
    SET,
    Found,
    Manifest,
    Scan,
    iter_headers,
    read_manifest,
    scan_store,
)
from tardis.store.records import HEADER, Kind, pack_header
from tests.store.workshop import Workshop, put_large, root, row


def scanned(shop: Workshop) -> tuple[Scan, list[Found]]:
    found: list[Found] = []
    scan = scan_store(shop.layout, found.extend)
    return scan, found


def places(shop: Workshop) -> set[tuple[object, ...]]:
    return set(shop.rows("SELECT digest, stored, pack, place FROM contents"))


def test_all_that_the_catalog_knows_is_found(shop: Workshop) -> None:
    shop.run({b"a": b"alpha", b"b": b"beta"})
    with shop.running(name="large") as writer:
        content = put_large(writer, b"x" * 300_000)
        writer.group.opened.append(row(b"large", content, 1, writer.number, 300_000))
        root(writer)
        shop.complete(writer)
    scan, found = scanned(shop)
    assert {(one[0], one[5], one[8], one[9]) for one in found} == places(shop)
    assert scan.files == 1 and scan.unreadable == 0
    named = shop.rows("SELECT pack, place, stored, backup_set, sequence FROM manifests")
    assert sorted(one[:5] for one in scan.manifests) == sorted(named)
    text = (shop.home / "tardis.db.keys").read_bytes()
    assert {one.rstrip() for one in scan.keys.values()} == {text.rstrip()} and set(
        scan.keys
    ) == set(scan.ends)
    assert [one.mark for one in scan.manifests] == ["", SET, "", SET]


def test_the_last_page_of_a_full_manifest_tells_how_many_there_are(shop: Workshop) -> None:
    with shop.running(name="one") as writer:
        root(writer)
        writer.group.filesystems.append((1, "ext4", b"disk", 1, 1))
        writer.group.new_directories.append((writer.new_directory(), 1, 2, 0))
        shop.complete(writer)
        write_full_manifest(writer, is_due=True)
    pages = [one for one in scanned(shop)[0].manifests if one.mark not in ("", SET)]
    assert pages[-1].mark == END and pages[-1].pages == len(pages) - 1 > 2
    assert pages[-1].last_set == 1
    with closing(PackReader(shop.layout)) as reader:
        assert read_manifest(reader, pages[0])[3] == pages[0].mark


def test_damage_is_passed_over_up_to_the_next_group(shop: Workshop) -> None:
    shop.run({b"a": b"alpha"})
    shop.run({b"b": b"beta"})
    (first, second) = shop.rows("SELECT pack, place FROM contents ORDER BY place")
    path = Path(shop.layout.pack(first[0]))
    data = bytearray(path.read_bytes())
    data[first[1] + 40] ^= 1
    path.write_bytes(data)
    assert [place for place, record in iter_headers(str(path)) if record.kind == Kind.DATA] == [
        second[1]
    ]


def test_what_is_cut_off_does_not_count(shop: Workshop) -> None:
    shop.run({b"a": b"alpha"})
    ((pack, place),) = shop.rows("SELECT pack, place FROM contents")
    path = shop.layout.pack(pack)
    end = scanned(shop)[0].ends[pack]
    with open(path, "ab") as file:
        file.write(bytes(-end % 4096) + pack_header(1, 0, 9, b"x" * 32, 9) + b"12345678")
    assert scanned(shop)[0].ends[pack] == end
    os.truncate(path, place + HEADER.size + 4)
    assert scanned(shop)[1] == []
    assert list(iter_headers(f"{path}.absent")) == []


def test_files_that_are_no_contents_are_passed_over(shop: Workshop) -> None:
    with shop.running() as writer:
        put_large(writer, b"y" * 200_000)
        writer.drain()
    (path,) = (one for one in shop.home.glob("??/*") if len(one.name) == 64)
    other = shop.home / "ff" / f"{'ff' * 32}"
    other.parent.mkdir(exist_ok=True)
    other.write_bytes(path.read_bytes())  # another digest than its name says
    (path.parent / "notes").write_bytes(b"hello")
    (path.parent / f"{path.name}-1").write_bytes(path.read_bytes()[:-1])
    (path.parent / f"{path.name}-2").symlink_to(path)
    (shop.home / "packs" / "seven.pack").write_bytes(b"")
    found = scanned(shop)[1]
    assert [(one[0].hex(), one[8], one[9]) for one in found] == [(path.name, None, 0)]


def test_a_manifest_that_cannot_be_read_is_counted(shop: Workshop) -> None:
    shop.run({b"a": b"alpha"})
    (pack, place) = shop.rows("SELECT pack, place FROM manifests")[0]
    path = Path(shop.layout.pack(pack))
    data = bytearray(path.read_bytes())
    data[place + HEADER.size + 5] ^= 1
    path.write_bytes(data)
    scan, _ = scanned(shop)
    assert scan.unreadable == 1 and len(scan.manifests) == 1
    with closing(PackReader(shop.layout)) as reader, pytest.raises(IntegrityError):
        stored = shop.rows("SELECT stored FROM manifests")[0][0]
        read_manifest(reader, Manifest(pack, place, stored, 1, 0, ""))
