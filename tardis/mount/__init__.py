"""The past as a file system: one directory for each backup set."""

from .options import MountOptions, mount_words
from .view import View

__all__ = ["MountOptions", "View", "mount_words"]
