"""Rows of the programs that look at the past: regenerate, lstardis, tardiff and tardisfs."""

from typing import Final

from .option import Kind, Option
from .rows_common import (
    PROGRESS,
    SECRETS,
    STORE,
    TOOL,
    Rows,
    Words,
    names,
    switch,
    text,
    word,
)
from .values import choice, components, non_negative, required, shell_list, show_smart

_COLORS: Final = (
    "gone=yellow:changed=cyan:full=cyan,,bold:moved=blue:header=green:name=white"
    ":error=red,,bold:default=white"
)
nothing: int | None = None

# fmt: off
BACKUP = text("backup b", "", "", "", "backup set to look at: name, tag, number or Current",
    metavar="SET", exclusive="set", shown="the newest complete set", group="Which set")
DATE = text("date d", "", "", "", "look at the newest set of that time, in plain English",
    metavar="WHEN", exclusive="set", group="Which set")
FILES = names("", "", "", "files and directories to restore",
    positional="+", metavar="FILE", group="What to restore")
LAST = switch("last l", "", "", False, "look at the newest set that has the file",
    exclusive="set", group="Which set")
OUTPUT = text("output o", "", "", "", "file or directory to restore to", metavar="PATH",
    shown="standard output, for one file", group="What to restore")
CHECKSUM = switch("checksum c", "", "", False, "the arguments are checksums",
    group="What to restore")
RECOVER_NAME = switch("recovername", "", "", False, "restore a checksum under its file's name",
    group="What to restore")
RECURSE = switch("recurse", "", "", True, "restore what is in directories",
    group="What to restore")
REDUCE_PATH = Option("reduce-path R", "", "", 0, components,
    "leading directories to cut from paths; found out when bare", bare="smart", metavar="N",
    show=show_smart, group="What to restore")
OVERWRITE = Option("overwrite O", "", "", "never",
    choice("always", "newer", "older", "never", "ask"),
    "when to replace existing files: always, newer, older, never or ask; always when bare",
    bare="always", metavar="WHEN", group="How to restore")
RESTORE_FORCE = switch("force", "", "", False,
    "restore even to / or over the place it came from, and without asking",
    group="How to restore")
TAR = switch("tar", "", "", False, "write a tar archive to standard output",
    exclusive="archive", group="What to restore")
ZIP = switch("zip", "", "", False, "write a zip archive to standard output",
    exclusive="archive", group="What to restore")
READS_AS = text("as", "", "", "", "restore only what this user may read by the saved permissions",
    metavar="USER", shown="all that is in the sets", group="What to restore")
IN_PLACE = switch("in-place", "", "", False,
    "put things back where they were: show what differs, ask, and mend that",
    group="In place")
DELETE_EXTRA = switch("delete", "", "", False,
    "with --in-place: remove too what came after the set", group="In place")
RESTORE_DRY_RUN = switch("dry-run", "", "", False,
    "with --in-place: only list what would be changed", group="In place")
AUTHENTICATE = switch("authenticate", "", "", True, "compare what is restored with its checksum",
    group="How to restore")
AUTHFAIL_ACTION = Option("authfail-action", "", "", "rename", choice("keep", "rename", "delete"),
    "what to do with a file that has not its checksum: keep, rename or delete",
    metavar="ACTION", group="How to restore")
SET_TIMES = switch("set-times", "", "", True, "restore times", group="How to restore")
SET_PERMS = switch("set-perms", "", "", True, "restore owners and permissions",
    group="How to restore")
SET_ATTRS = switch("set-attrs", "", "", True, "restore extended attributes and file flags",
    group="How to restore")
SET_ACL = switch("set-acl", "", "", True, "restore access control lists",
    group="How to restore")
HARD_LINKS = switch("hardlinks", "", "", True, "restore hard links as such",
    group="How to restore")
JOBS = Option("jobs", "", "", 0, non_negative,
    "processes that restore at the same time, 0 for as many as help",
    metavar="N", group="How to restore")

