"""The past as a file system: one directory for each backup set."""

from .contents import Readers
from .device import can_serve, serve
from .options import FIXED, MountOptions, mount_words
from .view import View

__all__ = ["FIXED", "MountOptions", "Readers", "View", "can_serve", "mount_words", "serve"]
