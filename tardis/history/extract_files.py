"""Makes all but directories, one batch at a time, below an open top directory.

Every file is written under a temporary name in its own directory, gets its owner, mode
and times there, and only then its name: what has its name is whole.  Nothing that is at
the target is opened, and no symbolic link is followed.
"""

import errno
import os
import secrets
import stat
from collections import Counter
from contextlib import suppress
from typing import Any, Final

from tardis.model import IntegrityError, Problem, Reader, StoredContent
from tardis.render import escape_name

from .attributes import Attributes, Owners, stamp_ns
from .flags import LOCKED, is_locked
from .folders import CASE_BLIND, NAME_LIMIT, Folder, Folders, refused
from .pieces import Piece, wanted_of
from .pour import pour_into, write_all
from .rules import AS_STORED, LEFT_ALONE, SAME_HERE, Rules, has_other_case
from .sameness import OPEN_FILE, is_same_file
from .specials import KINDS, NEEDS_ROOT, NotOurs, held, make_special
from .tree import join

MAKE_FILE: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
IN_MEMORY: Final = 4 << 20
"""Plain bytes up to which a file is verified before the first byte is written."""

Told = tuple[Any, ...]
"""A `Folder` or a `Piece` on its way through a pipe."""

Batch = list[tuple[Told, list[Told]]]
LinkGroups = list[list[tuple[Told, Told]]]


_Made = tuple[Folder, bytes, os.stat_result]
"""Directory, name, and what a file was when it had been made."""


class _Refusal(Exception):
    """This piece is not made; the reason is told as a problem."""


