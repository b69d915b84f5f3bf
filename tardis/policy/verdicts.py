"""What the server wants of a listed regular file: nothing, its digest, or its bytes.

Files are compared by equality, never by clocks: unchanged means that size, mtime, ctime,
inode and file system equal the stored ones and that the entry is settled.
"""

from enum import IntEnum

from tardis.model import Entry, Listed


class Verdict(IntEnum):
    """What is wanted of a regular file."""

    KEEP = 0
    DIGEST = 1
    CONTENT = 2


def judge_changed(listed: Listed, before: Entry, is_settled: bool) -> Verdict:
    """Return what is wanted of *listed*, whose name had the row *before*, open or closed.

    The same size and mtime with anything else different is a move, a link, a change of
    mode, a copy, or hides an edit: its digest is asked for before its bytes.
    """
    if before.content is None or not before.is_regular:
        return Verdict.CONTENT
    if listed[3:6] != before[4:7]:
        return Verdict.CONTENT
    if is_settled and listed[6:10] == before[7:11]:
        return Verdict.KEEP
    return Verdict.DIGEST


def judge_new(listed: Listed, has_history: bool, small: int, has_same_size: bool) -> Verdict:
    """Return what is wanted of *listed*, whose name its directory never had.

    Args:
        listed: The file.
        has_history: There are complete sets, so its bytes may be known.
        small: Plain bytes up to which reading a file once serves digest and bytes.
        has_same_size: For a larger one: a content of its size is stored.
    """
    if listed.size > small:
        return Verdict.DIGEST if has_same_size else Verdict.CONTENT
    return Verdict.DIGEST if has_history and listed.size > 0 else Verdict.CONTENT
