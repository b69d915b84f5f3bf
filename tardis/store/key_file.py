"""A key file on the disk: wrapped keys that are kept apart from the store."""

import fcntl
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress

from tardis.crypto import DetachedKey, DetachedKeys, Keyslot
from tardis.model import AuthenticationError

from .flush import replace_durably
from .trouble import store_trouble

_LONGEST = 1 << 20
"""Bytes of a key file that are looked at: what is longer is none."""


class KeyFile:
    """One key file, which need not be there yet.

    Args:
        path: Its path; a link is followed.

    Attributes:
        path: Where it really lies.
    """

    def __init__(self, path: str) -> None:
        self.path = os.path.realpath(os.path.expanduser(path))

    def read(self) -> DetachedKeys:
        """Return what it says.

        Raises:
            AuthenticationError: It cannot be read, or is damaged.
        """
        try:
            with open(self.path, "rb") as file:
                text = file.read(_LONGEST)
        except OSError as error:
            raise AuthenticationError(
                f"cannot read the key file {self.path}: {error.strerror}",
                hint="Nothing of the backup can be read without it, or a copy of it.",
            ) from None
        return DetachedKeys.parse(text, self.path)

    def wrapped(self, repository: bytes, salt: bytes) -> bytes:
        """Return the wrapped keys of the keyslot with that *salt* in a repository.

        Raises:
            AuthenticationError: It has none, cannot be read, or is damaged.
        """
        keys = self.read()
        found = keys.find(repository, salt)
        if found is not None:
            return found.wrapped
        if keys.of(repository):
            raise AuthenticationError(
                f"the key file {self.path} is older than this password",
                hint="Take the one that was written when the password was set or changed.",
            )
        raise AuthenticationError(
            f"the key file {self.path} belongs to another backup",
            hint="Name the one of this backup, or leave --keys out where the store has its keys.",
        )

    def keep(self, repository: bytes, slots: Iterable[Keyslot]) -> None:
        """Put what *slots* hold into the file, which is made if there is none; others stay.

        The file is replaced atomically, and nobody else may read it.

        Raises:
            AuthenticationError: What is there is no key file; it is left alone.
            StoreError: It cannot be written.
        """

        def change(keys: DetachedKeys) -> DetachedKeys:
            for slot in slots:
                keys = keys.with_key(DetachedKey.of(slot, repository))
            return keys

        self._change(change)

    def forget_others(self, repository: bytes, salts: Iterable[bytes]) -> None:
        """Remove the keys of *repository* that belong to none of *salts*; without any, all.

        Raises:
            AuthenticationError: It cannot be read, or is damaged.
            StoreError: It cannot be written.
        """
        wanted = frozenset(salts)
        self._change(lambda keys: keys.keeping(repository, wanted))

    def _change(self, change: Callable[[DetachedKeys], DetachedKeys]) -> None:
        with store_trouble(self.path), _turn(os.path.dirname(self.path)):
            is_new = not os.path.lexists(self.path)
            before = DetachedKeys() if is_new else self.read()
            after = change(before)
            if after != before:
                replace_durably(self.path, after.text(), 0o600)


@contextmanager
def _turn(folder: str) -> Iterator[None]:
    """Let one process at a time change a key file in *folder*."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        with suppress(OSError):  # a file system without locks
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
