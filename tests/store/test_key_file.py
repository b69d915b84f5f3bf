"""A key file: private, replaced whole, shared by several backups, and clear in its refusals."""

import os
import threading
from pathlib import Path

import pytest

from tardis.model import AuthenticationError, StoreError
from tardis.store import KeyFile
from tests.crypto.slots import IDENTITY, slot_of

ONE, TWO = slot_of("one"), slot_of("two", "laptop")
OTHER = bytes(16)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "box.keys"


def test_what_is_kept_is_found(path: Path) -> None:
    KeyFile(str(path)).keep(IDENTITY, [ONE, TWO])
    file = KeyFile(str(path))
    assert file.wrapped(IDENTITY, ONE.salt) == ONE.wrapped
    assert file.wrapped(IDENTITY, TWO.salt) == TWO.wrapped


def test_nobody_else_may_read_it(path: Path) -> None:
    file = KeyFile(str(path))
    file.keep(IDENTITY, [ONE])
    assert path.stat().st_mode & 0o777 == 0o600
    path.chmod(0o644)
    file.keep(IDENTITY, [TWO])
    assert path.stat().st_mode & 0o777 == 0o600


def test_other_backups_keep_their_keys(path: Path) -> None:
    file = KeyFile(str(path))
    file.keep(OTHER, [ONE])
    file.keep(IDENTITY, [ONE, TWO])
    file.forget_others(IDENTITY, [TWO.salt])
    assert [one.label for one in file.read().of(IDENTITY)] == ["laptop"]
    file.forget_others(IDENTITY, ())
    assert file.read().of(IDENTITY) == ()
    assert file.wrapped(OTHER, ONE.salt) == ONE.wrapped


def test_a_link_is_followed_and_a_home_found(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = tmp_path / "link"
    link.symlink_to(path)
    KeyFile(str(link)).keep(IDENTITY, [ONE])
    assert link.is_symlink() and path.is_file()
    monkeypatch.setenv("HOME", str(tmp_path))
    assert KeyFile("~/box.keys").wrapped(IDENTITY, ONE.salt) == ONE.wrapped
    monkeypatch.chdir(tmp_path)
    KeyFile("box.keys").keep(IDENTITY, [TWO])


def test_each_refusal_is_one_clear_sentence(path: Path) -> None:
    file = KeyFile(str(path))
    with pytest.raises(AuthenticationError, match=r"cannot read the key file .*No such file"):
        file.wrapped(IDENTITY, ONE.salt)
    file.keep(OTHER, [ONE])
    with pytest.raises(AuthenticationError, match="belongs to another backup"):
        file.wrapped(IDENTITY, ONE.salt)
    file.keep(IDENTITY, [TWO])
    with pytest.raises(AuthenticationError, match="older than this password"):
        file.wrapped(IDENTITY, ONE.salt)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(AuthenticationError, match="is no key file, or it is damaged"):
        file.wrapped(IDENTITY, ONE.salt)


@pytest.mark.parametrize("text", [b"", b"-----BEGIN PRIVATE KEY-----\n", bytes(100)])
def test_what_is_no_key_file_is_left_alone(path: Path, text: bytes) -> None:
    path.write_bytes(text)
    with pytest.raises(AuthenticationError, match="is no key file"):
        KeyFile(str(path)).keep(IDENTITY, [ONE])
    assert path.read_bytes() == text


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    for wrong in (tmp_path / "none" / "box.keys", tmp_path):
        with pytest.raises((StoreError, AuthenticationError)):
            KeyFile(str(wrong)).keep(IDENTITY, [ONE])


@pytest.mark.parametrize("step", ["os.fsync", "os.replace"])
def test_a_crash_leaves_the_old_file_or_the_new(
    path: Path, step: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = KeyFile(str(path))
    file.keep(IDENTITY, [ONE])
    before = path.read_bytes()

    def dies(*_args: object, **_how: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(step, dies)
        with pytest.raises(KeyboardInterrupt):
            file.keep(IDENTITY, [TWO])
    assert path.read_bytes() == before
    file.keep(IDENTITY, [TWO])
    assert len(file.read().keys) == 2


def test_nothing_is_written_where_nothing_changes(path: Path) -> None:
    file = KeyFile(str(path))
    file.keep(IDENTITY, [ONE])
    inode = os.stat(path).st_ino
    file.keep(IDENTITY, [ONE])
    file.forget_others(IDENTITY, [ONE.salt])
    assert os.stat(path).st_ino == inode


def test_two_at_once_lose_nothing(path: Path) -> None:
    slots = [slot_of("pw", f"slot{number}") for number in range(8)]
    threads = [
        threading.Thread(target=KeyFile(str(path)).keep, args=(IDENTITY, [slot])) for slot in slots
    ]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    assert {one.label for one in KeyFile(str(path)).read().keys} == {one.label for one in slots}
