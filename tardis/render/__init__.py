"""Text for people: names, listings, reports."""

from .columns import table, width
from .fates import fate_json, fate_lines, freed_line
from .names import escape_controls, escape_name
from .progress import ProgressView
from .sets import set_json, set_lines
from .sizes import human_size, human_time
from .stats import report_text, stats_text

__all__ = [
    "ProgressView",
    "escape_controls",
    "escape_name",
    "fate_json",
    "fate_lines",
    "freed_line",
    "human_size",
    "human_time",
    "report_text",
    "set_json",
    "set_lines",
    "stats_text",
    "table",
    "width",
]
