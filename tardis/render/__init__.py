"""Text for people: names, listings, reports."""

from typing import TYPE_CHECKING

from tardis.rooms import furnish

if TYPE_CHECKING:
    from .colors import Palette, read_colors
    from .columns import table, width
    from .diffs import DiffForm, Tally, diff_lines, is_binary, shown_line
    from .fates import PlannedFate, fate_json, fate_lines, freed_line
    from .findings import checked_json, checked_lines, mended_line, plan_json, plan_lines
    from .listing import ListStyle, ListView
    from .listing_json import bytes_fields, entry_fields, shown_json
    from .names import escape_controls, escape_name, escape_names
    from .notices import (
        ALARM,
        EVENTS,
        FAILURE,
        INCOMPLETE,
        NOTICE_FIELDS,
        SPACE,
        STALE,
        Notice,
        notice_json,
        notice_subject,
        notice_text,
        notice_variables,
    )
    from .preview import explained_json, explained_text, preview_json, preview_text
    from .progress import ProgressView
    from .run_report import HOOK_VARIABLES, RUN_FIELDS, hook_variables, run_line, run_report
    from .set_info import info_fields, info_lines
    from .sets import set_json, set_lines
    from .sheet import FORMS, Sheet
    from .sizes import counted, human_size, human_time
    from .stats import report_text, stats_text
    from .status import human_age, status_json, status_lines

__all__ = [
    "ALARM",
    "EVENTS",
    "FAILURE",
    "FORMS",
    "HOOK_VARIABLES",
    "INCOMPLETE",
    "NOTICE_FIELDS",
    "RUN_FIELDS",
    "SPACE",
    "STALE",
    "DiffForm",
    "ListStyle",
    "ListView",
    "Notice",
    "Palette",
    "PlannedFate",
    "ProgressView",
    "Sheet",
    "Tally",
    "bytes_fields",
    "checked_json",
    "checked_lines",
    "counted",
    "diff_lines",
    "entry_fields",
    "escape_controls",
    "escape_name",
    "escape_names",
    "explained_json",
    "explained_text",
    "fate_json",
    "fate_lines",
    "freed_line",
    "hook_variables",
    "human_age",
    "human_size",
    "human_time",
    "info_fields",
    "info_lines",
    "is_binary",
    "mended_line",
    "notice_json",
    "notice_subject",
    "notice_text",
    "notice_variables",
    "plan_json",
    "plan_lines",
    "preview_json",
    "preview_text",
    "read_colors",
    "report_text",
    "run_line",
    "run_report",
    "set_json",
    "set_lines",
    "shown_json",
    "shown_line",
    "stats_text",
    "status_json",
    "status_lines",
    "table",
    "width",
]

if not TYPE_CHECKING:
    __getattr__ = furnish(__name__)
