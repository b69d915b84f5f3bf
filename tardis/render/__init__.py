"""Text for people: names, listings, reports."""

from .colors import Palette, read_colors
from .columns import table, width
from .diffs import DiffForm, Tally, diff_lines, is_binary, shown_line
from .fates import fate_json, fate_lines, freed_line
from .findings import checked_json, checked_lines, touched_lines
from .listing import ListStyle, ListView
from .listing_json import shown_json
from .names import escape_controls, escape_name, escape_names
from .preview import explained_json, explained_text, preview_json, preview_text
from .progress import ProgressView
from .sets import set_json, set_lines
from .sizes import human_size, human_time
from .stats import report_text, stats_text

__all__ = [
    "DiffForm",
    "ListStyle",
    "ListView",
    "Palette",
    "ProgressView",
    "Tally",
    "checked_json",
    "checked_lines",
    "diff_lines",
    "escape_controls",
    "escape_name",
    "escape_names",
    "explained_json",
    "explained_text",
    "fate_json",
    "fate_lines",
    "freed_line",
    "human_size",
    "human_time",
    "is_binary",
    "preview_json",
    "preview_text",
    "read_colors",
    "report_text",
    "set_json",
    "set_lines",
    "shown_json",
    "shown_line",
    "stats_text",
    "table",
    "touched_lines",
    "width",
]
