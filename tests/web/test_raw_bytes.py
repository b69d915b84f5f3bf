"""Stored bytes for readers: planned in one go, sent by the kernel, never fewer than was told."""

import os
import struct
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import flask
import pytest

from tardis.model import IntegrityError, StoredContent
from tardis.protocol import lookups
from tardis.store import RECORD_HEAD, DirectoryStore, StoreReader, open_raw
from tardis.web import raw_bytes
from tardis.web.raw_bytes import batch_answer, records_answer
from tests.server.talker import make_kit
from tests.server.trees import Tree

CLIENT_NAME = "box"


class Lender:
    """Lends one store, and notes whether it is back."""

    def __init__(self, store: DirectoryStore) -> None:
        self.store = store
        self.is_lent = False

    @contextmanager
    def lent(self, client: str) -> Iterator[DirectoryStore]:
        assert client == CLIENT_NAME and not self.is_lent
        self.is_lent = True
        yield self.store
        self.is_lent = False


@pytest.fixture
def lender(tmp_path: Path) -> Iterator[Any]:
    kit, tree = make_kit(tmp_path / "base"), Tree()
    for number in range(30):
        tree.write(b"small-%d" % number, b"%d," % number * 300)
    for number in range(3):
        tree.write(b"large-%d" % number, os.urandom(150_000))
    kit.run(tree, client=CLIENT_NAME)
    kit.close()
    with closing(open_raw(kit.place(), CLIENT_NAME)) as store:
        yield Lender(store)


def rows_of(lender: Lender) -> list[StoredContent]:
    return list(lender.store.contents(range(1, 100)).values())


def sent(answer: flask.Response) -> bytes:
    body: Any = answer.response
    data = b"".join(body)
    assert len(data) == body.length == int(answer.headers["Content-Length"])
    body.close()
    return data


def pieces(data: bytes) -> list[memoryview | None]:
    behind = 4 + int.from_bytes(data[:4], "big")
    return list(lookups.runs_of(data, behind))


def test_neighbours_are_one_part_and_the_store_is_lent_to_the_end(lender: Any) -> None:
    packed, files = lookups.batch_of(rows_of(lender))
    assert len(packed) == 30 and len(files) == 3
    answer = records_answer(lender, CLIENT_NAME, packed)
    body: Any = answer.response
    assert lender.is_lent and len(body._parts) <= 3, "lengths, then hardly a part for each group"
    found = list(lookups.runs_of(b"".join(body), 0))
    assert list(map(bytes, filter(None, found))) == [lender.store.record(*one) for one in packed]
    body.close()
    body.close()
    assert not lender.is_lent


def test_what_cannot_be_planned_gives_the_store_back(lender: Any) -> None:
    with pytest.raises(TypeError):
        records_answer(lender, CLIENT_NAME, [None])  # type: ignore[list-item]
    lender.is_lent = False
    with pytest.raises(TypeError):
        batch_answer(lender, CLIENT_NAME, 5)  # type: ignore[arg-type]


def test_files_wait_closed_for_their_turn(lender: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    before = set(os.listdir("/proc/self/fd"))
    answer = batch_answer(lender, CLIENT_NAME, range(1, 100))
    assert set(os.listdir("/proc/self/fd")) == before, "however many there are"
    _, files = lookups.batch_of(rows_of(lender))
    found = pieces(sent(answer))[-3:]
    assert [one is not None and len(one) for one in found] == [
        os.path.getsize(lender.store.file(*one).name) for one in files
    ]
    monkeypatch.setattr(lookups, "MAX_FILE", len(found[0] or b"") - 1)
    plan = raw_bytes._Pieces(lender.store)
    plan.add_files([*files, (bytes(32), 0)])
    assert plan.parts() == [struct.pack("!5I", 4, *[lookups.GONE] * 4)], "too long, or not there"


@pytest.mark.parametrize("limit", [1, 2_000, 200_000])
def test_what_is_too_much_ends_the_answer(
    lender: Any, limit: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = pieces(sent(batch_answer(lender, CLIENT_NAME, range(1, 100))))
    monkeypatch.setattr(lookups, "RECORDS_BYTES", limit)
    found = pieces(sent(batch_answer(lender, CLIENT_NAME, range(1, 100))))
    assert 0 < len(found) < len(whole) and found == whole[: len(found)]
    assert sum(len(one or b"") for one in found[:-1]) < limit


def test_a_record_that_is_cut_off_is_gone_and_its_neighbours_are_not(lender: Any) -> None:
    packed, _ = lookups.batch_of(rows_of(lender))
    last = packed[-1]
    path = lender.store.pack(last[0]).name
    os.truncate(path, last[1] + RECORD_HEAD + last[2] - 1)
    found = list(lookups.runs_of(sent(records_answer(lender, CLIENT_NAME, packed)), 0))
    assert found[-1] is None and None not in found[:-1]


def remove_packs(store: DirectoryStore) -> None:
    os.remove(store.pack(2).name)


def cut_packs(store: DirectoryStore) -> None:
    os.truncate(store.pack(2).name, 0)


@pytest.mark.parametrize("harm", [remove_packs, cut_packs])
def test_what_goes_while_it_is_sent_is_no_record_any_more(
    lender: Any, harm: Callable[[DirectoryStore], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    packed, files = lookups.batch_of(rows_of(lender))
    [number] = {pack for pack, _, _ in packed}
    monkeypatch.setattr(lender.store, "pack", lambda _, real=lender.store.pack: real(number))
    answer = batch_answer(lender, CLIENT_NAME, range(1, 100))
    harm(lender.store)
    data = sent(answer)
    found = pieces(data)
    assert len(found) == len(packed) + len(files), "the answer is as long as it said"
    assert not any(any(one or b"") for one in found[: len(packed)])
    assert all(any(one or b"") for one in found[len(packed) :]), "files are not harmed"


def test_a_reader_finds_what_came_as_zeros_damaged(lender: Any) -> None:
    rows = [one for one in rows_of(lender) if one.pack is not None]

    class Zeros:
        """A store whose records are what is sent of those that cannot be read."""

        def __getattr__(self, name: str) -> Any:
            return getattr(lender.store, name)

        def record(self, pack: int, place: int, stored: int) -> memoryview:
            return memoryview(bytes(RECORD_HEAD + stored))

        def close(self) -> None:
            pass

    with StoreReader.over(Zeros()) as reader:
        for one in rows:
            with pytest.raises(IntegrityError, match="no record"):
                reader.read_small(one)
