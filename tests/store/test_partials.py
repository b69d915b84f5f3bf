"""Contents that were cut off: what is whole of them is gone on with, the rest is removed."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tardis.crypto import digest
from tardis.model import RESUMABLE, SEGMENT
from tardis.store import prune
from tardis.store.partials import HOLED_INDEX, INDEX, MOST, PARTS, Partial, Partials
from tardis.store.writer import StoreWriter, Upload
from tardis.streams import compress
from tests.delta.shapes import noise
from tests.store.holes import digest_of, segments_of
from tests.store.workshop import Workshop, fill, row

NAME = bytes(range(32))
PARTS_SENT = RESUMABLE + 2
DATA = noise(3 * SEGMENT) * 4 + b"the end"


def parts_of(data: bytes) -> Iterator[bytes]:
    return (data[at : at + SEGMENT] for at in range(0, len(data), SEGMENT))


def cut_off(shop: Workshop, count: int = PARTS_SENT, name: bytes = NAME, codec: int = 0) -> Path:
    """Let a run end after *count* segments of an upload; return where they lie."""
    with shop.running() as writer:
        upload = writer.begin_large(name=name)
        for number, part in enumerate(parts_of(DATA)):
            if number == count:
                break
            upload.add(codec, len(part), compress(codec, part))
        return Path(upload.leave())


def incoming(shop: Workshop) -> list[str]:
    return sorted(os.listdir(shop.layout.incoming))


def found(writer: StoreWriter, name: bytes = NAME) -> Partial | None:
    return writer.partials.find(name, lambda: None)


def go_on(writer: StoreWriter, upload: Upload, skipped: int, data: bytes = DATA) -> int:
    """Send the rest of *data* and let the set hold it; return the content's id."""
    fill(writer, {})
    for part in list(parts_of(data))[skipped:]:
        upload.add(0, len(part), part)
    name = digest(writer.repository.digest_key, data)
    upload.prove(name, len(data))
    number = writer.keep_large(upload, name)
    writer.group.opened.append(row(b"big", number, 1, writer.number, len(data)))
    return number


def read(shop: Workshop, number: int) -> bytes:
    with shop.reader() as reader:
        opened = reader.open(reader.contents([number])[number])
        try:
            return b"".join(opened.chunks())
        finally:
            opened.close()


@pytest.mark.parametrize("codec", [0, 1, 2])
def test_an_upload_goes_on_where_it_was_cut(shop: Workshop, codec: int) -> None:
    path = cut_off(shop, codec=codec)
    assert incoming(shop) == [path.name, path.name + PARTS]
    with shop.running() as writer:
        whole = found(writer)
        assert whole is not None and whole.parts == PARTS_SENT
        key = writer.repository.digest_key
        assert whole.proof.so_far() == digest(key, DATA[: PARTS_SENT * SEGMENT])
        upload = writer.resume_large(writer.partials.take(NAME) or whole)
        assert upload.size == PARTS_SENT * SEGMENT
        number = go_on(writer, upload, PARTS_SENT)
        shop.complete(writer)
        assert found(writer) is None
    assert read(shop, number) == DATA
    assert incoming(shop) == []


def test_the_same_bytes_come_out_as_if_it_had_never_been_cut(
    shop: Workshop, tmp_path: Path
) -> None:
    other = Workshop(tmp_path / "other").create()
    with other.running() as writer:
        number = go_on(writer, writer.begin_large(), 0)
        other.complete(writer)
    wanted = other.rows("SELECT size, stored FROM contents")
    assert read(other, number) == DATA
    cut_off(shop)
    with shop.running() as writer:
        found(writer)
        whole = writer.partials.take(NAME)
        assert whole is not None
        go_on(writer, writer.resume_large(whole), PARTS_SENT)
        shop.complete(writer)
    assert shop.rows("SELECT size, stored FROM contents") == wanted


def test_it_may_be_cut_again_and_again(shop: Workshop) -> None:
    cut_off(shop)
    for parts in (PARTS_SENT, PARTS_SENT + 1):
        with shop.running() as writer:
            whole = found(writer)
            assert whole is not None and whole.parts == parts
            upload = writer.resume_large(writer.partials.take(NAME) or whole)
            upload.add(0, SEGMENT, DATA[parts * SEGMENT : (parts + 1) * SEGMENT])
            upload.leave()
    with shop.running() as writer:
        whole = found(writer)
        assert whole is not None and whole.parts == PARTS_SENT + 2
        number = go_on(writer, writer.resume_large(whole), whole.parts)
        shop.complete(writer)
    assert read(shop, number) == DATA


