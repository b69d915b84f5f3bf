"""Decisions as pure functions of values: no files, sockets or clocks."""

from .dates import LocalZone, parse_moment
from .deltas import LEAST, DeltaRules, keeps_whole, may_make, wants_delta
from .media import FORMATS, Dense, check_type, dense, parse_types
from .naming import check_client_name, check_set_name, final_name, provisional_name
from .retention import (
    Fate,
    Schedule,
    doomed,
    plan_by_age,
    plan_by_schedule,
    plan_incomplete,
    plan_named,
)
from .roots import Reach, Seen, lineage, stored_paths, walked
from .select import Excluder, excluder
from .verdicts import Verdict, judge_changed, judge_new

__all__ = [
    "FORMATS",
    "LEAST",
    "DeltaRules",
    "Dense",
    "Excluder",
    "Fate",
    "LocalZone",
    "Reach",
    "Schedule",
    "Seen",
    "Verdict",
    "check_client_name",
    "check_set_name",
    "check_type",
    "dense",
    "doomed",
    "excluder",
    "final_name",
    "judge_changed",
    "judge_new",
    "keeps_whole",
    "lineage",
    "may_make",
    "parse_moment",
    "parse_types",
    "plan_by_age",
    "plan_by_schedule",
    "plan_incomplete",
    "plan_named",
    "provisional_name",
    "stored_paths",
    "walked",
    "wants_delta",
]
