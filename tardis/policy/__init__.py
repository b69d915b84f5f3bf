"""Decisions as pure functions of values: no files, sockets or clocks."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .alarms import LEAST_SAMPLE, looks_like_mass_encryption, looks_random
    from .attributes import ACLS, capture_level, is_kept
    from .dates import LocalZone, local_time, parse_moment
    from .deltas import (
        LEAST,
        DeltaRules,
        flattens,
        keeps_whole,
        may_make,
        wants_delta,
        wants_sealed_delta,
    )
    from .episodes import Change, Episode, after, changes
    from .flags import Flags, flag_letters, pack_flags, unpack_flags
    from .heads import UNKNOWN, SignedRoot, facts_of, judge_heads, judge_sets, set_facts
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
    from .naming import (
        ambiguous_set,
        check_client_name,
        check_set_name,
        final_name,
        provisional_name,
    )
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
        may_go,
        plan_by_age,
        plan_by_schedule,
        plan_by_wish,
        plan_chosen,
        plan_incomplete,
        plan_named,
    )
    from .rights import changed_rights, needed_rights
    from .roots import Reach, Seen, lineage, stored_paths, walked
    from .rules import Judged, Rule, RuleSet, Scope, cvs_rules, parse_rules
    from .scrubbing import Part, choose_parts
    from .space import make_room
    from .unattended import Supply, runs_on_battery, waits, worst
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
    "UNKNOWN",
    "AclEntry",
    "Change",
    "DeltaRules",
    "Dense",
    "Doing",
    "Episode",
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
    "SignedRoot",
    "Step",
    "Supply",
    "TreeWeigher",
    "Verdict",
    "acl_entries",
    "after",
    "age_seconds",
    "ambiguous_set",
    "capture_level",
    "changed_rights",
    "changes",
    "check_client_name",
    "check_set_name",
    "check_type",
    "choose_parts",
    "common",
    "cvs_rules",
    "dense",
    "doomed",
    "facts_of",
    "final_name",
    "findings",
    "flag_letters",
    "flattens",
    "is_kept",
    "is_within",
    "judge_changed",
    "judge_heads",
    "judge_new",
    "judge_sets",
    "keeps_whole",
    "kind_of",
    "last_good",
    "lineage",
    "local_time",
    "looks_like_mass_encryption",
    "looks_random",
    "make_room",
    "may",
    "may_go",
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
    "plan_chosen",
    "plan_incomplete",
    "plan_named",
    "provisional_name",
    "remembered",
    "remove",
    "renumbered",
    "runs_on_battery",
    "set_facts",
    "stored_paths",
    "unpack_flags",
    "wait_after",
    "waits",
    "walked",
    "wants_delta",
    "wants_sealed_delta",
    "worst",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
