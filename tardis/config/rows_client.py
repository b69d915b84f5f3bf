"""Rows of tardis, the client."""

from typing import Final

from .option import Kind, Option
from .rows_common import (
    BANDWIDTH,
    BASICS,
    CHECK_CONFIG,
    CLIENT,
    CONFIG,
    CRYPT,
    DBDIR,
    DBNAME,
    DEFAULTS,
    EXCEPTIONS,
    KDF,
    KEYS,
    LOCAL_CONFIG,
    LOCAL_DATABASE,
    LOG,
    PASSWORD,
    PASSWORD_FILE,
    PASSWORD_PROG,
    PASSWORD_STRENGTH,
    PORT,
    PROGRESS,
    SCHEME,
    SERVER,
    SLOT,
    TIMEOUT,
    VERBOSE,
    Rows,
    Words,
    names,
    switch,
    text,
    word,
    words,
)
from .rows_notify import NOTICES
from .rows_sonic import JSON
from .rows_unattended import (
    ALL_JOBS,
    JOB_NAMES,
    JSON_FILE,
    MIN_INTERVAL,
    ON_AC_ONLY,
    POST_COMMAND,
    PRE_COMMAND,
    RETRY,
    RETRY_WAIT,
    SNAPSHOT,
    SNAPSHOT_SIZE,
)
from .values import choice, clones, file_name, non_negative, percent, pin, required, seconds, whole

_BOOLEANS: Final = "true=zlib yes=zlib on=zlib 1=zlib false=none no=none off=none 0=none"
nothing: int | None = None

# fmt: off
DAEMON_CONFIG_NAME = Option("", "", "TARDIS_DAEMON_CONFIG", "/etc/tardis/tardisd.cfg", required,
    "configuration of the daemon that --local starts when there is no local one")
DIRECTORIES: Words = Option("", "Directories", "", (".",), words, "directories to back up",
    kind=Kind.LIST, each=word, positional="*", metavar="DIRECTORY", group="What to back up")

FORCE = switch("force", "Force", "", False,
    "take over from a run that is still going on", group="Set")
FULL = switch("full", "Full", "", False, "send whole files, no deltas", group="Set")
NAME = text("name n", "", "", "", "name of the backup set", metavar="NAME",
    shown="given by the server", group="Set")
CREATE = switch("create", "", "", False, "create the client at the server first", group="Set")
PRIORITY = Option("priority", "Priority", "", nothing, whole,
    "priority of the set; a higher one is kept longer",
    metavar="N", shown="that of the kind of set", group="Set")
HOURLY = switch("hourly H", "", "", False, "make an hourly set", exclusive="kind", group="Set")
DAILY = switch("daily D", "", "", False, "make a daily set", exclusive="kind", group="Set")
WEEKLY = switch("weekly W", "", "", False, "make a weekly set", exclusive="kind", group="Set")
MONTHLY = switch("monthly M", "", "", False, "make a monthly set", exclusive="kind", group="Set")
SEND_CONFIG = switch("send-config S", "SendClientConfig", "TARDIS_SEND_CONFIG", True,
    "keep the options of this run, without secrets, at the server", group="Set")
PURGE = switch("purge", "Purge", "", False, "remove old sets after the backup",
    group="Set")
PURGE_PRIORITY = Option("purge-priority", "", "", nothing, whole,
    "highest priority that is removed", metavar="N", shown="that of the set",
    group="Set")
KEEP_DAYS = Option("keep-days", "", "", nothing, non_negative, "days to keep sets",
    metavar="DAYS", exclusive="keep", group="Set")
KEEP_HOURS = Option("keep-hours", "", "", nothing, non_negative, "hours to keep sets",
    metavar="HOURS", exclusive="keep", group="Set")
KEEP_TIME = text("keep-time", "", "", "", "date after which sets are kept", metavar="DATE",
    exclusive="keep", group="Set")

LOCAL = switch("local", "Local", "", False,
    "back up without a server: start one for this run", group="Connection")
LOCAL_SERVER_CMD = text("local-server-cmd", "LocalServerCmd", "", "",
    "command that starts the local server", metavar="COMMAND", shown="tardisd --config CFG",
    group="Connection")
COMPRESS_MSGS = Option("compress-msgs C", "CompressMsgs", "", "none",
    choice("none", "zlib", "zlib-stream", "snappy", "zstd", also=f"zlibs=zlib-stream {_BOOLEANS}"),
    "compress messages: none, zlib, zlib-stream, snappy or zstd; zlib when bare",
    bare="zlib", metavar="METHOD", group="Connection")
EXCLUSIVE = switch("exclusive", "", "", True,
    "run only once at a time for a server and client; see --force and --retry",
    group="Connection", fixed="the server never runs two backups of one client at a time")
PROTOCOL = Option("protocol", "", "", "msgp", choice("msgp", "json", also="msgpack=msgp"),
    "encoding of messages: msgp or json", metavar="NAME", hidden=True, group="Connection")

