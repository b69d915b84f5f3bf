"""Decisions as pure functions of values: no files, sockets or clocks."""

from .dates import LocalZone, parse_moment
from .naming import check_client_name, check_set_name, final_name, provisional_name
from .roots import Reach, Seen, lineage, stored_paths, walked
from .select import Excluder, excluder
from .verdicts import Verdict, judge_changed, judge_new

__all__ = [
    "Excluder",
    "LocalZone",
    "Reach",
    "Seen",
    "Verdict",
    "check_client_name",
    "check_set_name",
    "excluder",
    "final_name",
    "judge_changed",
    "judge_new",
    "lineage",
    "parse_moment",
    "provisional_name",
    "stored_paths",
    "walked",
]