class FileMaker:
    """Makes files below *top* from what *reader* reads.

    Attributes:
        files: How many were made.
        size_bytes: Their plain bytes.
        problems: What could not be made, or not whole.
    """

    def __init__(self, top: int, reader: Reader, rules: Rules) -> None:
        self.files = 0
        self.size_bytes = 0
        self.problems: list[Problem] = []
        self._reader = reader
        self._rules = rules
        self._folders = Folders(top)
        self._sources = Folders(top)
        self._attributes = Attributes(Owners(reader), rules.switches)
        self._temporary = b".tardis-" + secrets.token_hex(8).encode()
        self._busy_in = -1
        self._folder = Folder(b"", 0, 0, False, 0)
        self._locks = True

    @property
    def notes(self) -> Counter[str]:
        """How often something happened that is worth a line, by sentence."""
        return self._attributes.notes

    def take(self, kind: str, batch: list[Any]) -> None:
        """Make *batch*: ``files`` that stand alone, or ``links`` between files."""
        if kind == "links":
            self.make_linked(batch)
        else:
            self.make(batch)

    def close(self) -> None:
        """Remove what is half made, and let go of all directories and the reader."""
        if self._busy_in >= 0:
            with suppress(OSError):
                os.unlink(self._temporary, dir_fd=self._busy_in)
        self._folders.__exit__(None, None, None)
        self._sources.__exit__(None, None, None)
        self._reader.close()

    def make(self, batch: Batch) -> None:
        """Make all pieces of *batch*; what cannot be made becomes a problem."""
        wanted = {p[7] for _, pieces in batch for p in pieces if p[7] is not None}
        contents = self._reader.contents(sorted(wanted))
        for told, told_pieces in batch:
            folder = self._folder = Folder._make(told)
            pieces = [(Piece._make(piece), contents.get(piece[7] or 0)) for piece in told_pieces]
            pieces.sort(key=_place)
            try:
                descriptor = self._folders.open_same(folder)
            except OSError as error:
                for piece, _ in pieces:
                    self._problem(piece.name, _words(error))
                continue
            for piece, content in pieces:
                self._make_one(descriptor, piece, content)

    def make_linked(self, groups: LinkGroups) -> None:
        """Make files that are one: in each of *groups* the first, and links to it.

        Only what was made here a moment ago is linked to; where that cannot be done the
        name gets a file of its own.
        """
        wanted = {told_piece[7] for group in groups for _, told_piece in group}
        contents = self._reader.contents(sorted(wanted - {None}))
        for group in groups:
            made: _Made | None = None
            several: list[_Made] = []
            self._locks = False
            for told, told_piece in group:
                folder = self._folder = Folder._make(told)
                piece = Piece._make(told_piece)
                try:
                    descriptor = self._folders.open_same(folder)
                except OSError as error:
                    self._problem(piece.name, _words(error))
                    continue
                if made is None or not self._try_link(descriptor, piece, made):
                    content = contents.get(piece.content or 0)
                    made = self._make_first(descriptor, folder, piece, content) or made
                    several += [made] if made is not None else []
            self._locks = True
            for one in several:
                self._lock(one, Piece._make(group[0][1]))

    def _make_first(
        self, descriptor: int, folder: Folder, piece: Piece, content: StoredContent | None
    ) -> _Made | None:
        if not self._make_one(descriptor, piece, content, resumes=False):
            return None
        try:
            found = os.stat(piece.name, dir_fd=descriptor, follow_symlinks=False)
        except OSError:
            return None
        return folder, piece.name, found

    def _lock(self, made: _Made, piece: Piece) -> None:
        """Set the flags of a file by which it could not have got its other names."""
        if not piece.xattrs or not stat.S_ISREG(piece.mode):
            return
        folder, name, known = made
        with suppress(OSError):
            file = os.open(name, OPEN_FILE, dir_fd=self._folders.open_same(folder))
            try:
                found = os.fstat(file)
                if (found.st_dev, found.st_ino) == (known.st_dev, known.st_ino):
                    self._attributes.lock(file, piece.xattrs)
            finally:
                os.close(file)

    def _try_link(self, descriptor: int, piece: Piece, made: _Made) -> bool:
        """Return whether *piece* is dealt with; False asks for a file of its own."""
        folder, name, known = made
        try:
            if not self._is_wanted(descriptor, piece):
                return True
            source = self._sources.open_same(folder)
            self._busy_in = descriptor
            os.link(
                name,
                self._temporary,
                src_dir_fd=source,
                dst_dir_fd=descriptor,
                follow_symlinks=False,
            )
            found = os.stat(self._temporary, dir_fd=descriptor, follow_symlinks=False)
            if (found.st_dev, found.st_ino) != (known.st_dev, known.st_ino):
                raise OSError(0, "it was replaced")
            self._name(descriptor, piece.name)
        except _Refusal as refusal:
            self._problem(piece.name, str(refusal))
            return True
        except OSError:
            self._unlink_temporary()
            return False
        self._count(piece)
        return True

    def _make_one(
        self,
        descriptor: int,
        piece: Piece,
        content: StoredContent | None,
        *,
        resumes: bool = True,
    ) -> bool:
        """Return whether the piece is there now, whole; tell a problem when it is not."""
        try:
            if not self._is_wanted(descriptor, piece, content if resumes else None):
                return False
            kind = stat.S_IFMT(piece.mode)
            self._busy_in = descriptor
            if kind == stat.S_IFREG:
                self._make_regular(descriptor, piece, content)
            elif kind == stat.S_IFLNK:
                self._make_link(descriptor, piece)
            elif kind in KINDS:
                self._make_special(descriptor, piece)
            else:
                raise _Refusal("the store says that it is of a kind that there is not")
        except NotOurs:
            self._busy_in = -1
            self.notes[NEEDS_ROOT] += 1
        except _Refusal as refusal:
            self._busy_in = -1
            self._problem(piece.name, str(refusal))
        except IntegrityError as error:
            self._unlink_temporary()
            self._problem(piece.name, str(error))
        except (OSError, ValueError, OverflowError) as error:
            self._unlink_temporary()
            self._problem(piece.name, _why(error, piece.name, descriptor))
        else:
            self._count(piece)
            return True
        return False

    def _is_wanted(
        self, descriptor: int, piece: Piece, content: StoredContent | None = None
    ) -> bool:
        """Return whether to make *piece*, given what is there already.

        With a *content*, what is the same in everything need not be made again.
        """
        reason = refused(piece.name)
        if reason:
            raise _Refusal(reason)
        if self._folder.is_fresh and self._folder.is_fresh != CASE_BLIND:
            return True
        try:
            found = os.stat(piece.name, dir_fd=descriptor, follow_symlinks=False)
        except FileNotFoundError:
            return True
        if self._folder.is_fresh:
            raise _Refusal(SAME_HERE)
        is_same = content is not None and self._is_there(descriptor, piece, found, content)
        stored = stamp_ns(piece.mtime, piece.mtime_ns)
        path = join(self._folder.path, piece.name)
        if is_same or not self._rules.allow(path, found, stored):
            self.notes[AS_STORED if is_same else LEFT_ALONE] += 1
            return False
        if stat.S_ISDIR(found.st_mode):
            raise _Refusal("a directory has its name; it was left alone")
        if has_other_case(descriptor, piece.name):
            raise _Refusal(SAME_HERE)
        return True

    def _is_there(
        self, descriptor: int, piece: Piece, found: os.stat_result, content: StoredContent
    ) -> bool:
        """Tell whether *found* is what would be made of *piece*: so a second run resumes."""
        if self._rules.overwrite == "never" or found.st_nlink != 1:
            return False
        wanted = (found.st_size, found.st_mtime_ns)
        if wanted != (piece.size, stamp_ns(piece.mtime, piece.mtime_ns)):
            return False
        place = b"/proc/self/fd/%d/%s" % (descriptor, piece.name)
        if not self._attributes.are_set(place, found, self._folder.number, wanted_of(piece)):
            return False
        return is_same_file(self._reader, content, descriptor, piece.name)

    def _make_regular(self, descriptor: int, piece: Piece, content: StoredContent | None) -> None:
        if content is None:
            if piece.content is None:
                raise _Refusal("it could never be read, so the store has no content of it")
            raise IntegrityError("its content is not in the store")
        if content.pack is None or content.size > IN_MEMORY:
            self._stream(descriptor, piece, content)
            return
        try:
            data = self._reader.read_small(content)
        except IntegrityError:
            self._stream(descriptor, piece, content)
            return
        file = os.open(self._temporary, MAKE_FILE, 0o600, dir_fd=descriptor)
        try:
            if piece.xattrs:
                self._attributes.begin(file, piece.xattrs)
            written = os.write(file, data)
            if written < len(data):
                write_all(file, data[written:])
            self._finish(file, piece)
            self._name(descriptor, piece.name)
            if piece.xattrs and self._locks:
                self._attributes.lock(file, piece.xattrs)
        finally:
            os.close(file)

    def _stream(self, descriptor: int, piece: Piece, content: StoredContent) -> None:
        """Make a file of what is too large for memory, or damaged."""
        file = os.open(self._temporary, MAKE_FILE, 0o600, dir_fd=descriptor)
        try:
            if piece.xattrs:
                self._attributes.begin(file, piece.xattrs)
            damage = pour_into(self._reader, content, file)
            self._finish(file, piece)
            written = os.fstat(file).st_size
            if damage is None:
                self._name(descriptor, piece.name)
                if piece.xattrs and self._locks:
                    self._attributes.lock(file, piece.xattrs)
        finally:
            os.close(file)
        if damage is None:
            return
        if self._rules.damaged == "delete" or not written:
            raise IntegrityError(str(damage))
        kept = piece.name
        if self._rules.damaged == "rename":
            mark = b"-CORRUPT-" + content.digest.hex().encode()
            kept = kept[: NAME_LIMIT - len(mark)] + mark
        self._name(descriptor, kept)
        raise IntegrityError(f"{damage}; what could be read is in {escape_name(kept)}")

    def _make_link(self, descriptor: int, piece: Piece) -> None:
        if not piece.target or b"\0" in piece.target:
            raise _Refusal("the store does not say where this symbolic link points")
        os.symlink(piece.target, self._temporary, dir_fd=descriptor)
        trouble = self._attributes.finish_link(
            self._temporary, descriptor, self._folder.number, wanted_of(piece)
        )
        if trouble:
            self._problem(piece.name, trouble)
        self._name(descriptor, piece.name)

    def _make_special(self, descriptor: int, piece: Piece) -> None:
        make_special(self._temporary, descriptor, piece.mode, piece.rdev)
        with held(self._temporary, descriptor, piece.mode) as place:
            self._finish(place, piece)
        self._name(descriptor, piece.name)

    def _finish(self, file: int | bytes, piece: Piece) -> None:
        folder = self._folder
        trouble = self._attributes.finish(
            file, folder.number, wanted_of(piece), inherits=not folder.is_fresh
        )
        if trouble:
            self._problem(piece.name, trouble)

    def _name(self, descriptor: int, name: bytes) -> None:
        """Give what is complete its name; this replaces what is no directory."""
        os.rename(self._temporary, name, src_dir_fd=descriptor, dst_dir_fd=descriptor)
        if not self._folder.is_fresh:  # renaming a link to the same file does nothing
            self._unlink_temporary()
        self._busy_in = -1

    def _unlink_temporary(self) -> None:
        if self._busy_in >= 0:
            with suppress(OSError):
                os.unlink(self._temporary, dir_fd=self._busy_in)
        self._busy_in = -1

    def _count(self, piece: Piece) -> None:
        self.files += 1
        self.size_bytes += piece.size

    def _problem(self, name: bytes, reason: str) -> None:
        self.problems.append(Problem(join(self._folder.path, name), reason))


def _place(pair: tuple[Piece, StoredContent | None]) -> tuple[int, int]:
    """Sort by place in the packs, so that these are read forwards."""
    content = pair[1]
    if content is None or content.pack is None:
        return -1, 0
    return content.pack, content.place


def _why(error: Exception, name: bytes, folder: int) -> str:
    """Return what to say about *error*, met when *name* was made in an open directory."""
    if getattr(error, "errno", 0) == errno.EPERM and is_locked(name, folder):
        return LOCKED
    return _words(error)


def _words(error: Exception) -> str:
    return (isinstance(error, OSError) and error.strerror) or str(error)
