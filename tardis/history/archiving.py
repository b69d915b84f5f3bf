"""Chooses the format of an archive, and fills one."""

import stat
from collections.abc import Sequence
from typing import BinaryIO

from tardis.model import Observer, Reader
from tardis.render import escape_controls, escape_name

from .archive import Archive, Archiver, Item
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


def note_problems(archive: Archive, done: Restored, name: bytes, now: int) -> None:
    """Add a list of what is missing in *archive*, or not whole, if there is anything.

    For those who get an archive from a program that cannot tell them otherwise.

    Args:
        archive: That *done* is about.
        done: What was put in.
        name: Of what it holds; the list is called so too, with ``-problems.txt`` behind.
        now: Seconds since 1970.
    """
    if not done.problems:
        return
    lines = [f"{escape_name(one.path)}: {escape_controls(one.reason)}" for one in done.problems]
    text = "\n".join(["Not all of this archive is as it was:", "", *lines, ""]).encode()
    mode = stat.S_IFREG | 0o644
    called = (name or b"archive") + b"-problems.txt"
    archive.add(Item(called, mode, 0, 0, b"", b"", len(text), now, 0, 0, b""), iter([text]))
