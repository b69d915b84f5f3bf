"""The daemon's own files: private, lasting, and no trouble when they are damaged."""

import os
import threading
from pathlib import Path

import pytest

from tardis.model import StoreError
from tardis.store import DaemonState, client_names
from tardis.store.opening import Place


def test_the_secret_is_made_once(tmp_path: Path) -> None:
    base = tmp_path / "base"
    secret = DaemonState(str(base)).secret()
    assert len(secret) == 32
    assert DaemonState(str(base)).secret() == secret
    assert DaemonState(str(tmp_path / "other")).secret() != secret


def test_only_the_owner_may_look(tmp_path: Path) -> None:
    state = DaemonState(str(tmp_path))
    state.secret()
    state.keep_logins({"box 192.0.2.1": (1, 5.0)})
    folder = tmp_path / ".server"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert {one.name: one.stat().st_mode & 0o777 for one in folder.iterdir()} == {
        "secret": 0o600,
        "logins": 0o600,
    }
    assert client_names(Place(str(tmp_path))) == []


def test_a_secret_that_was_cut_is_made_anew(tmp_path: Path) -> None:
    state = DaemonState(str(tmp_path))
    state.secret()
    (tmp_path / ".server" / "secret").write_bytes(b"short")
    assert len(state.secret()) == 32


def test_logins_are_kept(tmp_path: Path) -> None:
    state = DaemonState(str(tmp_path))
    assert state.logins() == {}
    kept = {"box 192.0.2.1": (3, 1234.5), "bäx 2001:db8::1": (1, 7.0)}
    state.keep_logins(kept)
    assert DaemonState(str(tmp_path)).logins() == kept
    state.keep_logins({})
    assert state.logins() == {}


@pytest.mark.parametrize("text", [b"", b"[]", b"{", b"\xff", b'{"a": 1}', b'{"a": ["x", 1]}'])
def test_damaged_logins_are_forgotten(tmp_path: Path, text: bytes) -> None:
    state = DaemonState(str(tmp_path))
    state.keep_logins({})
    (tmp_path / ".server" / "logins").write_bytes(text)
    assert state.logins() == {}


def test_a_disk_that_refuses_is_told(tmp_path: Path) -> None:
    (tmp_path / ".server").write_bytes(b"")
    state = DaemonState(str(tmp_path))
    for refused in (state.secret, lambda: state.keep_logins({}), state.logins):
        with pytest.raises(StoreError):
            refused()
    assert os.path.getsize(tmp_path / ".server") == 0


def secrets_of_many(base: str) -> list[bytes]:
    """Let twelve threads ask for a secret at once that is not there yet."""
    gate = threading.Barrier(12)
    found: list[bytes] = []

    def ask() -> None:
        gate.wait(30)
        found.append(DaemonState(base).secret())

    threads = [threading.Thread(target=ask) for _ in range(12)]
    for one in threads:
        one.start()
    for one in threads:
        one.join(30)
    return found


def test_of_many_who_need_a_secret_first_one_makes_it(tmp_path: Path) -> None:
    for turn in range(10):
        found = secrets_of_many(str(tmp_path / str(turn)))
        assert len(found) == 12 and len(set(found)) == 1
