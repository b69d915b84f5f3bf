"""Brings contents back by their checksums, without any set; they have no owner and no time."""

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from tardis.model import NoSuchPathError, Reader, StoredContent, UsageError

from .attributes import NOTHING
from .extract import ExtractOptions, ReaderFactory, Restored, open_target
from .extract_files import FileMaker
from .folders import Folder, refused
from .pieces import Piece

_MODE: Final = stat.S_IFREG | 0o644


def find_contents(
    reader: Reader, digests: Sequence[str], *, recovers_names: bool = False
) -> list[tuple[bytes, StoredContent]]:
    """Return (name, content) for each of *digests*, in hexadecimal.

    Args:
        reader: Of the store.
        digests: Whole checksums.
        recovers_names: The name is the newest that a file with that content had, else the
            checksum; so it is too where no file has it any more.

    Raises:
        UsageError: One is no checksum.
        NoSuchPathError: The store holds no such content.
    """
    return [_find(reader, digest, recovers_names) for digest in digests]


def restore_contents(
    reader_factory: ReaderFactory,
    wanted: Sequence[tuple[bytes, StoredContent]],
    options: ExtractOptions,
) -> Restored:
    """Restore *wanted* into the target; what exists is treated as *options* say.

    Raises:
        UsageError: The target is no directory.
    """
    top = open_target(options.target)
    rules = replace(options.rules, switches=NOTHING)
    found = os.fstat(top)
    folder = Folder(b"", found.st_dev, found.st_ino, False, 0)
    maker = FileMaker(top, reader_factory(), rules)
    try:
        maker.make([(tuple(folder), [tuple(piece) for piece in _pieces(wanted)])])
    finally:
        maker.close()
        os.close(top)
    report = Restored(files=maker.files, size_bytes=maker.size_bytes, problems=maker.problems)
    report.notes.update(maker.notes)
    return report


def _find(reader: Reader, digest: str, recovers_names: bool) -> tuple[bytes, StoredContent]:
    try:
        known = bytes.fromhex(digest)
    except ValueError:
        known = b""
    if not known or any(letter.isspace() for letter in digest):
        raise UsageError(f"{digest} is no checksum", hint="lstardis --checksums shows them")
    content = reader.find_content(known)
    if content is None:
        raise NoSuchPathError(f"the store holds no content with the checksum {digest}")
    names = reader.names_of(content.id) if recovers_names else []
    good = (name for name in names if not refused(name))
    return next(good, digest.lower().encode()), content


def _pieces(wanted: Sequence[tuple[bytes, StoredContent]]) -> Iterator[Piece]:
    """Yield what is made, as if it had just been modified."""
    uid, gid = os.geteuid(), os.getegid()
    for name, content in wanted:
        yield Piece(
            name=name,
            mode=_MODE,
            uid=uid,
            gid=gid,
            size=content.size,
            mtime=0,
            mtime_ns=0,
            content=content.id,
            target=None,
            rdev=0,
            xattrs=None,
        )
