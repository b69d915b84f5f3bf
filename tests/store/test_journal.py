"""The journal is only appended to, and tells the last set from its end."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import StoreError
from tardis.store import journal
from tardis.store.journal import Journal, classic_line, header_line
from tests.store.workshop import Workshop, descriptors

LINE = "ab" * 32 + "::0:0:1+4096:5:5\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "tardis.journal"


def last_set(path: Path) -> int:
    opened = Journal(str(path))
    try:
        return opened.last_set()
    finally:
        opened.close()


def append(path: Path, text: str) -> None:
    opened = Journal(str(path))
    opened.append(text)
    opened.sync()
    opened.close()


def header(number: int, name: str = "Monthly-2026-11") -> str:
    return header_line(number, name, "s1", "2026-11-21 10:00:00", "1.0")


def test_an_empty_journal_has_no_set(path: Path) -> None:
    assert last_set(path) == 0
    append(path, "")
    assert path.read_bytes() == b""


def test_the_last_header_counts(path: Path) -> None:
    for number in (1, 2, 3):
        append(path, header(number) + LINE)
    assert last_set(path) == 3
    assert path.read_text().count("\n") == 6


@pytest.mark.parametrize("distance", [0, 1, 20, 63, 64, 65, 100])
@pytest.mark.parametrize("blocks", [1, 2, 5])
def test_a_header_is_found_across_blocks(
    path: Path, distance: int, blocks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "_BLOCK", 1000)
    text = LINE * 5 + header(123456789)
    path.write_text(text + "x" * (1000 * blocks - distance) + "\n")
    assert last_set(path) == 123456789


@given(st.lists(st.integers(0, 12), min_size=1, max_size=8), st.integers(128, 300))
def test_the_last_header_is_found_whatever_follows(
    tmp_path_factory: pytest.TempPathFactory, lines: list[int], block: int
) -> None:
    path = tmp_path_factory.mktemp("journal") / "tardis.journal"
    path.write_text("".join(header(at + 1) + LINE * count for at, count in enumerate(lines)))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(journal, "_BLOCK", block)
        assert last_set(path) == len(lines)


@pytest.mark.parametrize("offset", range(0, 120))
def test_a_name_that_looks_like_a_header_is_none(
    path: Path, offset: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a block begins."""
    monkeypatch.setattr(journal, "_BLOCK", 128)
    path.write_text(header(3, "===== S: 999 x") + "y" * offset + "\n")
    assert last_set(path) == 3


@pytest.mark.parametrize("text", ["a\n===== S: 999 x", "\r\x1b[2J", "\u2028", "\udcff"])
def test_what_a_client_says_cannot_break_a_line(path: Path, text: str) -> None:
    append(path, header_line(1, "name", text, "date", text))
    assert path.read_bytes().count(b"\n") == 1
    assert last_set(path) == 1


def test_a_line_that_was_torn_does_not_swallow_the_next(path: Path) -> None:
    append(path, header(1) + LINE[:30])
    append(path, header(2) + LINE)
    append(path, LINE)
    assert last_set(path) == 2
    lines = path.read_text().splitlines()
    assert lines[1:] == [LINE[:30], header(2).strip(), LINE.strip(), LINE.strip()]


def test_an_old_catalog_that_was_put_back_is_refused(shop: Workshop, tmp_path: Path) -> None:
    shop.run({b"a": b"one"})
    old = (shop.home / "tardis.db").read_bytes()
    shop.run({b"a": b"two"})
    (shop.home / "tardis.db").write_bytes(old)
    before = descriptors()
    with pytest.raises(StoreError, match="ahead of its catalog") as caught:
        shop.writer()
    assert "sonic recover" in caught.value.hint
    del caught
    assert descriptors() == before
    with shop.reader() as reader:  # looking back goes on
        assert len(reader.sets()) == 1


def test_a_header_is_written_for_every_run(shop: Workshop) -> None:
    with shop.running(name="one"):
        pass
    shop.run({b"a": b"one"}, name="two")
    text = (shop.home / "tardis.journal").read_text()
    assert [line.split(" D:")[0] for line in text.splitlines() if line.startswith("=")] == [
        "===== S: 1 one s1",
        "===== S: 1 two s1",
    ]
    (content,) = [line for line in text.splitlines() if not line.startswith("=")]
    pack, place, size = shop.rows("SELECT pack, place, size FROM contents")[0]
    assert content.endswith(f"::0:0:{pack}+{place}:{size}:{size}")


def test_a_classic_line_begins_as_documented() -> None:
    digest = bytes(range(48))
    name, strong = digest[:16].hex(), digest[16:].hex()
    line = classic_line((digest, 3, None, 2, 10, 7))
    assert line == f"{name}::0:lzma:file-2:10:7:{strong}\n"
    assert classic_line((digest, 0, None, 0, 10, 10)).split(":")[1:4] == ["", "0", "None"]
