"""What one backup is asked to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tardis.scan import Exclusions, Origin, WalkRules

from .access import Access
from .heads import HeadBook

CLONES: Final = 1000
"""Ranges of directories told in one message by their fingerprints, unless `--clones` says fewer."""


@dataclass(frozen=True, slots=True)
class SetWish:
    """The backup set that is wished for; see `protocol.messages.OpenSet`."""

    name: str = ""
    format: str = ""
    priority: int = -1
    is_creating: bool = False
    is_forced: bool = False
    is_full: bool = False
    lineage: bytes = b""
    label: str = ""
    command_line: bytes = b""
    config: bytes = b""
    scheme: str = ""
    session: str = ""


@dataclass(frozen=True, slots=True)
class PurgeWish:
    """Which old sets the server is asked to remove; see `protocol.messages.PurgeSets`."""

    priority: int = -1
    keep_ns: int = -1


@dataclass(frozen=True, slots=True)
class JobOptions:
    """All a backup job needs to know.

    Attributes:
        client: Whose store the set goes to.
        roots: Real path to stored path of what is backed up.
        compression: Of messages, one of `streams.MESSAGE_CODECS`.
        codec: Number of the compression of contents.
        compress_min: Plain bytes up to which a content is not compressed.
        is_dense: Tells by name and first bytes that a file is not to be compressed.
        exclusions: What is left out.
        crosses_devices: Other file systems are entered.
        max_depth: Levels of directories that are listed, 0 for all.
        leaves_out_unreadable: What may not be read is left out and counted.
        allows_empty: Empty roots make a good set.
        digest_above: Plain bytes above which a file's digest is told before its bytes; 0: never.
        delta_percent: Of a file, above which its delta is given up.
        clones: Unchanged directories told in one message; 0: all are listed.
        signs: Send signatures, so that the server need not make them.
        takes_xattrs: Extended attributes are saved.
        takes_acls: POSIX ACLs are saved.
        racy_window: Seconds after a change during which a file is looked at again.
        purge: Old sets that the server is asked to remove when the set is complete, if any.
        origins: Device of each snapshot that is walked in the place of its origin.
        access: How to log in; None: without a password.
        book: Remembers signed sets of encrypted backups; None: nothing is remembered.
        remark: Hears (path, why) of what is passed over without being trouble.
    """

    client: str
    roots: dict[bytes, bytes]
    wish: SetWish = field(default_factory=SetWish)
    compression: str = "none"
    codec: int = 0
    compress_min: int = 4096
    is_dense: Callable[[bytes, bytes], bool] | None = None
    exclusions: Exclusions = field(default_factory=Exclusions)
    crosses_devices: bool = False
    max_depth: int = 0
    leaves_out_unreadable: bool = True
    allows_empty: bool = False
    takes_xattrs: bool = True
    takes_acls: bool = True
    racy_window: float = 60.0
    digest_above: int = 0
    delta_percent: int = 66
    clones: int = CLONES
    signs: bool = False
    purge: PurgeWish | None = None
    origins: Mapping[int, Origin] = field(default_factory=dict)
    access: Access | None = None
    book: HeadBook | None = None
    remark: Callable[[bytes, str], None] | None = None

    def walk_rules(self) -> WalkRules:
        """Return what is looked at, without anybody who hears of it."""
        return WalkRules(
            exclusions=self.exclusions,
            crosses_devices=self.crosses_devices,
            max_depth=self.max_depth,
            is_leaving_out=self.leaves_out_unreadable,
        )
