"""The client's side of a backup: one job over one line."""

from .job import BackupJob
from .options import JobOptions, SetWish

__all__ = ["BackupJob", "JobOptions", "SetWish"]
