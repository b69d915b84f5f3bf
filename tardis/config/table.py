"""THE table: every option of every program, told once.

The rows stand in `rows_common`, `rows_client`, `rows_server`, `rows_tools` and `rows_sonic`;
the rest of the house says ``settings[table.PORT]``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from .option import Option

# isort: off
# fmt: off
from .rows_common import (
    CLIENT, CONFIG, CRYPT, DATABASE, DBDIR, DBNAME, DEFAULTS, EXCEPTIONS, HELP, JOB, KDF, KEYS,
    LOCAL_CONFIG, LOCAL_DATABASE, LOG, LOG_FILE, PASSWORD, PASSWORD_FILE, PASSWORD_PROG,
    PASSWORD_STRENGTH, PORT, PROGRESS, RECENT_SET, REMOTE_DATABASE_PORT, SCHEMA, SCHEME, SERVER,
    SERVER_VERBOSE, SLOT, TIMEOUT, TOOL_CLIENT, TOOL_LOG, VERBOSE, VERSION,
)
from .rows_client import (
    ACL, ALLOW_EMPTY, BASE_PATH, BATCH_DIRS, BATCH_SIZE, CHUNK_SIZE, CKS_CONTENT, CLONES,
    COMPRESS_DATA, COMPRESS_MIN, COMPRESS_MSGS, CREATE, CROSS_DEVICE, CVS_IGNORE,
    DAEMON_CONFIG_NAME, DAILY, DEBUG, DELTA_THRESHOLD, DIRECTORIES, DIR_SLICE, DRY_RUN, EXCLUDE,
    EXCLUDE_DIR, EXCLUDE_FILE, EXCLUDE_FILE_NAME, EXCLUDE_NO_ACCESS, EXCLUSIVE, EXPLAIN, FORCE,
    FULL, GLOBAL_EXCLUDES, HOURLY, IGNORE_GLOBAL_EXCLUDES, KEEP_DAYS, KEEP_HOURS, KEEP_TIME, LOCAL,
    LOCAL_EXCLUDE_FILE_NAME, LOCAL_SERVER_CMD, LOG_INODES, LOG_TIME, MAX_DEPTH, MIN_CLONES,
    MONTHLY, NAME, NO_COMPRESS, NO_COMPRESS_TYPES, PIN, PRIORITY, PROTOCOL, PURGE, PURGE_PRIORITY,
    RACY_WINDOW, REPORT, SANITY, SEND_CONFIG, SIGNATURE, SKIP_CACHES, SKIP_FILE_NAME, STATS,
    TARDIS, USE_TLS, WEEKLY, XATTR,
)
from .rows_server import (
    ALLOW_CLIENT_OVERRIDES, ALLOW_NEW_HOSTS, ALLOW_OPEN, ALLOW_SCHEMA_UPGRADES, AUTO_PURGE,
    BASE_DIR, BIND, CACHE, CERT_FILE, COMPRESS, DAEMON, DAEMON_CONFIG, DB_BACKUPS, FORCE_FULL,
    FORMATS, GROUP, JOURNAL, KEEP_NAMED, KEEP_PERIODS, LINK_BASIS, LOG_CFG, MAKE_CERTIFICATE,
    MAX_CHANGE_PERCENT, MAX_DELTA_CHAIN, MIN_FREE_SPACE, PID_FILE, PRIORITIES, PROFILE,
    REMOTE_CONFIG, REMOTE_PID_FILE, REMOTE_PORT, REQUIRE_PASSWORD, REUSE_ADDR, RIGHTS, SAVE_CONFIG,
    SAVE_FULL, SERVER_SKIP_FILE_NAME, SINGLE, SOCKET, SSL, TARDISD, TARDISREMOTE, THREADS,
    TLS_KEY_FILE, UMASK, USER,
)
from .rows_tools import (
    ANNOTATE, AUTHENTICATE, AUTHENTICATION, AUTHFAIL_ACTION, BACKUP, BINARY, BISECT, BROKEN,
    CACHE_TIME, CHAIN_LENGTH, CHECKSUM, CHECKSUMS, COLOR, COLORS, COLUMNS, CONTEXT, CURRENT, DATE,
    DATES, DELETE_EXTRA, DELETIONS, DIFF_FILES, DIFF_LIST, DIFF_RECURSE, DIFF_REDUCE_PATH,
    DIFF_SETS, DIFF_STAT, DIR_INFO, FILES, FOREGROUND, FUSE_DEBUG, GLOB, HARD_LINKS, HEADERS,
    HIDDEN, HUMAN, INODE, IN_PLACE, JOBS, LAST, LIST_DEPTH, LIST_DIRECTORIES, LIST_JSON,
    LIST_RECURSE, LONG, LSTARDIS, LS_COLORS, METADATA, MOUNT_OPTIONS, MOUNT_POINT, NDIFF, ONE_LINE,
    ONE_THREAD, OUTPUT, OVERWRITE, PRINT_ZERO, RANGE, READS_AS, REAL_PATH, RECOVER_NAME, RECURSE,
    REDUCE, REDUCE_PATH, REGENERATE, REPOINT, RESTORE_DRY_RUN, RESTORE_FORCE, REVERSE, SET_ACL,
    SET_ATTRS, SET_PERMS, SET_TIMES, SIZE, TAR, TARDIFF, TARDISFS, TIMES, UNIFIED, VERSIONS, ZIP,
)
from .rows_admin import (
    FIND_NAMES, GRANT, LARGER, MAX_AGE, NEWER, OLDER, QUOTA_BYTES, QUOTA_FILES, RESET, REVOKE,
    SMALLER, TAGS, TAG_MOVE, TAG_REMOVE,
)
from .rows_sonic import (
    ADD_SLOT, CONFIRM, COPY_TO, DELETED_SETS, DELETE_KEYS, DIRS, DRILL_FILES, ENCRYPT_ALL,
    ENCRYPT_DIRS, ENCRYPT_FILES, ENCRYPT_META, ENCRYPT_NAMES, ENCRYPT_SIGS, EXTRACT, FORGOTTEN,
    FULL_PATH, GET_KEYS, INCOMPLETE, INSERT, JSON, LIST_LONG, LIST_SLOTS, LOOK_AT_LIVE, NEW_NAME,
    NEW_PASSWORD, NEW_PASSWORD_FILE, NEW_PASSWORD_PROG, NEW_PRIORITY, PLAN_ONLY, PREVIOUS,
    PURGE_PRIORITIES, READ_ANEW, READ_DATA, READ_JOBS, READ_RATE, REMOVE_SLOT, SCRATCH, SET_KEY,
    SET_VALUE, SONIC, STATUS, SUBCOMMANDS, SYSTEM_KEYS, Subcommand,
)

__all__ = [
    "ABOUT", "ACL", "ADD_SLOT", "ALLOW_CLIENT_OVERRIDES", "ALLOW_EMPTY", "ALLOW_NEW_HOSTS",
    "ALLOW_OPEN", "ALLOW_SCHEMA_UPGRADES", "ANNOTATE", "AUTHENTICATE", "AUTHENTICATION",
    "AUTHFAIL_ACTION", "AUTO_PURGE", "BACKUP", "BASE_DIR", "BASE_PATH", "BATCH_DIRS", "BATCH_SIZE",
    "BINARY", "BIND", "BISECT", "BROKEN", "CACHE", "CACHE_TIME", "CERT_FILE", "CHAIN_LENGTH",
    "CHECKSUM", "CHECKSUMS", "CHUNK_SIZE", "CKS_CONTENT", "CLIENT", "CLONES", "COLOR", "COLORS",
    "COLUMNS", "COMPRESS", "COMPRESS_DATA", "COMPRESS_MIN", "COMPRESS_MSGS", "CONFIG", "CONFIRM",
    "CONTEXT", "COPY_TO", "CREATE", "CROSS_DEVICE", "CRYPT", "CURRENT", "CVS_IGNORE", "DAEMON",
    "DAEMON_CONFIG", "DAEMON_CONFIG_NAME", "DAILY", "DATABASE", "DATE", "DATES", "DBDIR", "DBNAME",
    "DB_BACKUPS", "DEBUG", "DEFAULTS", "DELETED_SETS", "DELETE_EXTRA", "DELETE_KEYS", "DELETIONS",
    "DELTA_THRESHOLD", "DIFF_FILES", "DIFF_LIST", "DIFF_RECURSE", "DIFF_REDUCE_PATH", "DIFF_SETS",
    "DIFF_STAT", "DIRECTORIES", "DIRS", "DIR_INFO", "DIR_SLICE", "DRILL_FILES", "DRY_RUN",
    "ENCRYPT_ALL", "ENCRYPT_DIRS", "ENCRYPT_FILES", "ENCRYPT_META", "ENCRYPT_NAMES", "ENCRYPT_SIGS",
    "EXCEPTIONS", "EXCLUDE", "EXCLUDE_DIR", "EXCLUDE_FILE", "EXCLUDE_FILE_NAME",
    "EXCLUDE_NO_ACCESS", "EXCLUSIVE", "EXPLAIN", "EXTRACT", "FILES", "FIND_NAMES", "FORCE",
    "FORCE_FULL", "FOREGROUND", "FORGOTTEN", "FORMATS", "FULL", "FULL_PATH", "FUSE_DEBUG",
    "GET_KEYS", "GLOB", "GLOBAL_EXCLUDES", "GRANT", "GROUP", "HARD_LINKS", "HEADERS", "HELP",
    "HIDDEN", "HOURLY", "HUMAN", "IGNORE_GLOBAL_EXCLUDES", "INCOMPLETE", "INODE", "INSERT",
    "IN_PLACE", "JOB", "JOBS", "JOURNAL", "JSON", "KDF", "KEEP_DAYS", "KEEP_HOURS", "KEEP_NAMED",
    "KEEP_PERIODS", "KEEP_TIME", "KEYS", "LARGER", "LAST", "LINK_BASIS", "LIST_DEPTH",
    "LIST_DIRECTORIES", "LIST_JSON", "LIST_LONG", "LIST_RECURSE", "LIST_SLOTS", "LOCAL",
    "LOCAL_CONFIG", "LOCAL_DATABASE", "LOCAL_EXCLUDE_FILE_NAME", "LOCAL_SERVER_CMD", "LOG",
    "LOG_CFG", "LOG_FILE", "LOG_INODES", "LOG_TIME", "LONG", "LOOK_AT_LIVE", "LSTARDIS",
    "LS_COLORS", "MAKE_CERTIFICATE", "MAX_AGE", "MAX_CHANGE_PERCENT", "MAX_DELTA_CHAIN",
    "MAX_DEPTH", "METADATA", "MIN_CLONES", "MIN_FREE_SPACE", "MONTHLY", "MOUNT_OPTIONS",
    "MOUNT_POINT", "NAME", "NDIFF", "NEWER", "NEW_NAME", "NEW_PASSWORD", "NEW_PASSWORD_FILE",
    "NEW_PASSWORD_PROG", "NEW_PRIORITY", "NO_COMPRESS", "NO_COMPRESS_TYPES", "OLDER", "ONE_LINE",
    "ONE_THREAD", "OUTPUT", "OVERWRITE", "PASSWORD", "PASSWORD_FILE", "PASSWORD_PROG",
    "PASSWORD_STRENGTH", "PID_FILE", "PIN", "PLAN_ONLY", "PORT", "PREVIOUS", "PRINT_ZERO",
    "PRIORITIES", "PRIORITY", "PROFILE", "PROGRAMS", "PROGRESS", "PROTOCOL", "PURGE",
    "PURGE_PRIORITIES", "PURGE_PRIORITY", "QUOTA_BYTES", "QUOTA_FILES", "RACY_WINDOW", "RANGE",
    "READS_AS", "READ_ANEW", "READ_DATA", "READ_JOBS", "READ_RATE", "REAL_PATH", "RECENT_SET",
    "RECOVER_NAME", "RECURSE", "REDUCE", "REDUCE_PATH", "REGENERATE", "REMOTE_CONFIG",
    "REMOTE_DATABASE_PORT", "REMOTE_PID_FILE", "REMOTE_PORT", "REMOVE_SLOT", "REPOINT", "REPORT",
    "REQUIRE_PASSWORD", "RESET", "RESTORE_DRY_RUN", "RESTORE_FORCE", "REUSE_ADDR", "REVERSE",
    "REVOKE", "RIGHTS", "SANITY", "SAVE_CONFIG", "SAVE_FULL", "SCHEMA", "SCHEME", "SCRATCH",
    "SEND_CONFIG", "SERVER", "SERVER_SKIP_FILE_NAME", "SERVER_VERBOSE", "SET_ACL", "SET_ATTRS",
    "SET_KEY", "SET_PERMS", "SET_TIMES", "SET_VALUE", "SIGNATURE", "SINGLE", "SIZE", "SKIP_CACHES",
    "SKIP_FILE_NAME", "SLOT", "SMALLER", "SOCKET", "SONIC", "SSL", "STATS", "STATUS", "SUBCOMMANDS",
    "SYSTEM_KEYS", "TAGS", "TAG_MOVE", "TAG_REMOVE", "TAR", "TARDIFF", "TARDIS", "TARDISD",
    "TARDISFS", "TARDISREMOTE", "THREADS", "TIMEOUT", "TIMES", "TLS_KEY_FILE", "TOOL_CLIENT",
    "TOOL_LOG", "UMASK", "UNIFIED", "USER", "USE_TLS", "VERBOSE", "VERSION", "VERSIONS", "WEEKLY",
    "XATTR", "ZIP", "About", "Subcommand", "all_keys", "all_options", "all_variables", "options_of",
]
# fmt: on
# isort: on

PROGRAMS: Final[Mapping[str, tuple[Option[Any], ...]]] = {
    "tardis": TARDIS,
    "tardisd": TARDISD,
    "regenerate": REGENERATE,
    "lstardis": LSTARDIS,
    "tardiff": TARDIFF,
    "sonic": SONIC,
    "tardisfs": TARDISFS,
    "tardisremote": TARDISREMOTE,
}


@dataclass(frozen=True, slots=True)
class About:
    """What help and manual say about a program.

    Attributes:
        purpose: One sentence.
        subcommands: By name; empty when the program has none.
        config: Row that names the program's configuration file.
    """

    purpose: str
    config: Option[str]
    subcommands: Mapping[str, Subcommand]


ABOUT: Final[Mapping[str, About]] = {
    "tardis": About("Back up directories to a tardis server.", CONFIG, {}),
    "tardisd": About("Keep the backups that tardis sends.", DAEMON_CONFIG, {}),
    "regenerate": About("Restore files and directories from a backup.", CONFIG, {}),
    "lstardis": About("List the versions of files in a backup.", CONFIG, {}),
    "tardiff": About("Compare versions of files in a backup.", CONFIG, {}),
    "sonic": About("Look after the backups of a client.", DAEMON_CONFIG, SUBCOMMANDS),
    "tardisfs": About("Mount the backups of a client.", CONFIG, {}),
    "tardisremote": About("Serve the backups by HTTP.", REMOTE_CONFIG, {}),
}


def options_of(program: str, subcommand: str = "") -> tuple[Option[Any], ...]:
    """Return the rows of *program*, those of *subcommand* last when one is named."""
    own = PROGRAMS[program]
    return own + ABOUT[program].subcommands[subcommand].options if subcommand else own


def all_options() -> Iterator[tuple[str, Option[Any]]]:
    """Yield (program, row) for every row, those of subcommands too; rows repeat."""
    for program, about in ABOUT.items():
        for verb in about.subcommands or ("",):
            for option in options_of(program, verb):
                yield program, option


def all_keys() -> frozenset[str]:
    """Return every name that a configuration file of any program may hold."""
    return frozenset(key for _, option in all_options() for key in option.keys)


def all_variables() -> frozenset[str]:
    """Return every name that the environment and ``system.defaults`` may hold."""
    return frozenset(name for _, option in all_options() for name in option.variables)
