"""What one client is granted, and what it asked for in vain: ``BaseDir/.server/clients/``.

It lies beside the stores and not in their catalogs: a catalog that is put back, rebuilt or
brought from another machine never changes what its client may do.  A grant is replaced
whole; denials are lines of text, only the last of which are kept.
"""

import fcntl
import json
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from tardis.model import Right, StoreError, read_right

from .daemon_state import FOLDER
from .flush import replace_durably
from .opening import Place
from .trouble import store_trouble

_FORMAT: Final = 1
_KEPT_DENIALS: Final = 200
_DENIAL_BYTES: Final = 64 << 10
_WORDS: Final = 200


@dataclass(frozen=True, slots=True)
class Grant:
    """What the administrator has settled for one client.

    Attributes:
        rights: What it may ask for over the network; None: what the server's settings say.
        quota_bytes: Stored bytes that it may keep, 0 for any number.
        quota_files: Versions of files and directories that it may keep, 0 for any number.
    """

    rights: tuple[Right, ...] | None = None
    quota_bytes: int = 0
    quota_files: int = 0


class Denial(NamedTuple):
    """A request that was refused.

    Attributes:
        when_ns: By the server's clock, nanoseconds since 1970.
        right: That it would have needed.
        peer: Where it came from.
    """

    when_ns: int
    right: str
    peer: str


def read_grant(place: Place, client: str) -> Grant:
    """Return what *client* is granted; a client that nobody thought of gets the usual.

    Raises:
        StoreError: What was written cannot be read: nothing may be taken for granted then.
    """
    path = _folder(place, client) / "grant.json"
    with store_trouble(str(path)):
        try:
            text = path.read_text(encoding="utf-8")
        except (FileNotFoundError, NotADirectoryError):
            return Grant()
    try:
        return _parse(text)
    except ValueError as error:
        raise StoreError(
            f"{path} does not say what the client may do",
            hint="Remove it, and settle rights and quota anew by sonic.",
        ) from error


def _parse(text: str) -> Grant:
    match json.loads(text):
        case {"format": 1, "rights": None, "quota_bytes": int(size), "quota_files": int(files)}:
            return Grant(None, size, files)
        case {
            "format": 1,
            "rights": [*rights],
            "quota_bytes": int(size),
            "quota_files": int(files),
        }:
            return Grant(tuple(read_right(str(one)) for one in rights), size, files)
    raise ValueError("it has another shape")


def write_grant(place: Place, client: str, grant: Grant) -> None:
    """Settle what *client* is granted, durably.

    Raises:
        StoreError: It cannot be written; the old grant holds.
    """
    folder = _folder(place, client)
    values = {
        "format": _FORMAT,
        "rights": None if grant.rights is None else list(grant.rights),
        "quota_bytes": grant.quota_bytes,
        "quota_files": grant.quota_files,
    }
    with store_trouble(str(folder)):
        _make(place, folder)
        data = json.dumps(values, indent=2).encode() + b"\n"
        replace_durably(str(folder / "grant.json"), data, 0o600)


def note_denial(place: Place, client: str, right: str, peer: str) -> None:
    """Remember that *client* asked for what it may not; the oldest of many are forgotten.

    Trouble with the file is passed over: the request is refused in any case.
    """
    folder = _folder(place, client)
    line = f"{time.time_ns()}\t{right}\t{_plain(peer)}\n"
    with suppress(OSError):
        _make(place, folder)
        with open(folder / "denied", "a+", encoding="utf-8") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.write(line)
            file.flush()
            if file.tell() > _DENIAL_BYTES:
                file.seek(0)
                kept = file.readlines()[-_KEPT_DENIALS:]
                file.truncate(0)
                file.writelines(kept)


def denials(place: Place, client: str) -> list[Denial]:
    """Return what *client* asked for in vain and nobody has acknowledged, oldest first."""
    path = _folder(place, client) / "denied"
    with store_trouble(str(path)):
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (FileNotFoundError, NotADirectoryError):
            return []
    found = []
    for line in lines:
        when, _, rest = line.partition("\t")
        if when.isdecimal():  # a crash can leave half a line
            found.append(Denial(int(when), *rest.partition("\t")[::2]))
    return found


def forget_denials(place: Place, client: str) -> None:
    """Let the denials of *client* be acknowledged."""
    path = _folder(place, client) / "denied"
    with store_trouble(str(path)), suppress(FileNotFoundError, NotADirectoryError):
        path.unlink()


def _folder(place: Place, client: str) -> Path:
    place.layout(client)  # refuses names that lead elsewhere
    return Path(place.base, FOLDER, "clients", client)


def _make(place: Place, folder: Path) -> None:
    """Make the daemon's own directories, which nobody else looks into."""
    for path in (Path(place.base, FOLDER), folder.parent, folder):
        with suppress(FileExistsError):
            path.mkdir(0o700)


def _plain(text: str) -> str:
    return "".join(char for char in text if char.isprintable())[:_WORDS]