MAX_DEPTH = Option("maxdepth d", "", "", 0, non_negative,
    "levels of directories to go down, 0 for all", metavar="N", group="What to back up")
CROSS_DEVICE = switch("crossdevice", "", "", False,
    "go into other file systems", group="What to back up")
BASE_PATH = Option("basepath", "", "", "full", choice("none", "common", "full"),
    "part of a directory's path that is stored: none, common or full",
    metavar="HOW", group="What to back up")
ALLOW_EMPTY = switch("allow-empty", "AllowEmpty", "", False,
    "make a good set even of empty directories", group="What to back up")
XATTR = switch("xattr", "", "", True, "store extended attributes and file flags",
    group="What to back up")
ACL = switch("acl", "", "", True, "store access control lists", group="What to back up")
RACY_WINDOW = Option("racy-window", "RacyWindow", "", 60.0, seconds,
    "seconds after a change during which a file is looked at again in the next run",
    metavar="SECONDS", group="What to back up")

EXCLUDE = names("exclude x", "ExcludePatterns", "",
    "pattern of names to leave out; repeatable", metavar="PATTERN", group="What to leave out")
EXCLUDE_FILE = names("exclude-file X", "ExcludeFiles", "",
    "file with patterns to leave out; repeatable", metavar="FILE",
    group="What to leave out")
EXCLUDE_DIR = names("exclude-dir", "ExcludeDirs", "",
    "directory to leave out; repeatable", metavar="DIR",
    group="What to leave out")
GLOBAL_EXCLUDES = text("", "GlobalExcludeFileName", "TARDIS_GLOBAL_EXCLUDES",
    "/etc/tardis/excludes", "file with patterns that all runs leave out",
    group="What to leave out")
EXCLUDE_FILE_NAME = Option("exclude-file-name", "ExcludeFileName", "TARDIS_EXCLUDES",
    ".tardis-excludes", file_name, "file whose patterns hold for its directory and all below",
    metavar="NAME", group="What to leave out")
LOCAL_EXCLUDE_FILE_NAME = Option("local-exclude-file-name", "LocalExcludeFileName",
    "TARDIS_LOCAL_EXCLUDES", ".tardis-local-excludes", file_name,
    "file whose patterns hold for its directory only",
    metavar="NAME", group="What to leave out")
SKIP_FILE_NAME = Option("skip-file-name", "SkipFileName", "TARDIS_SKIP TARDIS_SKIPFILE",
    ".tardis-skip", file_name, "file whose presence leaves out its directory and all below",
    metavar="NAME", group="What to leave out")
IGNORE_GLOBAL_EXCLUDES = switch("ignore-global-excludes", "", "", False,
    "do not read the patterns that all runs leave out", group="What to leave out")
EXCLUDE_NO_ACCESS = switch("exclude-no-access", "ExcludeNoAccess", "", True,
    "leave out and count what may not be read, instead of reporting each",
    group="What to leave out")
CVS_IGNORE = switch("cvs-ignore", "IgnoreCVS", "", False,
    "leave out files of version control systems", group="What to leave out")
SKIP_CACHES = switch("skip-caches", "SkipCaches", "", False,
    "leave out directories with a CACHEDIR.TAG", group="What to leave out")

DRY_RUN = switch("dry-run", "", "", False,
    "show as a tree by size what would be saved and what is left out, and save nothing",
    exclusive="preview", group="What to leave out")
EXPLAIN = names("explain", "", "", "tell whether PATH would be saved, and what decides; repeatable",
    metavar="PATH", exclusive="preview", group="What to leave out")

COMPRESS_DATA = Option("compress-data Z", "CompressData", "", "none",
    choice("none", "zlib", "bzip", "lzma", "zstd", also=f"bzip2=bzip xz=lzma {_BOOLEANS}"),
    "compress data: none, zlib, bzip, lzma or zstd; zlib when bare",
    bare="zlib", metavar="METHOD", group="Data")
COMPRESS_MIN = Option("compress-min", "CompressMin", "", 4096, non_negative,
    "bytes up to which a file is not compressed", metavar="BYTES", group="Data")
NO_COMPRESS_TYPES = names("nocompress-types", "NoCompressFile", "TARDIS_NOCOMPRESS",
    "file with MIME types not to compress; repeatable", metavar="FILE", group="Data")
NO_COMPRESS = names("nocompress z", "NoCompress", "",
    "MIME type not to compress; repeatable", metavar="TYPE", group="Data")
CKS_CONTENT = Option("cks-content", "ChecksumContent", "", 0, non_negative,
    "bytes above which a checksum is asked for before a file is sent, 0 for never",
    bare="4096", metavar="BYTES", group="Data")
SIGNATURE = switch("signature", "SendSig", "", False,
    "send the signatures of files above 128 KiB, which the server would make for the next run",
    hidden=True, group="Data")
