"""The names behind the numbers of users and groups."""

import grp
import os
import pwd
from collections.abc import Iterable


def owner_names(owners: Iterable[tuple[int, int]]) -> tuple[tuple[bool, int, bytes], ...]:
    """Return (is a group, number, name) for each of *owners*, (uid, gid), that has a name."""
    users, groups = set(), set()
    for uid, gid in owners:
        users.add(uid)
        groups.add(gid)
    named = [(False, uid, _user(uid)) for uid in sorted(users)]
    named += [(True, gid, _group(gid)) for gid in sorted(groups)]
    return tuple((is_group, number, name) for is_group, number, name in named if name)


def _user(uid: int) -> bytes:
    try:
        return os.fsencode(pwd.getpwuid(uid).pw_name)
    except (KeyError, OverflowError):
        return b""


def _group(gid: int) -> bytes:
    try:
        return os.fsencode(grp.getgrgid(gid).gr_name)
    except (KeyError, OverflowError):
        return b""
