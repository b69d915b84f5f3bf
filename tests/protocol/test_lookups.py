"""Questions and answers of readers: told, read, and refused when they make no sense."""

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.model import Ancestor, Entry, RemoteProtocolError, Root, StoredContent
from tardis.protocol import lookups
from tests.history.memory_reader import backup_set

ENTRY = Entry(b"\xff", 33188, 0, 0, 5, -1, 0, 2, 3, 1, 4, 1, 0, None, 7, None, 1, 9, 0, b"x")
CONTENT = StoredContent(1, bytes(32), 5, 5, 0, 0, None, 0, 1, 96, False)


def test_what_is_told_comes_back() -> None:
    root = Root(b"/a", None, 1, (Ancestor(b"a", 0o40755, 0, 0, 1, 2, b""),))
    sets = [backup_set(3)._replace(format="D-%d", command_line=b"\xff"), backup_set(4)]
    rows = lookups.read_answer("roots", lookups.tell((lookups.root_row(root),)))
    assert list(map(lookups.read_root, rows)) == [root]
    rows = lookups.read_answer("sets", lookups.tell(tuple(map(lookups.set_row, sets))))
    assert list(map(lookups.read_set, rows)) == sets
    rows = lookups.read_answer("contents", lookups.tell((CONTENT,)))
    assert StoredContent(*rows[0]) == CONTENT
    assert lookups.read_block(lookups.tell([ENTRY])) == [ENTRY]


@pytest.mark.parametrize(
    "row",
    [
        (),
        ENTRY[:-1],
        (*ENTRY, 1),
        ENTRY._replace(name="text"),  # type: ignore[arg-type]
        ENTRY._replace(size=None),  # type: ignore[arg-type]
        ENTRY._replace(mtime=1.5),  # type: ignore[arg-type]
        ENTRY._replace(child=b"1"),  # type: ignore[arg-type]
        ENTRY._replace(uid=True),
    ],
)
def test_an_entry_of_another_shape_is_none(row: Any) -> None:
    with pytest.raises(RemoteProtocolError, match="no sense"):
        lookups.read_block(lookups.tell([row]))
    with pytest.raises(RemoteProtocolError):
        lookups.read_block(lookups.tell(5))


@pytest.mark.parametrize(
    ("question", "value"),
    [
        ("sets", ((1, 2),)),
        ("contents", (tuple(CONTENT)[:-1],)),
        ("contents", (CONTENT._replace(place=1 << 63),)),
        ("tree", ((1, False, "text"),)),
        ("tree", 5),
        ("owners", ((1, 1, b"root"),)),
        ("waste", (1, 2, 3)),
        ("usage", (1, b"2", 3)),
        ("tags", ((b"tag", 1),)),
        ("open", (1, b"keys", "modern")),
    ],
)
def test_an_answer_of_another_shape_is_none(question: str, value: Any) -> None:
    with pytest.raises(RemoteProtocolError, match=question):
        lookups.read_answer(question, lookups.tell(value))


@given(st.binary(max_size=60), st.sampled_from(sorted(lookups.ANSWERS)))
def test_noise_is_an_answer_or_refused(noise: bytes, question: str) -> None:
    for read in (lambda: lookups.read_answer(question, noise), lambda: lookups.read_block(noise)):
        with suppress(RemoteProtocolError):
            read()


def test_a_question_has_the_shape_that_is_wanted() -> None:
    assert lookups.read_question(lookups.tell((1, 2)), lookups.NUMBERS) == (1, 2)
    assert lookups.read_question(lookups.tell(((1, 2, 3),)), lookups.PLACES) == ((1, 2, 3),)
    for wrong in (5, (b"1",), (1.5,), ((1, 2),), (None,)):
        with pytest.raises(ValueError, match="shape"):
            lookups.read_question(lookups.tell(wrong), lookups.NUMBERS)
    with pytest.raises(ValueError, match="unpacked"):
        lookups.read_question(lookups.tell(tuple(range(lookups.MOST_IDS + 1))), lookups.NUMBERS)


def run(*pieces: bytes | None) -> bytes:
    lengths = [lookups.GONE if one is None else len(one) for one in pieces]
    head = b"".join(one.to_bytes(4, "big") for one in (len(pieces), *lengths))
    return head + b"".join(one or b"" for one in pieces)


@given(st.lists(st.lists(st.none() | st.binary(max_size=9), max_size=5), max_size=4))
def test_pieces_come_back_run_by_run(runs: list[list[bytes | None]]) -> None:
    data = b"before" + b"".join(run(*one) for one in runs)
    assert list(lookups.runs_of(data, 6)) == [piece for one in runs for piece in one]


def test_pieces_are_not_copied() -> None:
    data = run(b"one", None, b"two")
    assert all(one.obj is data for one in lookups.runs_of(data, 0) if one is not None)


@given(st.binary(max_size=40))
def test_noise_is_pieces_or_refused(noise: bytes) -> None:
    with suppress(RemoteProtocolError):
        assert sum(len(one or b"") for one in lookups.runs_of(noise, 0)) <= len(noise)


def test_a_batch_is_told_by_place_and_then_in_files() -> None:
    def content(number: int, pack: int | None, place: int, stored: int = 5) -> StoredContent:
        return CONTENT._replace(id=number, pack=pack, place=place, stored=stored)

    rows = [
        content(1, 2, 7),
        content(2, None, 0),
        content(3, 1, 9),
        content(4, None, 3, lookups.MAX_FILE),
    ]
    rows.append(content(5, None, 4, lookups.MAX_FILE - 5000))
    packed, files = lookups.batch_of(rows)
    assert packed == [(1, 9, 5), (2, 7, 5)] and files == [(CONTENT.digest, 0), (CONTENT.digest, 4)]
