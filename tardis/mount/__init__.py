"""The past as a file system: one directory for each backup set."""

from .device import can_serve, serve
from .options import FIXED, MountOptions, mount_words
from .view import View

__all__ = ["FIXED", "MountOptions", "View", "can_serve", "mount_words", "serve"]
