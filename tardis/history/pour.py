"""Writes one file's content to a stream or into a file, verified."""

import os
from contextlib import closing
from typing import BinaryIO, Final

from tardis.model import Entry, IntegrityError, Reader, StoredContent
from tardis.render import escape_name

_IN_MEMORY: Final = 4 << 20
"""Plain bytes up to which nothing is written before all is verified."""


def pour(reader: Reader, entry: Entry, out: BinaryIO) -> int:
    """Write the content of *entry*, a regular file, to *out*; return its bytes.

    Small ones are verified before the first byte, larger ones at the end.

    Raises:
        IntegrityError: It was never readable, is missing or damaged; of a large one
            something was written.
        OSError: *out* does not take it.
    """
    if entry.content is None:
        raise IntegrityError(
            f"{escape_name(entry.name)} could never be read, so the store has no content of it"
        )
    content = reader.contents([entry.content]).get(entry.content)
    if content is None:
        raise IntegrityError(f"the content of {escape_name(entry.name)} is not in the store")
    return pour_content(reader, content, f"the content of {escape_name(entry.name)}", out)


def pour_content(reader: Reader, content: StoredContent, called: str, out: BinaryIO) -> int:
    """Write *content*, *called* so in errors, to *out*; return its bytes; see `pour`.

    Raises:
        IntegrityError: It is damaged; of a large one something was written.
    """
    waits = content.size <= _IN_MEMORY
    held: list[bytes] = []
    size = 0
    with closing(reader.open(content)) as source:
        for chunk in source.chunks():
            size += len(chunk)
            if size > content.size:
                raise IntegrityError(f"{called} is longer than the store says")
            if waits:
                held.append(chunk)
            else:
                out.write(chunk)
    out.writelines(held)
    return size


def pour_into(reader: Reader, content: StoredContent, file: int) -> IntegrityError | None:
    """Write what can be read of *content* to an open empty file; holes stay holes.

    It is never more than it should have.

    Returns:
        What is wrong with it, None when it is whole.
    """
    end = 0
    try:
        with closing(reader.open(content)) as source:
            for offset, piece in source.pieces():
                if offset + len(piece) > content.size:
                    return IntegrityError("its content is longer than the store says")
                if offset != end:
                    os.lseek(file, offset, os.SEEK_SET)
                write_all(file, piece)
                end = offset + len(piece)
    except IntegrityError as error:
        return error
    if end < content.size:
        if not content.has_holes:
            return IntegrityError("its content is shorter than the store says")
        os.ftruncate(file, content.size)
    return None


def write_all(file: int, data: bytes) -> None:
    """Write all of *data* to an open file."""
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
