from pathlib import Path

import pytest

from tardis.history import Tree
from tardis.model import CHANGED, GONE, NEW, Entry, IntegrityError, NoSuchPathError
from tardis.store import StoreReader
from tardis.web.pages import files
from tardis.web.pages.files import (
    TEXT_BYTES,
    beginning,
    content_of,
    picture_type,
    preview_of,
    text_of,
    versions_at,
)
from tardis.web.pages.slider import window_around
from tests.store.workshop import Workshop
from tests.web.pages.story import HUGE, notes, picture


def entry(reader: StoreReader, path: bytes, number: int = 1) -> Entry:
    found = Tree(reader, number).resolve(path).entry
    assert found is not None
    return found


def test_the_versions_of_a_file_come_newest_first(reader: StoreReader) -> None:
    found = versions_at(reader, window_around(reader, 4), b"top/docs/notes.txt")
    assert [(one.backup.number, one.change) for one in found] == [(2, CHANGED), (1, NEW)]
    gone = versions_at(reader, window_around(reader, 8), b"top/docs/letter.txt")
    assert [(one.backup.number, one.change) for one in gone] == [(4, GONE), (1, NEW)]
    with pytest.raises(NoSuchPathError):
        versions_at(reader, window_around(reader, 8), b"top/docs/none")


def test_a_text_is_shown_line_by_line(reader: StoreReader) -> None:
    found = preview_of(reader, entry(reader, b"top/docs/notes.txt"))
    assert found.kind == "text" and not found.is_cut
    assert "\n".join([*found.lines, ""]).encode() == notes(1)


def test_of_a_long_text_the_beginning_is_shown(
    reader: StoreReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = preview_of(reader, entry(reader, b"top/pictures/huge.txt"))
    assert found.is_cut and found.lines[:2] == ["0000000", "0000001"]
    assert len(found.lines) == files._LINES
    huge = content_of(reader, entry(reader, b"top/pictures/huge.txt"))
    assert beginning(reader, huge, TEXT_BYTES) == HUGE[:TEXT_BYTES]
    monkeypatch.setattr(files, "_LINES", 10**9)
    cut = text_of(HUGE[:TEXT_BYTES], is_cut=True)
    assert cut.lines[-1] == f"{TEXT_BYTES // 8 - 1:07}"


def test_other_files_are_told_by_what_they_are(reader: StoreReader) -> None:
    assert preview_of(reader, entry(reader, b"top/docs/empty")).kind == "empty"
    assert preview_of(reader, entry(reader, b"top/docs/data.bin")).kind == "binary"
    sun = preview_of(reader, entry(reader, b"top/pictures/sun.png"))
    assert (sun.kind, sun.type) == ("picture", "image/png")


def test_a_picture_that_is_too_large_is_not_shown(
    reader: StoreReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PICTURE_BYTES", 10)
    assert preview_of(reader, entry(reader, b"top/pictures/sun.png")).kind == "large"


@pytest.mark.parametrize(
    "data, kind",
    [
        (picture(1, 1, 1), "image/png"),
        (b"\xff\xd8\xff\xe0", "image/jpeg"),
        (b"GIF89a", "image/gif"),
        (b"RIFF\n\n\n\nWEBP", "image/webp"),
        (b"\0\0\0\x20ftypavif", "image/avif"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'>", ""),
        (b"<?xml version='1.0'?><svg>", ""),
        (b"<html>", ""),
        (b"%PDF-1.4", ""),
        (b"", ""),
    ],
)
def test_only_pictures_that_hold_no_program_are_pictures(data: bytes, kind: str) -> None:
    assert picture_type(data) == kind


def test_a_text_of_odd_bytes_hides_nothing() -> None:
    found = text_of(b"a\xffb\x00\n\x1b[31m\xe2\x80\xaeevil", is_cut=False)
    assert found.lines == ["a\\xffb\\u0000", "\\u001b[31m\\u202eevil"]


def test_what_is_damaged_or_missing_is_said(tmp_path: Path) -> None:
    shop = Workshop(tmp_path / "base").create()
    shop.run({b"a": b"alpha alpha"})
    with shop.reader() as reader:
        row = next(reader.children(1, 1))
        with pytest.raises(IntegrityError):
            content_of(reader, row._replace(content=None))
        assert preview_of(reader, row._replace(content=None)).kind == "missing"
        assert preview_of(reader, row._replace(content=77)).kind == "damaged"
        for path in shop.layout_packs():
            path.write_bytes(path.read_bytes().replace(b"alpha", b"ALPHA"))
        found = preview_of(reader, row)
        assert found.kind == "damaged" and found.reason
