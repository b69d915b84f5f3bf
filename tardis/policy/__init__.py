"""Decisions as pure functions of values: no files, sockets or clocks."""

from .alarms import LEAST_SAMPLE, looks_like_mass_encryption, looks_random
from .attributes import ACLS, capture_level, is_kept
from .dates import LocalZone, local_time, parse_moment
from .deltas import LEAST, DeltaRules, keeps_whole, may_make, wants_delta
from .flags import Flags, flag_letters, pack_flags, unpack_flags
from .health import Records, age_seconds, findings, last_good
from .kinds import SET_KINDS, SetKind, kind_of
from .logins import Failures, one_more, remembered, wait_after
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
from .permissions import (
    READ,
    SEARCH,
    AclEntry,
    Person,
    Protected,
    acl_entries,
    common,
    may,
    narrowed,
    pack_acl,
    renumbered,
)
from .retention import (
    Fate,
    PurgeWish,
    Schedule,
    doomed,
    plan_by_age,
    plan_by_schedule,
    plan_by_wish,
    plan_incomplete,
    plan_named,
)
from .rights import changed_rights, needed_rights
from .roots import Reach, Seen, lineage, stored_paths, walked
from .rules import Judged, Rule, RuleSet, Scope, cvs_rules, parse_rules
from .scrubbing import Part, choose_parts
from .space import make_room
from .verdicts import Verdict, judge_changed, judge_new
from .weighing import LeftOutWeigher, TreeWeigher, is_within

__all__ = [
    "ACLS",
    "FORMATS",
    "LEAST",
    "LEAST_SAMPLE",
    "READ",
    "SEARCH",
    "SET_KINDS",
    "AclEntry",
    "DeltaRules",
    "Dense",
    "Doing",
    "Extra",
    "Failures",
    "Fate",
    "Flags",
    "Judged",
    "LeftOutWeigher",
    "LocalZone",
    "Mending",
    "Part",
    "Person",
    "Protected",
    "PurgeWish",
    "Reach",
    "Records",
    "Rule",
    "RuleSet",
    "Schedule",
    "Scope",
    "Seen",
    "SetKind",
    "Shape",
    "Step",
    "TreeWeigher",
    "Verdict",
    "acl_entries",
    "age_seconds",
    "capture_level",
    "changed_rights",
    "check_client_name",
    "check_set_name",
    "check_type",
    "choose_parts",
    "common",
    "cvs_rules",
    "dense",
    "doomed",
    "final_name",
    "findings",
    "flag_letters",
    "is_kept",
    "is_within",
    "judge_changed",
    "judge_new",
    "keeps_whole",
    "kind_of",
    "last_good",
    "lineage",
    "local_time",
    "looks_like_mass_encryption",
    "looks_random",
    "make_room",
    "may",
    "may_make",
    "may_replace",
    "mend",
    "narrowed",
    "needed_rights",
    "one_more",
    "pack_acl",
    "pack_flags",
    "parse_moment",
    "parse_rules",
    "parse_types",
    "plan_by_age",
    "plan_by_schedule",
    "plan_by_wish",
    "plan_incomplete",
    "plan_named",
    "provisional_name",
    "remembered",
    "remove",
    "renumbered",
    "stored_paths",
    "unpack_flags",
    "wait_after",
    "walked",
    "wants_delta",
]
