"""A listing of versions for programs: one JSON object in a line for each path."""

import base64
import json
import stat
from typing import Any, Final

from tardis.model import GONE, Entry, Shown, Version

from .listing import Contents, Owners

_KINDS: Final = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "link",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
    stat.S_IFBLK: "block device",
    stat.S_IFCHR: "character device",
}


def shown_json(shown: Shown, contents: Contents, owners: Owners) -> str:
    """Return one path as JSON; bytes that are no UTF-8 stand beside it in base64."""
    fields = bytes_fields("path", shown.path) | {"is_gone": shown.is_gone}
    fields["versions"] = [_version(one, contents, owners) for one in shown.versions]
    if not shown.versions:
        fields |= entry_fields(shown.newest, contents)
    return json.dumps(fields)


def bytes_fields(name: str, value: bytes) -> dict[str, Any]:
    """Return bytes as text, and exactly where that is not the same."""
    try:
        return {name: value.decode()}
    except UnicodeDecodeError:
        exact = base64.b64encode(value).decode("ascii")
        return {name: value.decode(errors="replace"), f"{name}_base64": exact}


def entry_fields(entry: Entry, contents: Contents) -> dict[str, Any]:
    """Return what is known of one object of a file system."""
    fields: dict[str, Any] = {
        "type": _KINDS.get(stat.S_IFMT(entry.mode), "unknown"),
        "mode": stat.S_IMODE(entry.mode),
        "uid": entry.uid,
        "gid": entry.gid,
        "size": entry.size,
        "mtime": entry.mtime,
        "mtime_ns": entry.mtime_ns,
        "ctime": entry.ctime,
        "ctime_ns": entry.ctime_ns,
        "inode": entry.inode,
        "links": entry.nlink,
    }
    if entry.rdev:
        fields["rdev"] = entry.rdev
    if entry.target is not None:
        fields |= bytes_fields("target", entry.target)
    stored = contents.get(entry.content) if entry.content is not None else None
    if stored is not None:
        fields |= {
            "checksum": stored.digest.hex(),
            "stored": stored.stored,
            "chain": stored.chain,
            "is_damaged": bool(stored.is_damaged),
        }
    return fields


def _version(version: Version, contents: Contents, owners: Owners) -> dict[str, Any]:
    backup, entry = version.backup, version.entry
    fields: dict[str, Any] = {
        "set": backup.name,
        "number": backup.number,
        "started_ns": backup.started_ns,
        "change": version.change,
    }
    if version.elsewhere:
        key = "moved_to" if version.change == GONE else "moved_from"
        fields |= bytes_fields(key, version.elsewhere)
    if version.change == GONE:
        return fields
    names = owners(backup.number)
    for key, which in (("user", (False, entry.uid)), ("group", (True, entry.gid))):
        if which in names:
            fields |= bytes_fields(key, names[which])
    return fields | entry_fields(entry, contents)