def test_files_with_holes_go_on_too(shop: Workshop) -> None:
    islands = {number << 30: noise(SEGMENT // 2, number) for number in range(24)}
    segments = [segment for _, segment in segments_of(islands)]
    size = 1 << 40
    with shop.running() as writer:
        upload = writer.begin_large(has_holes=True, name=NAME)
        for segment in segments[:9]:
            upload.add(0, len(segment), segment)
        upload.leave()
    with shop.running() as writer:
        whole = found(writer)
        assert whole is not None and (whole.parts, whole.has_holes) == (9, True)
        upload = writer.resume_large(whole)
        for segment in segments[9:]:
            upload.add(1, len(segment), compress(1, segment))
        name = digest_of(writer.repository.digest_key, size, islands)
        upload.prove(name, size)
        number = writer.keep_large(upload, name)
        shop.complete(writer)
    with shop.reader() as reader:
        content = reader.open(reader.contents([number])[number])
        pieces = dict(content.pieces())
        content.close()
    assert pieces == islands


def test_what_is_too_little_is_removed_at_once(shop: Workshop) -> None:
    path = cut_off(shop, RESUMABLE - 1)
    assert not path.exists() and incoming(shop) == []


def test_what_has_no_name_is_removed_at_once(shop: Workshop) -> None:
    cut_off(shop, name=b"")
    assert incoming(shop) == []


def test_a_run_that_has_failed_leaves_nothing(shop: Workshop) -> None:
    with shop.running() as writer:
        upload = writer.begin_large(name=NAME)
        for part in list(parts_of(DATA))[:PARTS_SENT]:
            upload.add(0, len(part), part)
        upload.add(1, 10, b"this is no zlib")
        upload.leave()
    assert incoming(shop) == []


def damage(path: Path, offset: int) -> None:
    with path.open("r+b") as file:
        file.seek(offset)
        byte = file.read(1)
        file.seek(offset)
        file.write(bytes([byte[0] ^ 1]))


@pytest.mark.parametrize("segment", [RESUMABLE, RESUMABLE + 1])
def test_what_lies_behind_damage_is_not_used(shop: Workshop, segment: int) -> None:
    path = cut_off(shop)
    damage(path, 96 + segment * SEGMENT + 77)
    with shop.running() as writer:
        whole = found(writer)
        assert whole is not None and whole.parts == segment
        number = go_on(writer, writer.resume_large(whole), segment)
        shop.complete(writer)
    assert read(shop, number) == DATA


def test_damage_near_the_beginning_leaves_nothing_of_use(shop: Workshop) -> None:
    damage(cut_off(shop), 96)
    with shop.running() as writer:
        assert found(writer) is None
        assert incoming(shop) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:30]),
        lambda path: damage(path, 10),
        lambda path: path.write_bytes(b"TdI1" + path.read_bytes()[4:]),
    ],
    ids=["gone", "empty", "cut", "another upload", "another magic"],
)
def test_what_cannot_be_told_is_removed_when_the_next_run_begins(
    shop: Workshop, spoil: object
) -> None:
    path = cut_off(shop)
    spoil(Path(f"{path}{PARTS}"))  # type: ignore[operator]
    with shop.running() as writer:
        assert found(writer) is None and len(writer.partials) == 0
        assert incoming(shop) == []


def test_a_cut_list_counts_as_far_as_it_goes(shop: Workshop) -> None:
    path = Path(f"{cut_off(shop)}{PARTS}")
    path.write_bytes(path.read_bytes()[: -INDEX.size - 3])
    with shop.running() as writer:
        whole = found(writer)
        assert whole is not None and whole.parts == PARTS_SENT - 2


@pytest.mark.parametrize("where", ["stored", "codec"])
def test_a_list_that_lies_is_found_out(shop: Workshop, where: str) -> None:
    path = Path(f"{cut_off(shop)}{PARTS}")
    data = bytearray(path.read_bytes())
    last = INDEX.unpack(data[-INDEX.size :])
    lie = ((1 << 32) - 1, *last[1:]) if where == "stored" else (*last[:2], 99)
    data[-INDEX.size :] = INDEX.pack(*lie)
    path.write_bytes(data)
    with shop.running() as writer:
        whole = found(writer)
        assert whole is not None and whole.parts == PARTS_SENT - 1


def noted(steps: list[str], name: str) -> Callable[..., object]:
    """Return the function *name* of `os`, which notes that it was called."""
    real = getattr(os, name)

    def call(*given: object) -> object:
        steps.append(name)
        return real(*given)

    return call


def test_everything_is_read_from_the_disk_before_it_is_believed(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages that an earlier run could not write out are still in memory."""
    cut_off(shop)
    steps: list[str] = []
    for name in ("fsync", "posix_fadvise", "pread"):
        monkeypatch.setattr(os, name, noted(steps, name))
    with shop.running() as writer:
        steps.clear()
        assert found(writer) is not None
        assert steps[:3] == ["fsync", "posix_fadvise", "pread"]


def test_what_cannot_be_written_out_is_not_used(
    shop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    cut_off(shop)
    with shop.running() as writer:
        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", _fail)
            assert found(writer) is None
        assert incoming(shop) == []


def _fail(descriptor: int) -> None:
    raise OSError(5, "a write was lost")


def test_the_newest_are_kept(shop: Workshop) -> None:
    for number in range(MOST + 3):
        path = cut_off(shop, RESUMABLE, bytes([number]) * 32)
        os.utime(path, (number, number))
    with shop.running() as writer:
        kept = [number for number in range(MOST + 3) if found(writer, bytes([number]) * 32)]
    assert kept == list(range(3, MOST + 3))


def test_a_purge_removes_them(shop: Workshop) -> None:
    cut_off(shop)
    with shop.running() as writer:
        assert len(writer.partials) == 1
        assert prune(writer, ()).freed_bytes >= PARTS_SENT * SEGMENT
    assert incoming(shop) == []


def test_rows_of_the_list_are_those_of_the_index() -> None:
    assert (INDEX.size, HOLED_INDEX.size) == (9, 21)


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    partials = Partials(str(tmp_path), bytes(32))
    assert len(partials) == 0 and partials.clear() == 0 and partials.take(NAME) is None
