"""Proves that a copy of a store holds what it should, and tells what its source lacks already."""

import os

from tardis.model import IntegrityError

from .layout import Layout
from .meta import BASIS, SIGNATURE, SUFFIX
from .packs import PackReader
from .reader import StoreReader
from .rebuild_classic import read_classic
from .rebuild_scan import Manifest, read_manifest


class Prover:
    """Reads contents from the copy, and again from the source where that fails.

    Args:
        theirs: Of the source.
        work: Of the copy, with the catalog that it is to have.
    """

    def __init__(self, theirs: Layout, work: Layout) -> None:
        self._theirs = theirs
        self._copy = StoreReader(work)
        self._packs = PackReader(work)
        self._source_packs = PackReader(theirs)
        self._source: StoreReader | None = None

    def is_good(self, content: int) -> bool:
        """Tell whether a content can be read from the copy."""
        return _can_be_read(self._copy, content)

    def is_good_in_source(self, content: int) -> bool:
        """Tell the same of the source."""
        if self._source is None:
            self._source = StoreReader(self._theirs)
        return _can_be_read(self._source, content)

    def is_manifest(self, one: Manifest) -> bool:
        """Tell whether a manifest of the copy can be read."""
        return _is_manifest(self._packs, one)

    def is_manifest_in_source(self, one: Manifest) -> bool:
        """Tell the same of the source."""
        return _is_manifest(self._source_packs, one)

    def close(self) -> None:
        """Close what is open."""
        self._packs.close()
        self._source_packs.close()
        self._copy.close()
        if self._source is not None:
            self._source.close()


def _can_be_read(reader: StoreReader, content: int) -> bool:
    found = reader.contents([content]).get(content)
    if found is None:
        return False
    try:
        reader.prove(found)
    except IntegrityError:
        return False
    return True


def _is_manifest(packs: PackReader, one: Manifest) -> bool:
    try:
        read_manifest(packs, one)
    except IntegrityError:
        return False
    return True


def is_manifest_file(layout: Layout, one: Manifest) -> bool:
    """Tell whether a manifest of a classic store can be read."""
    try:
        read_classic(layout, one)
    except IntegrityError:
        return False
    return True


def is_other(source: str, target: str) -> bool:
    """Tell whether beside a classic content other things are told than beside its copy."""
    told = _held(source + SUFFIX)
    return told is not None and not holds(target + SUFFIX, told)


def copy_beside(source: str, target: str) -> list[str]:
    """Copy what stands beside a classic content; return the files, which are to be flushed."""
    made = []
    for suffix in (SUFFIX, SIGNATURE):
        data = _held(source + suffix)
        if data is not None and not holds(target + suffix, data):
            with open(target + suffix, "wb") as file:
                file.write(data)
            made.append(target + suffix)
    if os.path.islink(source + BASIS) and not os.path.lexists(target + BASIS):
        os.symlink(os.readlink(source + BASIS), target + BASIS)
    return made


def holds(path: str, data: bytes) -> bool:
    """Tell whether a file is there and holds just *data*."""
    return _held(path) == data


def _held(path: str) -> bytes | None:
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()
