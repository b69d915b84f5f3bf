"""The client's side of a backup: one job over one line."""

from .access import Access, KeyKeeper
from .ahead import explain, preview
from .due import ask_newest
from .job import BackupJob
from .options import JobOptions, PurgeWish, SetWish

__all__ = [
    "Access",
    "BackupJob",
    "JobOptions",
    "KeyKeeper",
    "PurgeWish",
    "SetWish",
    "ask_newest",
    "explain",
    "preview",
]
