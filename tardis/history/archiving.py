"""Chooses the format of an archive, and fills one."""

from collections.abc import Sequence
from typing import BinaryIO

from tardis.model import Observer, Reader

from .archive import Archive, Archiver
from .archive_tar import TarArchive
from .archive_zip import ZipArchive
from .extract import ExtractOptions, Request, Restored


def open_archive(kind: str, out: BinaryIO) -> Archive:
    """Begin an archive, ``tar`` or ``zip``, on *out*, which need not seek; close it in the end."""
    return TarArchive(out) if kind == "tar" else ZipArchive(out)


def fill_archive(
    archive: Archive,
    reader: Reader,
    requests: Sequence[Request],
    options: ExtractOptions,
    observer: Observer,
) -> Restored:
    """Put *requests*, each under its name, into *archive*.

    Of *options* only those count that are about hard links, what is in directories, and whose
    permissions are obeyed.
    """
    archiver = Archiver(
        reader,
        archive,
        observer,
        hard_links=options.hard_links,
        reads_as=options.reads_as,
    )
    archiver.add(requests, recurse=options.recurse)
    return archiver.report