DELTA_THRESHOLD = Option("deltathreshold", "", "", 66, percent,
    "percent of a file above which its delta is given up", metavar="PERCENT",
    hidden=True, group="Data")

USE_TLS = switch("ssl", "SSL", "TARDIS_SSL", False,
    "encrypt the connection over the network by TLS, and know the server by its certificate",
    group="Connection")
PIN = Option("pin", "Pin", "TARDIS_PIN", "", pin,
    "fingerprint of the server's key, taken in place of a certificate that is trusted; "
    "implies --ssl", metavar="FINGERPRINT", group="Connection")

STATS = switch("stats", "Stats", "", False, "show figures when done", group="Messages")
REPORT = switch("report", "Report", "", False, "list the files when done", group="Messages")
LOG_TIME = switch("logtime", "", "", False, "begin each logged line with the time",
    group="Messages")
DEBUG = switch("debug", "", "", False, "show options for debugging in the help",
    group="Messages")


def _fixed(spelling: str, default: int, help: str, why: str) -> Option[int]:
    return Option(spelling, "", "", default, non_negative, help, metavar="N",
        hidden=True, fixed=why, group="Connection")


CLONES = Option("clones L", "", "", 1000, clones,
    "unchanged directories told in one message, up to 1000; with 0 all directories are listed",
    metavar="N", hidden=True, group="Connection")
MIN_CLONES = _fixed("minclones", 1000, "entries above which a directory is told in parts",
    "both sides keep what they know of a directory by these parts")
DIR_SLICE = _fixed("dirslice", 4096, "entries of a directory in one message, at most",
    "both sides keep what they know of a directory by these parts")
BATCH_DIRS = _fixed("batchdir B", 0, "directories gathered before they are sent",
    "what changed is sent at once, and nothing waits for its answer")
BATCH_SIZE = _fixed("batchsize", 0, "messages sent together",
    "each message is sent at once, and none waits for the answer to another")
CHUNK_SIZE = _fixed("chunksize", 1 << 20, "bytes of a large file in one message",
    "files are sent as they are stored, in segments of 1 MiB")
SANITY = switch("sanity", "", "", True, "check the run's own bookkeeping", hidden=True,
    fixed="no set is complete unless both sides counted the same directories and entries",
    group="Messages")
LOG_INODES = text("loginodes", "", "", "", "file to log the files of the run to, by inode",
    metavar="FILE", hidden=True, group="Messages")

TARDIS: Rows = (
    *BASICS, CHECK_CONFIG, DIRECTORIES, CONFIG, JOB_NAMES, ALL_JOBS, DEFAULTS, DAEMON_CONFIG_NAME,
    LOCAL_CONFIG, SERVER, PORT, TIMEOUT, BANDWIDTH, USE_TLS, PIN,
    LOCAL, LOCAL_SERVER_CMD, COMPRESS_MSGS, EXCLUSIVE, PROTOCOL,
    CLONES, MIN_CLONES, BATCH_DIRS, BATCH_SIZE, CHUNK_SIZE, DIR_SLICE,
    CLIENT, LOCAL_DATABASE, DBNAME, DBDIR,
    CREATE, NAME, PRIORITY, HOURLY, DAILY, WEEKLY, MONTHLY, FORCE, FULL, SCHEME, SEND_CONFIG,
    PURGE, PURGE_PRIORITY, KEEP_DAYS, KEEP_HOURS, KEEP_TIME,
    MAX_DEPTH, CROSS_DEVICE, BASE_PATH, ALLOW_EMPTY, XATTR, ACL, RACY_WINDOW,
    EXCLUDE, EXCLUDE_FILE, EXCLUDE_DIR, GLOBAL_EXCLUDES, IGNORE_GLOBAL_EXCLUDES,
    EXCLUDE_FILE_NAME, LOCAL_EXCLUDE_FILE_NAME, SKIP_FILE_NAME, EXCLUDE_NO_ACCESS, CVS_IGNORE,
    SKIP_CACHES, DRY_RUN, EXPLAIN, JSON,
    COMPRESS_DATA, COMPRESS_MIN, NO_COMPRESS_TYPES, NO_COMPRESS, CKS_CONTENT, SIGNATURE,
    DELTA_THRESHOLD,
    PASSWORD, PASSWORD_FILE, PASSWORD_PROG, SLOT, PASSWORD_STRENGTH, KDF, CRYPT, KEYS,
    MIN_INTERVAL, ON_AC_ONLY, RETRY, RETRY_WAIT, PRE_COMMAND, POST_COMMAND, JSON_FILE,
    SNAPSHOT, SNAPSHOT_SIZE,
    *NOTICES,
    STATS, REPORT, PROGRESS, VERBOSE, LOG, LOG_TIME, EXCEPTIONS, DEBUG, SANITY, LOG_INODES,
)
# fmt: on
