"""Rows of sonic, the administrator's program, and its subcommands."""

from dataclasses import dataclass
from typing import Final

from .option import Option
from .overrides import OVERRIDABLE
from .rows_admin import (
    FIND_NAMES,
    GRANT,
    LARGER,
    MAX_AGE,
    NEWER,
    OLDER,
    QUOTA_BYTES,
    QUOTA_FILES,
    RESET,
    REVOKE,
    SMALLER,
    TAG_MOVE,
    TAG_REMOVE,
    TAGS,
)
from .rows_common import (
    CONFIG,
    KDF,
    KEYS,
    PASSWORD_STRENGTH,
    PROGRESS,
    SCHEMA,
    SCHEME,
    SECRETS,
    STORE,
    TOOL,
    Rows,
    names,
    no_secret,
    switch,
    text,
)
from .rows_keys import (
    DELETE_KEYS,
    ENCRYPT_NAMES,
    EXTRACT,
    INSERT,
    KEY_PAGE,
    NAMES,
    QUIET,
    RENEW_LOGIN,
    SHEET,
    SONIC_KEYS,
)
from .rows_server import (
    ALLOW_CLIENT_OVERRIDES,
    DAEMON_CONFIG,
    FORMATS,
    KEEP_NAMED,
    KEEP_PERIODS,
    MIN_FREE_SPACE,
    RIGHTS,
)
from .rows_tools import BACKUP, CHAIN_LENGTH, CHECKSUMS, DATE, HUMAN, INODE
from .values import Secret, byte_count, non_negative, share, whole


@dataclass(frozen=True, slots=True)
class Subcommand:
    """One verb of a program.

    Attributes:
        name: The word on the command line.
        help: What it does, one sentence without a full stop.
        options: Its own rows, beside the program's.
    """

    name: str
    help: str
    options: Rows


_OWN_SECRETS: Rows = tuple(SONIC_KEYS if row is KEYS else row for row in SECRETS)
"""KeyFile of the file that sonic reads, the server's, is the key of its certificate."""

_COMMON: Rows = (*STORE, *_OWN_SECRETS)
nothing: int | None = None

# fmt: off
LIST_LONG = switch("long l", "", "", False, "show more about each", group="What to show")
JSON = switch("json", "", "", False, "print JSON for programs", group="What to show")
FULL_PATH = switch("fullpath f", "", "", False, "show whole paths", group="What to show")
PREVIOUS = switch("previous", "", "", False, "show when the older version was made",
    group="What to show")
DIRS = switch("dirs", "", "", False, "show directories too", group="What to show")
STATUS = switch("status", "", "", False, "mark what is new and what is a delta",
    group="What to show")
NEW_PASSWORD: Option[Secret | None] = Option("newpassword", "", "", no_secret, Secret,
    "new password; asked for when bare", bare="", metavar="PASSWORD", secret=True,
    exclusive="newpassword", group="Encryption")
NEW_PASSWORD_FILE = text("newpassword-file", "", "", "",
    "file or URL whose first line is the new password", metavar="FILE", secret=True,
    exclusive="newpassword", group="Encryption")
NEW_PASSWORD_PROG = text("newpassword-prog", "", "", "",
    "command whose first line of output is the new password", metavar="COMMAND", secret=True,
    exclusive="newpassword", group="Encryption")
LIST_SLOTS = switch("list", "", "", False, "list the passwords by their labels",
    exclusive="keys", group="Encryption")
ADD_SLOT = text("add", "", "", "", "add a password under a label of its own", metavar="LABEL",
    exclusive="keys", group="Encryption")
REMOVE_SLOT = text("remove", "", "", "", "remove the password of that label", metavar="LABEL",
    exclusive="keys", group="Encryption")
PURGE_PRIORITIES = Option("priority", "", "", 0, whole, "highest priority that is removed",
    metavar="N", group="What to change")
INCOMPLETE = switch("incomplete", "", "", False, "remove incomplete sets",
    group="What to change")
PLAN_ONLY = switch("dry-run n", "", "", False, "show what would be done, and do nothing",
    group="What to change")
CONFIRM = switch("confirm", "", "", True, "ask before it is done", group="What to change")
DELETED_SETS = names("", "", "", "names, tags or numbers of sets", positional="*", metavar="SET",
    group="What to change")
