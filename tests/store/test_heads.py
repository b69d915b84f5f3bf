"""What packs repeat of the keys: no key is found there that was taken away."""

from dataclasses import replace
from pathlib import Path

import pytest

from tardis.crypto import KeysFile
from tardis.store.heads import padded, repeat_keys, stale_heads
from tardis.store.layout import Layout
from tardis.store.records import GROUP_ALIGNMENT, HEADER, Kind, pack_header
from tardis.store.scrub_files import look_at_heads
from tests.crypto.slots import sealed_keys, slot_of

ONE = sealed_keys("one")
BODY = b"contents of mine" * 100


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    made = Layout.of(str(tmp_path), "box")
    Path(made.packs).mkdir(parents=True)
    return made


def pack(layout: Layout, number: int, text: bytes) -> Path:
    path = Path(layout.pack(number))
    head = pack_header(Kind.KEYS, 0, len(text), b"", len(text)) + text
    path.write_bytes(head.ljust(-(-len(head) // GROUP_ALIGNMENT) * GROUP_ALIGNMENT, b"\0") + BODY)
    return path


def said(path: Path, room: int) -> KeysFile:
    return KeysFile.parse(path.read_bytes()[HEADER.size : HEADER.size + room], "the head")


def test_a_head_ends_at_a_boundary() -> None:
    for keys in (sealed_keys("one"), sealed_keys("one", "two", "three", "four")):
        text = padded(keys.text())
        assert (HEADER.size + len(text)) % GROUP_ALIGNMENT == 0
        assert KeysFile.parse(text, "here") == keys


def test_all_heads_say_what_the_keys_file_says(layout: Layout) -> None:
    text = padded(ONE.text())
    paths = [pack(layout, number, text) for number in (1, 2, 9)]
    now = sealed_keys("two", "three")
    assert stale_heads(layout, ONE) == []
    assert len(stale_heads(layout, now)) == 3
    assert repeat_keys(layout, now) == 3
    assert stale_heads(layout, now) == []
    for path in paths:
        assert said(path, len(text)) == now
        assert path.read_bytes().endswith(BODY)
        assert path.stat().st_size == GROUP_ALIGNMENT + len(BODY)
        assert ONE.slots[0].wrapped.hex().encode() not in path.read_bytes()
    assert repeat_keys(layout, now) == 0


def test_keys_that_left_the_store_leave_the_heads(layout: Layout) -> None:
    text = padded(ONE.text())
    path = pack(layout, 1, text)
    bare = replace(ONE, slots=(replace(ONE.slots[0], wrapped=b""),))
    assert stale_heads(layout, bare) == [str(path)]
    assert repeat_keys(layout, bare) == 1
    assert said(path, len(text)) == bare
    assert ONE.slots[0].wrapped.hex().encode() not in path.read_bytes()


def test_where_there_is_little_room_the_first_slots_stand(layout: Layout) -> None:
    text = ONE.text()
    path = pack(layout, 1, text)
    three = sealed_keys("two", "three", "four")
    repeat_keys(layout, three)
    assert said(path, len(text)).slots == three.slots[:1]
    assert stale_heads(layout, three) == []


def test_a_check_tells_of_keys_that_packs_still_repeat(layout: Layout) -> None:
    for number in (1, 2):
        pack(layout, number, padded(ONE.text()))
    now = sealed_keys("two")
    assert look_at_heads(layout, ONE) == []
    [found] = look_at_heads(layout, now)
    assert found.kind == "pack-head-old" and "2 packs still repeat keys" in found.text
    repeat_keys(layout, now)
    assert look_at_heads(layout, now) == []


def test_what_is_no_head_is_left_alone(layout: Layout) -> None:
    for number, data in enumerate((b"", b"x" * 5000, pack_header(Kind.DATA, 0, 1, b"", 1) + b"y")):
        Path(layout.pack(number + 1)).write_bytes(data)
    cut = pack(layout, 4, padded(ONE.text()))
    cut.write_bytes(cut.read_bytes()[:1000])
    Path(layout.packs, "incoming").mkdir()
    before = {one: one.read_bytes() for one in Path(layout.packs).glob("*.pack")}
    now = ONE.with_slot(slot_of("other"))
    assert repeat_keys(layout, now) == 0
    assert stale_heads(layout, now) == []
    assert {one: one.read_bytes() for one in Path(layout.packs).glob("*.pack")} == before


def test_a_store_without_packs_has_no_heads(tmp_path: Path) -> None:
    layout = Layout.of(str(tmp_path), "box")
    assert repeat_keys(layout, ONE) == 0 and stale_heads(layout, ONE) == []
