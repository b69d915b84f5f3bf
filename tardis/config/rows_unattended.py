"""Rows for runs that nobody watches: jobs, hooks, conditions, retries, reports."""

from .option import Kind, Option
from .rows_common import Words, switch, text, word, words
from .values import age, choice, non_negative, show_age

# fmt: off
JOB_NAMES: Words = Option("job", "", "", ("Tardis",), words,
    "section of the configuration file to read; repeatable: one run for each, in that order",
    kind=Kind.LIST, each=word, metavar="NAME")
ALL_JOBS = switch("all-jobs", "", "", False,
    "run each section of the configuration file that names Directories, in its order")

MIN_INTERVAL = Option("min-interval", "MinInterval", "", 0, age,
    "do nothing while the newest complete set of this job is younger, as 20h or 1d; 0 for never",
    show=show_age, metavar="AGE", group="Unattended")
ON_AC_ONLY = switch("on-ac-only", "OnACOnly", "", False,
    "do nothing while this machine runs on its battery", group="Unattended")
RETRY = Option("retry", "Retry", "", 0, non_negative,
    "times to try again when the server cannot be reached, the line is lost or the store is busy",
    metavar="N", group="Unattended")
RETRY_WAIT = Option("retry-wait", "RetryWait", "", 60, age,
    "time to wait before the first further attempt, as 30s or 5m; it doubles, up to an hour",
    show=show_age, metavar="TIME", group="Unattended")
PRE_COMMAND = text("pre-command", "PreCommand", "", "",
    "shell command to run before the backup, which is not made if it fails", metavar="COMMAND",
    group="Unattended")
POST_COMMAND = text("post-command", "PostCommand", "", "",
    "shell command to run after the backup, whether it succeeded or not", metavar="COMMAND",
    group="Unattended")
SNAPSHOT = Option("snapshot", "Snapshot", "", "none", choice("none", "auto", "btrfs", "lvm", "zfs"),
    "back up from a snapshot of each file system: none, auto, btrfs, lvm or zfs", metavar="KIND",
    group="Unattended")
SNAPSHOT_SIZE = text("snapshot-size", "SnapshotSize", "", "10%ORIGIN",
    "room for what changes under a snapshot of a logical volume, in words of lvcreate",
    metavar="SIZE", group="Unattended")
JSON_FILE = text("json-file", "JsonFile", "", "",
    "file to write the report of the run to as JSON, in place of the last one", metavar="FILE",
    group="Unattended")

AFTER_SET = text("", "AfterSetCommand", "", "",
    "shell command that the server runs when a set of a client is complete", group="Sets")
# fmt: on
