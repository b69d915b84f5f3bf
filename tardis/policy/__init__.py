"""Decisions as pure functions of values: no files, sockets or clocks."""

from .attributes import ACLS, capture_level, is_kept
from .dates import LocalZone, parse_moment
from .deltas import LEAST, DeltaRules, flattens, keeps_whole, may_make, wants_delta
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
from .rules import Judged, Rule, RuleSet, Scope, cvs_rules, parse_rules
from .verdicts import Verdict, judge_changed, judge_new
from .weighing import LeftOutWeigher, TreeWeigher, is_within

__all__ = [
    "ACLS",
    "FORMATS",
    "LEAST",
    "DeltaRules",
    "Dense",
    "Doing",
    "Extra",
    "Fate",
    "Judged",
    "LeftOutWeigher",
    "LocalZone",
    "Mending",
    "Reach",
    "Rule",
    "RuleSet",
    "Schedule",
    "Scope",
    "Seen",
    "Shape",
    "Step",
    "TreeWeigher",
    "Verdict",
    "capture_level",
    "check_client_name",
    "check_set_name",
    "check_type",
    "cvs_rules",
    "dense",
    "doomed",
    "final_name",
    "flattens",
    "is_kept",
    "is_within",
    "judge_changed",
    "judge_new",
    "keeps_whole",
    "lineage",
    "may_make",
    "may_replace",
    "mend",
    "parse_moment",
    "parse_rules",
    "parse_types",
    "plan_by_age",
    "plan_by_schedule",
    "plan_incomplete",
    "plan_named",
    "provisional_name",
    "remove",
    "stored_paths",
    "walked",
    "wants_delta",
]