REGENERATE: Rows = (
    *TOOL, *STORE, *SECRETS, FILES, BACKUP, DATE, LAST, OUTPUT, CHECKSUM, RECOVER_NAME, RECURSE,
    REDUCE_PATH, READS_AS, OVERWRITE, RESTORE_FORCE, AUTHENTICATE, AUTHFAIL_ACTION, SET_TIMES,
    SET_PERMS, SET_ATTRS, SET_ACL, HARD_LINKS, JOBS, IN_PLACE, DELETE_EXTRA, RESTORE_DRY_RUN, TAR,
    ZIP, PROGRESS,
)

LIST_DIRECTORIES: Words = Option("", "", "", (".",), shell_list(str),
    "files and directories to list",
    kind=Kind.LIST, each=word, positional="*", metavar="PATH", group="What to list")
LONG = switch("long l", "", "", False, "show mode, owner, size and time", group="How to list")
HIDDEN = switch("hidden a", "", "", False, "show names that begin with a dot",
    group="What to list")
REVERSE = switch("reverse r", "", "", False, "sort the other way round", group="How to list")
ANNOTATE = switch("annotate f", "", "", False, "mark names with their kind",
    group="How to list")
SIZE = switch("size s", "", "", False, "show sizes", group="How to list")
HUMAN = switch("human H", "", "", False, "show sizes in KB, MB and so on", group="How to list")
DIR_INFO = switch("dirinfo d", "", "", False, "list directories themselves",
    group="What to list")
CHECKSUMS = switch("checksums c", "", "", False, "show checksums", group="How to list")
CHAIN_LENGTH = switch("chainlen L", "", "", False, "show lengths of delta chains",
    group="How to list")
INODE = switch("inode i", "", "", False, "show inode numbers", group="How to list")
VERSIONS = Option("versions V", "", "", "change", choice("none", "change", "all", "last"),
    "versions to list: none, change, all or last", metavar="WHICH", group="What to list")
DELETIONS = switch("deletions", "", "", True, "show when files went away", group="What to list")
BROKEN = switch("broken", "", "", True, "show files without contents", group="What to list")
ONE_LINE = switch("oneline O", "", "", False, "one line for each file", group="How to list")
TIMES = switch("times T", "", "", False, "other times make another version",
    group="What to list")
METADATA = switch("metadata M", "", "", False, "other metadata makes another version",
    group="What to list")
HEADERS = switch("headers", "", "", True, "show headings", group="How to list")
COLORS = switch("colors", "", "", True, "use colors, on a terminal only", group="How to list")
COLUMNS = Option("columns", "", "", nothing, non_negative, "width of the listing",
    metavar="N", shown="that of the terminal", group="How to list")
LIST_RECURSE = switch("recurse R", "", "", False, "list what is in directories",
    group="What to list")
LIST_DEPTH = Option("maxdepth", "", "", nothing, non_negative, "levels of directories to go down",
    metavar="N", shown="all", group="What to list")
GLOB = switch("glob", "", "", False, "expand patterns by the names in the sets",
    group="What to list")
REDUCE = Option("reduce", "", "", 0, components,
    "leading directories to cut from paths; found out when bare", bare="smart", metavar="N",
    show=show_smart, group="How to list")
REAL_PATH = switch("realpath", "", "", True, "resolve symbolic links in arguments",
    group="What to list")
RANGE = text("range", "", "", "", "sets to look at, as FIRST:LAST: names, tags or numbers",
    metavar="SETS", exclusive="set", group="Which set")
DATES = text("dates", "", "", "", "times to look at, as START:END", metavar="TIMES",
    exclusive="set", group="Which set")
LIST_JSON = switch("json", "", "", False, "print a JSON object for each path, one in a line",
    exclusive="output", group="How to list")
PRINT_ZERO = switch("print0", "", "", False,
    "print only paths, unescaped, a zero byte after each", exclusive="output",
    group="How to list")
BISECT = text("bisect", "", "", "", "name the first set whose version makes this command fail",
    metavar="COMMAND", group="What to list")
LS_COLORS = text("", "", "TARDIS_LS_COLORS", _COLORS,
    "colors, as NAME=TEXT[,BACKGROUND[,ATTRIBUTE...]] parted by colons", group="How to list")

