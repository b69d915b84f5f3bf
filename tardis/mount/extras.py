"""Extended attributes in the mount: saved ones, and what it says itself of sets and files."""

import os

from tardis.model import BackupSet, Entry, Reader
from tardis.policy import Flags, flag_letters, unpack_flags
from tardis.streams import unpack_attributes


def set_extra(backup: BackupSet) -> dict[str, bytes]:
    """Return the extended attributes of a set's directory."""
    return {
        "user.priority": str(backup.priority).encode(),
        "user.complete": str(backup.is_complete).encode(),
        "user.backupset": backup.name.encode(errors="surrogateescape"),
        "user.session": backup.session.encode(errors="surrogateescape"),
    }


def entry_extra(entry: Entry, since: BackupSet | None, reader: Reader) -> dict[str, bytes]:
    """Return the extended attributes of an entry, by name.

    Args:
        entry: Of any kind.
        since: The first set that has it as it is.
        reader: Tells of its content.
    """
    found = saved_extra(entry.xattrs)
    if since is not None:
        found["user.tardis_since"] = os.fsencode(since.name)
    if entry.content is not None:
        content = reader.contents([entry.content]).get(entry.content)
        if content is not None:
            found["user.tardis_checksum"] = content.digest.hex().encode()
            found["user.tardis_chain"] = str(content.chain).encode()
    return found


def saved_extra(packed: bytes | None) -> dict[str, bytes]:
    """Return saved attributes by name; file flags as letters, as an attribute of ours."""
    try:
        found = dict(unpack_attributes(packed or b""))
    except ValueError:  # the store lies; restoring says so
        return {}
    flags = found.pop(Flags.NAME, None)
    if flags is not None:
        found[b"user.tardis_flags"] = flag_letters(unpack_flags(flags)).encode()
    return {os.fsdecode(name): value for name, value in found.items()}
