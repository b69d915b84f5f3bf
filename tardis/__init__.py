"""Tardis: time-machine backups of whole trees, by set, over the wire or on one machine."""

__version__ = "1.0.0a1"
