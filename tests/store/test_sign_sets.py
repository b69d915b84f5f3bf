"""Sets that were made in clear are signed once there are keys, as their client would have done."""

from contextlib import closing
from pathlib import Path

import pytest

from tardis.crypto import START, Head, HeadSigner, broken_links
from tardis.policy import facts_of, judge_heads, judge_sets
from tardis.store import opening
from tardis.store.catalog import reading
from tardis.store.catalog.connection import connect_reader, connect_writer, transaction
from tardis.store.sign_sets import sign_sets
from tests.crypto.slots import ring
from tests.store.workshop import Workshop

RING = ring()
SIGNER = HeadSigner(RING)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workshop:
    """Three sets, the last of which is not complete."""
    monkeypatch.setattr(opening, "RESERVE_BYTES", 4096)
    made = Workshop(tmp_path / "base").create()
    made.run({b"a": b"one"}, name="one", command_line=b"tardis --of-mine")
    made.run({b"b": b"two"}, name="two", session="another")
    with made.running(name="three"):
        pass
    return made


def signed(shop: Workshop) -> list[Head]:
    with closing(connect_writer(shop.layout.database)) as db:
        with transaction(db):
            sign_sets(db, RING)
        return [Head(*one) for one in reading.heads(db, 0)]


def test_each_complete_set_is_signed_and_chained(shop: Workshop) -> None:
    heads = signed(shop)
    assert [(one.sequence, one.number) for one in heads] == [(1, 1), (2, 2)]
    assert heads[0].previous == START and heads[1].previous == heads[0].mac
    assert broken_links(heads) == [] and judge_heads(SIGNER, heads, None) == []


def test_what_is_signed_is_what_the_store_tells(shop: Workshop) -> None:
    heads = signed(shop)
    with shop.reader() as reader:
        sets = [one for one in reader.sets() if one.is_complete]
        facts = {one.number: facts_of(SIGNER, one, reader.roots(one.number)) for one in sets}
    names = {one.number: one.name for one in sets}
    assert judge_sets(heads, facts, names) == []
    shop.execute("UPDATE backup_sets SET session = 'made up' WHERE number = 2")
    with closing(connect_reader(shop.layout.database)) as db:
        [_, other, _] = reading.sets(db)
        facts[2] = facts_of(SIGNER, other, reading.roots(db, 2))
    [fault] = judge_sets(heads, facts, names)
    assert "set 2" in fault and "not what was signed" in fault


def test_a_store_without_sets_has_nothing_to_sign(tmp_path: Path) -> None:
    assert signed(Workshop(tmp_path / "base").create()) == []
