"""Compares a file that is there with a content of the store."""

import os
import stat
from contextlib import closing
from typing import Final

from tardis.crypto import Digester, content_key
from tardis.model import IntegrityError, Reader, StoredContent

OPEN_FILE: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHUNK: Final = 1 << 20


def is_same_file(reader: Reader, content: StoredContent, folder: int, name: bytes) -> bool:
    """Tell whether the regular file *name* in *folder* holds just the bytes of *content*.

    What is no regular file, or cannot be read, is not the same.
    """
    try:
        file = os.open(name, OPEN_FILE, dir_fd=folder)
    except OSError:
        return False
    try:
        found = os.fstat(file)
        if not stat.S_ISREG(found.st_mode) or found.st_size != content.size:
            return False
        return _is_same(reader, content, file)
    except (OSError, IntegrityError):
        return False
    finally:
        os.close(file)


def _is_same(reader: Reader, content: StoredContent, file: int) -> bool:
    repository = reader.repository()
    digester = Digester(content_key(repository.scheme, repository.digest_key))
    while chunk := os.read(file, _CHUNK):
        digester.update(chunk)
    if digester.digest() == content.digest:
        return True
    if not content.has_holes:
        return False
    # The digest of a file with holes is not that of its plain bytes.
    with closing(reader.open(content)) as source:
        place = 0
        for chunk in source.chunks():
            if os.pread(file, len(chunk), place) != chunk:
                return False
            place += len(chunk)
    return place == content.size