LSTARDIS: Rows = (
    *TOOL, *STORE, *SECRETS, LIST_DIRECTORIES, LONG, HIDDEN, REVERSE, ANNOTATE, SIZE, HUMAN,
    DIR_INFO, CHECKSUMS, CHAIN_LENGTH, INODE, VERSIONS, DELETIONS, BROKEN, ONE_LINE, TIMES,
    METADATA, HEADERS, COLORS, COLUMNS, LIST_RECURSE, LIST_DEPTH, GLOB, REDUCE, REAL_PATH, RANGE,
    DATES, LIST_JSON, PRINT_ZERO, BISECT, LS_COLORS,
)

DIFF_FILES = names("", "", "", "files and directories to compare", positional="+",
    metavar="FILE", group="What to compare")
DIFF_SETS: Words = Option("backup b", "", "", ("Current",), shell_list(str),
    "set to compare with the live files, or two sets to compare",
    kind=Kind.LIST, each=word, metavar="SET", group="What to compare")
COLOR = switch("color", "", "", True, "use colors, on a terminal only", group="How to compare")
UNIFIED = Option("unified u", "", "", nothing, non_negative,
    "unified form with so many lines around; 3 when bare",
    bare="3", metavar="N", exclusive="form", group="How to compare")
CONTEXT = Option("context c", "", "", 5, non_negative,
    "context form with so many lines around; 5 when bare",
    bare="5", metavar="N", exclusive="form", group="How to compare")
NDIFF = switch("ndiff n", "", "", False, "form of Python's ndiff",
    exclusive="form", group="How to compare")
DIFF_REDUCE_PATH = Option("reduce-path R", "", "", 0, components,
    "leading directories to cut from paths; found out when bare", bare="smart", metavar="N",
    show=show_smart, group="How to compare")
BINARY = switch("binary B", "", "", False, "show differences of binary files too",
    group="How to compare")
DIFF_RECURSE = switch("recurse r", "", "", False, "compare what is in directories",
    group="What to compare")
DIFF_LIST = switch("list l", "", "", False, "only name the files that differ",
    group="How to compare")
DIFF_STAT = switch("stat", "", "", False, "count the lines that differ in each file",
    group="How to compare")

TARDIFF: Rows = (
    *TOOL, *STORE, *SECRETS, DIFF_FILES, DIFF_SETS, COLOR, UNIFIED, CONTEXT, NDIFF,
    DIFF_REDUCE_PATH, BINARY, DIFF_RECURSE, DIFF_LIST, DIFF_STAT,
)

MOUNT_POINT = names("", "", "", "directory to mount on", positional="+", metavar="DIRECTORY",
    group="Mounting")
MOUNT_OPTIONS = names("o", "", "", "mount options, as NAME=VALUE parted by commas; repeatable",
    metavar="OPTIONS", group="Mounting")
FOREGROUND = switch("foreground f", "", "", False, "stay in the foreground", group="Mounting")
FUSE_DEBUG = switch("debug d", "", "", False, "show what the kernel asks", group="Mounting")
ONE_THREAD = switch("single s", "", "", False, "serve one request at a time", group="Mounting")
REPOINT = switch("repoint", "", "", False,
    "make absolute symbolic links point into the mounted set", group="Mounting")
CACHE_TIME = Option("cachetime", "", "", 60, non_negative, "seconds to keep what was looked up",
    metavar="SECONDS", group="Mounting")
AUTHENTICATION = switch("auth", "", "", True,
    "use the password; without, none is asked for or checked, and what needs it is not mounted",
    group="Mounting")
CURRENT = Option("current", "", "TARDIS_RECENT_SET", "Current", required,
    "name of the link to the newest complete set; a tag's leads to its own",
    metavar="NAME", group="Mounting")

TARDISFS: Rows = (
    *TOOL, *(row for row in STORE if "TARDIS_RECENT_SET" not in row.variables), *SECRETS,
    MOUNT_POINT, MOUNT_OPTIONS, FOREGROUND, FUSE_DEBUG, ONE_THREAD, REPOINT, CACHE_TIME,
    AUTHENTICATION, CURRENT,
)
# fmt: on
