"""Overlays: whether their inodes last from mount to mount.

They do where all layers lie on one file system, or where the kernel was told to spend
bits of the number on the layer.  Elsewhere directories are numbered as they come, and
files have the device numbers of their layers, which are new with each mount.
"""

import os
from typing import Final

SAFE: Final = b"xino=on"
"""Option by which all inodes last."""


def common_device(options: bytes) -> int | None:
    """Return the device on which all layers of an overlay lie, None in doubt.

    A layer may be told by a path that only its mounter sees.
    """
    layers = [layer for word in _split(options, b",") for layer in _layers(word)]
    devices = {_device(layer) for layer in layers}
    return devices.pop() if len(devices) == 1 else None


def _layers(word: bytes) -> list[bytes]:
    name, _, value = word.partition(b"=")
    if name in (b"lowerdir", b"upperdir", b"lowerdir+", b"datadir+"):
        return [layer for layer in _split(value, b":") if layer]
    return []


def _device(layer: bytes) -> int | None:
    try:
        return os.stat(layer).st_dev if layer.startswith(b"/") else None
    except OSError:
        return None


def _split(text: bytes, mark: bytes) -> list[bytes]:
    """Split at each *mark* that no backslash precedes."""
    parts = text.replace(b"\\" + mark, b"\0").split(mark)
    return [part.replace(b"\0", mark).replace(b"\\\\", b"\\") for part in parts]
