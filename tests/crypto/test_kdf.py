"""Stretching: known answers, bounds before anything is spent, a process that counts apart."""

import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tardis.crypto import COSTS, KdfCost, check_cost, kdf, stretch
from tardis.crypto.kdf import STRETCHED_SIZE
from tardis.crypto.kdf_child import LIBRARY, answer
from tardis.model import AuthenticationError, StoreError

FLOOR = KdfCost(19 << 10, 2, 1)
SALT = bytes(range(32))


KNOWN = (
    "016fb8703668af285784b51ad8b87f84c77d7b0a13f5740443d9868778e21753"
    "97754893b548a60c6dcffa11eb48873ca2f13ae18ff065c9e3c9b31d6f348632"
)
"""What argon2-cffi, which wraps the reference program, says."""


def test_it_is_argon2id() -> None:
    found = stretch(b"password", b"somesalt0123456789", FLOOR)
    assert len(found) == STRETCHED_SIZE
    assert found.hex() == KNOWN


def test_the_password_and_the_salt_and_the_cost_all_count() -> None:
    found = {
        stretch(b"one", SALT, FLOOR),
        stretch(b"other", SALT, FLOOR),
        stretch(b"one", SALT[::-1], FLOOR),
        stretch(b"one", SALT, KdfCost(19 << 10, 3, 1)),
        stretch(b"one", SALT, KdfCost(20 << 10, 2, 1)),
    }
    assert len(found) == 5


@pytest.mark.parametrize("name", COSTS)
def test_what_we_offer_is_within_the_bounds(name: str) -> None:
    check_cost(COSTS[name])


@pytest.mark.parametrize(
    "cost",
    [
        KdfCost((19 << 10) - 1, 2, 1),
        KdfCost(19 << 10, 1, 1),
        KdfCost(0, 0, 0),
        KdfCost(19 << 10, 2, 0),
        KdfCost(-1, 3, 4),
    ],
)
def test_a_cost_below_the_floor_is_refused(cost: KdfCost) -> None:
    with pytest.raises(AuthenticationError, match="too little"):
        stretch(b"password", SALT, cost)


@pytest.mark.parametrize(
    "cost",
    [
        KdfCost(4 << 30, 3, 4),
        KdfCost((4 << 20) + 1, 2, 4),
        KdfCost(4 << 20, 9, 4),
        KdfCost(19 << 10, 1 << 20, 1),
        KdfCost(64 << 10, 3, 65),
    ],
)
def test_a_cost_beyond_reason_is_refused_before_memory_is_taken(cost: KdfCost) -> None:
    with pytest.raises(AuthenticationError, match="more memory or time"):
        stretch(b"password", SALT, cost)


@given(st.integers(-1, 1 << 33), st.integers(-1, 1 << 20), st.integers(-1, 1 << 10))
def test_no_accepted_cost_is_cheap_or_endless(memory: int, passes: int, lanes: int) -> None:
    cost = KdfCost(memory, passes, lanes)
    try:
        check_cost(cost)
    except AuthenticationError:
        return
    assert 38 << 10 <= memory * passes <= 32 << 20
    assert 19 << 10 <= memory <= 4 << 20
    assert 1 <= lanes <= 64


@pytest.mark.parametrize("size", [0, 15, 65])
def test_a_salt_of_an_odd_length_is_refused(size: int) -> None:
    with pytest.raises(AuthenticationError, match="salt"):
        stretch(b"password", bytes(size), FLOOR)


def test_neither_arguments_nor_environment_show_the_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[Any, dict[str, Any]]] = []
    real = subprocess.run

    def run(command: Any, **how: Any) -> Any:
        seen.append((command, how))
        return real(command, **how)

    monkeypatch.setattr(subprocess, "run", run)
    stretch(b"pw-of-mine", SALT, FLOOR)
    [(command, how)] = seen
    assert "pw-of-mine" not in " ".join(command)
    assert how.pop("input").endswith(b"pw-of-mine")
    assert "pw-of-mine" not in repr(how)


def test_a_child_that_dies_is_a_trouble_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tardis.crypto.kdf._CHILD", "/nonexistent/child.py")
    with pytest.raises(StoreError, match="could not be stretched") as caught:
        stretch(b"pw-of-mine", SALT, FLOOR)
    assert "pw-of-mine" not in str(caught.value) + caught.value.hint


@pytest.mark.parametrize("library", [LIBRARY, "libnothing-of-that-name.so.1", "libc.so.6"])
def test_the_child_does_what_the_caller_gets_by_the_library_or_the_package(library: str) -> None:
    """Several lanes: these the library fills side by side."""
    head = b"".join(one.to_bytes(4, "little") for one in (32 << 10, 2, 4, len(SALT)))
    found = answer(head + SALT + b"p\0w", library)
    assert found == stretch(b"p\0w", SALT, KdfCost(32 << 10, 2, 4))


@pytest.mark.parametrize("library", [LIBRARY, "libnothing-of-that-name.so.1"])
def test_what_cannot_be_done_is_an_error(library: str) -> None:
    head = b"".join(one.to_bytes(4, "little") for one in (1, 1, 4, len(SALT)))
    with pytest.raises((MemoryError, ValueError)):
        answer(head + SALT + b"pw", library)


def test_the_child_finds_its_package_itself(tmp_path: Path) -> None:
    """It is started without a search for packages, which only who has no library needs."""
    own = Path(kdf._CHILD).read_text(encoding="utf-8")
    child = tmp_path / "child.py"
    child.write_text(own.replace(LIBRARY, "libnothing-of-that-name.so.1"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kdf, "_CHILD", str(child))
        assert stretch(b"password", b"somesalt0123456789", FLOOR).hex() == KNOWN
