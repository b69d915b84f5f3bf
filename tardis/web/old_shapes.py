"""What the interface of version 0.33 answered: its objects, with its names of fields.

Directories are named by (device, inode) there.  Ours have numbers of their own, which do not
change when a disk is copied: such a number is told as the inode, and 0 as the device.
"""

import os
import stat
from typing import Any, Final

from werkzeug.routing import BaseConverter

from tardis.history import Node
from tardis.model import BackupSet, Entry, StoredContent

_SECOND: Final = 10**9


class AnyPath(BaseConverter):
    """A part of a route that may hold anything, slashes and line ends too."""

    regex = "(?s:.)+?"
    part_isolating = False


OWN_DEVICE: Final = 0
"""Device of inodes that are our numbers of directories."""


def set_object(one: BackupSet) -> dict[str, Any]:
    """Return a backup set; moments are seconds since 1970."""
    return {
        "backupset": one.number,
        "name": one.name,
        "starttime": one.started_ns / _SECOND,
        "endtime": None if one.ended_ns is None else one.ended_ns / _SECOND,
        "clienttime": one.client_time_ns / _SECOND,
        "priority": one.priority,
        "completed": int(one.is_complete),
        "session": one.session,
        "clientversion": one.client_version,
        "clientip": one.client_address,
        "serverversion": one.server_version,
        "full": int(one.is_full),
        "filesfull": one.new_files,
        "filesdelta": one.delta_files,
        "bytesreceived": one.received_bytes,
        "commandline": os.fsdecode(one.command_line),
    }


def file_object(entry: Entry, parent: int | None, stored: StoredContent | None) -> dict[str, Any]:
    """Return an object of the file system that lies in the directory *parent*."""
    return {
        "name": os.fsdecode(entry.name),
        "inode": entry.inode if entry.child is None else entry.child,
        "device": entry.filesystem if entry.child is None else OWN_DEVICE,
        "dir": int(entry.is_directory),
        "link": int(entry.is_link),
        "parent": parent,
        "parentdev": OWN_DEVICE,
        "size": entry.size,
        "mtime": entry.mtime,
        "ctime": entry.ctime,
        "atime": entry.mtime,
        "mode": stat.S_IMODE(entry.mode),
        "uid": entry.uid,
        "gid": entry.gid,
        "nlinks": entry.nlink,
        "firstset": entry.first_set,
        "lastset": entry.last_set,
        "checksum": stored.digest.hex() if stored else None,
        "chainlength": stored.chain if stored else None,
        "xattrs": None,
        "acl": None,
        "basis": None,
        "encrypted": 0,
    }


def node_object(
    node: Node, number: int, parent: int | None, stored: StoredContent | None
) -> dict[str, Any]:
    """Return a place of the tree of set *number*, one above the rows too."""
    if node.entry is not None:
        return file_object(node.entry, parent, stored)
    known = node.ancestor
    mode, uid, gid = (known.mode, known.uid, known.gid) if known else (stat.S_IFDIR, 0, 0)
    mtime, child = known.mtime if known else 0, node.directory or 0
    bare = Entry(
        node.name or b"/", mode | stat.S_IFDIR, uid, gid, 0, mtime, 0, mtime, 0, OWN_DEVICE,
        child, 0, 0, node.directory, None, None, number, number,
    )  # fmt: skip
    return file_object(bare, parent, None)


def checksum_object(stored: StoredContent) -> dict[str, Any]:
    """Return a content, as ``getFileData`` sends it: whole, expanded and in clear."""
    return {
        "checksum": stored.digest.hex(),
        "checksumid": stored.id,
        "basis": None,
        "encrypted": 0,
        "size": stored.size,
        "deltasize": None,
        "disksize": stored.size,
        "isfile": 1,
        "compressed": "None",
        "chainlength": 0,
    }