GET_KEYS = names("key", "", "", "name of a setting; repeatable", metavar="KEY",
    group="What to show")
SYSTEM_KEYS = switch("sys", "", "", False, "show internal settings too", group="What to show")
SET_KEY = text("key", "", "", "", "name of the setting", metavar="KEY", group="What to change")
SET_VALUE = text("value", "", "", "", "its new value", metavar="VALUE", group="What to change")
NEW_PRIORITY = Option("priority", "", "", nothing, whole, "new priority", metavar="N",
    group="What to change")
NEW_NAME = text("name", "", "", "", "new name", metavar="NAME", group="What to change")
READ_DATA = Option("read-data", "", "", 0, share,
    "read all stored bytes, or a percentage of them, and compare them with their digests",
    bare="100", metavar="PERCENT", group="What to read")
CHECK_AUTH = switch("auth", "", "", False,
    "compare all that sets of an encrypted backup show with what their client has signed",
    group="What to read")
READ_RATE = Option("read-rate", "", "", 0, byte_count,
    "bytes a second that are read at most, as 20M, 0 for any number",
    metavar="BYTES", group="What to read")
READ_JOBS = Option("jobs", "", "", 0, non_negative,
    "processes that read at the same time, 0 for one for each processor",
    metavar="N", group="What to read")
READ_ANEW = switch("anew", "", "", False,
    "begin with the first byte, not where a run that was cut off has ended",
    group="What to read")
FORGOTTEN = names("", "", "", "paths as they are stored", positional="*", metavar="PATH",
    group="What to change")
STAGE_NAMES = switch("names", "", "", False,
    "classic: seal names, links, attributes and what sets say of themselves; comes first",
    group="What to encrypt")
STAGE_DIRS = switch("dirs", "", "", False,
    "make the fingerprints of directories anew, so that the next run need not list them",
    group="What to encrypt")
STAGE_FILES = switch("files", "", "", False,
    "classic: seal contents and deltas",
    group="What to encrypt")
STAGE_SIGS = switch("sigs", "", "", False,
    "write sealed signatures of large files where there are none", group="What to encrypt")
STAGE_META = switch("meta", "", "", False,
    "classic: write the files beside contents, and the journal, anew",
    group="What to encrypt")
STAGE_ALL = switch("all", "", "", False, "all of it; a modern store knows no other way",
    group="What to encrypt")
REENCRYPT = switch("reencrypt", "", "", False,
    "make no new key, but seal all that older keys have sealed with the newest one",
    group="What to change")
COPY_TO = text("to", "", "", "", "base directory of the copy", metavar="DIR",
    group="What to change")
DRILL_FILES = Option("files", "", "", 20, non_negative, "files that are tried", metavar="N",
    group="What to try")
SCRATCH = text("scratch", "", "", "", "directory in which files are restored for a moment",
    metavar="DIR", group="What to try")
LOOK_AT_LIVE = switch("live", "", "", True, "compare with the files of this machine",
    group="What to try")

