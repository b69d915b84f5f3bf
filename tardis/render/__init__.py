"""Text for people: names, listings, reports."""

from .names import escape_controls, escape_name

__all__ = ["escape_controls", "escape_name"]
