"""Plain values as bytes and back: msgpack, within bounds."""

from typing import Any

import msgpack


def pack(value: Any) -> bytes:
    """Return *value*, made of tuples, lists, numbers, text, bytes and None, as bytes."""
    packed: bytes = msgpack.packb(value)
    return packed


class FramePacker:
    """Packs one value after the other into the same memory.

    Fresh memory for every large value costs more than the packing: its pages come from
    the kernel one by one.
    """

    def __init__(self) -> None:
        self._packer = msgpack.Packer(autoreset=False)

    def pack(self, value: Any) -> memoryview:
        """Return *value* as `pack` would, readable until it is released.

        Release it before the next call; afterwards the memory is used again.
        """
        self._packer.reset()
        self._packer.pack(value)
        view: memoryview = self._packer.getbuffer()
        return view


def unpack(data: bytes | memoryview, most: int = -1) -> Any:
    """Return the value that *data* stands for, lists as tuples.

    Args:
        data: What `pack` returned, or what a stranger sent.
        most: Items that any one list may have, -1 for as many as *data* has bytes.

    Raises:
        ValueError: It stands for nothing, for a map, or for a longer list.
    """
    try:
        return msgpack.unpackb(
            data, use_list=False, max_array_len=most, max_map_len=0, max_ext_len=0
        )
    except (ValueError, RecursionError, msgpack.UnpackException) as error:
        raise ValueError(f"bytes that cannot be unpacked: {error}") from error
