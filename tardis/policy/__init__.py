"""Decisions as pure functions of values: no files, sockets or clocks."""

from .dates import LocalZone, parse_moment
from .media import FORMATS, Dense, check_type, dense, parse_types
from .mending import (
    Doing,
    Extra,
    Mending,
    Shape,
    Step,
    may_replace,
    mend,
    remove,
)
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
    "Dense",
    "Doing",
    "Excluder",
    "Extra",
    "Fate",
    "LocalZone",
    "Mending",
    "Reach",
    "Schedule",
    "Seen",
    "Shape",
    "Step",
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
    "lineage",
    "may_replace",
    "mend",
    "parse_moment",
    "parse_types",
    "plan_by_age",
    "plan_by_schedule",
    "plan_incomplete",
    "plan_named",
    "provisional_name",
    "remove",
    "stored_paths",
    "walked",
]
