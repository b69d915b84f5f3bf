"""The client's side of a backup: one job over one line."""

from .ahead import explain, preview
from .job import BackupJob
from .options import JobOptions, PurgeWish, SetWish

__all__ = ["BackupJob", "JobOptions", "PurgeWish", "SetWish", "explain", "preview"]
