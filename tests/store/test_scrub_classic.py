"""Classic stores are looked through as well: a file for each content, and what is beside it."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tardis.admin import check
from tardis.delta import CLASSIC as STYLE
from tardis.model import CLASSIC
from tardis.store import Checked, DeltaKeeper, Reading
from tests.delta.shapes import edited, noise, signature_of
from tests.museum.exhibits import worded
from tests.store.test_deltas import store_first, store_next
from tests.store.test_streamed import put_sparse
from tests.store.workshop import BOX, Workshop, root, row


@pytest.fixture
def classic(empty: Workshop) -> Workshop:
    empty.scheme = CLASSIC
    empty.create()
    empty.run({b"a": b"one" * 100, b"b": b"two" * 100})
    empty.run({b"a": b"one" * 100})
    return empty


def file_of(shop: Workshop, name: str) -> Path:
    query = """SELECT hex(digest) FROM contents WHERE id IN (
        SELECT content FROM entries WHERE name = CAST(? AS BLOB))"""
    digest = str(shop.rows(query, name)[0][0]).lower()[:32]
    return shop.home / digest[:2] / digest[2:4] / digest


def look(shop: Workshop, *, reads: bool = False) -> Checked:
    return check(shop.place(), BOX, Reading(processes=1) if reads else None)


def test_a_whole_store_is_whole(classic: Workshop) -> None:
    done = look(classic, reads=True)
    assert done.findings == [] and (done.large, done.packs) == (2, 0)
    assert done.read_bytes > 600


def test_deltas_holes_and_what_lies_beside_are_whole(empty: Workshop) -> None:
    empty.scheme = CLASSIC
    old = noise(300_000)
    new = edited(old, [("overwrite", 0.5, 300)])
    number = store_next(empty.create(), store_first(empty, old), (old, new), codec=1)
    with empty.running() as writer, closing(DeltaKeeper(writer)) as keeper:
        below = writer.ask.content(1)
        assert below is not None
        keeper.keep_signature(below, signature_of(old, STYLE))
        sparse = put_sparse(writer, bytes(3 << 20) + b"end", 0)
        writer.group.opened += [row(b"n", number, 1, 3), row(b"s", sparse, 1, 3)]
        root(writer)
        empty.complete(writer)
    assert look(empty, reads=True).findings == []
    (beside,) = empty.home.glob("??/??/*.sig")
    beside.rename(beside.with_name("strange.sig"))
    assert [one.kind for one in look(empty, reads=True).findings] == ["orphan"]


def spoil(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"two", b"TWO"))


FAULTS: dict[str, tuple[Callable[[Workshop], object], str]] = {
    "gone": (lambda shop: file_of(shop, "b").unlink(), "is gone"),
    "cut": (lambda shop: file_of(shop, "b").write_bytes(b"two"), "is not as long as it should be"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_files_that_are_gone_or_cut_are_told(classic: Workshop, fault: str) -> None:
    damage, words = FAULTS[fault]
    damage(classic)
    done = look(classic)
    assert [words in one.text for one in done.findings] == [True]
    assert [(one.path, one.sets) for one in done.touched] == [(b"top/b", (1,))]


def test_bits_show_when_they_are_read(classic: Workshop) -> None:
    spoil(file_of(classic, "b"))
    assert look(classic).is_whole
    done = look(classic, reads=True)
    assert [one.kind for one in done.findings] == ["data"] and len(done.touched) == 1


def test_what_tells_of_a_content_is_looked_at(classic: Workshop) -> None:
    beside = file_of(classic, "a").with_suffix(".meta")
    beside.write_bytes(b"{}\n")
    (found,) = look(classic).findings
    assert (found.kind, str(found.level)) == ("meta", "spare")
    beside.unlink()
    assert [one.kind for one in look(classic).findings] == ["meta"]


def test_manifests_are_files(classic: Workshop) -> None:
    first, second, *_ = sorted((classic.home / "manifests").iterdir())
    first.unlink()
    second.write_bytes(second.read_bytes()[::-1])
    texts = [one.text for one in look(classic, reads=True).findings]
    assert texts[0] == f"manifests/{first.name} is gone or cut off"
    assert any("manifest of set 1 is damaged" in text for text in texts)


def test_strangers_are_told(classic: Workshop) -> None:
    (file_of(classic, "a").parent / "stranger").write_bytes(b"?")
    (found,) = look(classic).findings
    assert found.kind == "orphan" and "stranger" in worded(found.text)


def test_the_journal_of_a_classic_store_makes_sense(classic: Workshop) -> None:
    with (classic.home / "tardis.journal").open("ab") as file:
        file.write(b"nonsense\n")
    assert [one.text for one in look(classic).findings] == ["the journal has 1 line without sense"]