_WHICH = (BACKUP, DATE)
_NEW = (PASSWORD_STRENGTH, KDF, NEW_PASSWORD, NEW_PASSWORD_FILE, NEW_PASSWORD_PROG)
_READING = (READ_DATA, READ_RATE, READ_JOBS, READ_ANEW)
_PLANNED = (CONFIRM, PLAN_ONLY, JSON)
SUBCOMMANDS: Final = {command.name: command for command in (
    Subcommand("create", "create a client's store", (*_COMMON, SCHEMA, SCHEME,
        PASSWORD_STRENGTH, KDF, JSON)),
    Subcommand("setpass", "set a password", (*_COMMON, PASSWORD_STRENGTH, KDF, JSON)),
    Subcommand("chpass", "change the password", (*_COMMON, *_NEW, JSON)),
    Subcommand("keys", "list, add or remove passwords; extract or insert the keys; print a sheet",
        (*_COMMON, *_NEW, LIST_SLOTS, ADD_SLOT, REMOVE_SLOT, EXTRACT, INSERT, DELETE_KEYS, SHEET,
            KEY_PAGE, RENEW_LOGIN, CONFIRM, JSON)),
    Subcommand("rotate-keys", "seal all contents to come with a new key, and wrap all keys anew",
        (*_COMMON, *_NEW, REENCRYPT, *_PLANNED)),
    Subcommand("decrypt-names", "show the plain names behind sealed ones, or the other way round",
        (*_COMMON, NAMES, ENCRYPT_NAMES, QUIET, JSON)),
    Subcommand("fingerprints", "make the stored fingerprints of directories anew",
        (*_COMMON, JSON)),
    Subcommand("list", "list the backup sets", (*_COMMON, LIST_LONG, JSON)),
    Subcommand("files", "list the files that a set changed", (*_COMMON, *_WHICH, LIST_LONG,
        FULL_PATH, PREVIOUS, DIRS, STATUS, HUMAN, CHECKSUMS, CHAIN_LENGTH, INODE, JSON)),
    Subcommand("info", "show figures of each set", (*_COMMON, *_WHICH, JSON)),
    Subcommand("find", "look for files in all sets, by name, time and size",
        (*_COMMON, FIND_NAMES, NEWER, OLDER, LARGER, SMALLER, JSON)),
    Subcommand("tag", "give a set further names, or list them",
        (*_COMMON, *_WHICH, TAGS, TAG_REMOVE, TAG_MOVE, JSON)),
    Subcommand("purge", "remove old sets",
        (*_COMMON, *_WHICH, PURGE_PRIORITIES, INCOMPLETE, FORMATS, KEEP_PERIODS, KEEP_NAMED,
            MIN_FREE_SPACE, ALLOW_CLIENT_OVERRIDES,
            *_PLANNED)),
    Subcommand("delete", "remove sets", (*_COMMON, DELETED_SETS, *_PLANNED)),
    Subcommand("check", "look for damage in a store",
        (*_COMMON, *_READING, CHECK_AUTH, JSON, PROGRESS)),
    Subcommand("repair", "rebuild what is damaged, or mark it so that the next backup heals it",
        (*_COMMON, *_READING, *_PLANNED, PROGRESS)),
    Subcommand("orphans", "remove contents that no set needs", (*_COMMON, PLAN_ONLY, JSON)),
    Subcommand("lock", "let sets never be removed", (*_COMMON, DELETED_SETS, JSON)),
    Subcommand("unlock", "let sets be removed again", (*_COMMON, DELETED_SETS, JSON)),
    Subcommand("getconfig", "show settings stored for the client",
        (*_COMMON, GET_KEYS, SYSTEM_KEYS, *OVERRIDABLE, JSON)),
    Subcommand("setconfig", "store a setting for the client",
        (*_COMMON, SET_KEY, SET_VALUE, RESET, *OVERRIDABLE, JSON)),
    Subcommand("rights", "show or change what a client may ask of the server",
        (*_COMMON, GRANT, REVOKE, RESET, RIGHTS, JSON)),
    Subcommand("quota", "show or change how much a client may keep",
        (*_COMMON, QUOTA_BYTES, QUOTA_FILES, JSON)),
    Subcommand("status", "show how the backups of all clients are", (*_COMMON, MAX_AGE, JSON)),
    Subcommand("acknowledge", "let alarms and denials of a client count as seen",
        (*_COMMON, JSON)),
    Subcommand("priority", "change the priority of a set",
        (*_COMMON, *_WHICH, NEW_PRIORITY, JSON)),
    Subcommand("rename", "change the name of a set", (*_COMMON, *_WHICH, NEW_NAME, JSON)),
    Subcommand("recover", "rebuild a catalog that is lost, damaged or too old",
        (*_COMMON, SCHEMA, *_PLANNED)),
    Subcommand("upgrade", "upgrade the store to this version", (*_COMMON, PLAN_ONLY, JSON)),
    Subcommand("replicate", "keep a copy of the store in another directory",
        (*_COMMON, COPY_TO, JSON)),
    Subcommand("forget", "take paths out of all sets, copies and packs for ever",
        (*_COMMON, FORGOTTEN, *_PLANNED)),
    Subcommand("encrypt", "encrypt a store that was kept in clear",
        (*_COMMON, STAGE_NAMES, STAGE_DIRS, STAGE_FILES, STAGE_SIGS, STAGE_META,
            STAGE_ALL, *_PLANNED)),
    Subcommand("drill", "restore some files into a scratch directory and compare them",
        (*_COMMON, *_WHICH, DRILL_FILES, SCRATCH, LOOK_AT_LIVE, JSON)),
)}
SONIC: Rows = tuple(DAEMON_CONFIG if row is CONFIG else row for row in TOOL)
# fmt: on
