"""Writing the commands of a delta; `patching` reads them."""

from .patching import COPIES, END, LITERALS, LONG_LITERALS, MAGIC, WIDTHS


def pack_copy(place: int, count: int) -> bytes:
    """Return the whole delta for *count* bytes of its basis from *place* on, and nothing else."""
    commands = Commands()
    commands.copy(place, count)
    return MAGIC + commands.finished()


class Commands:
    """Writes a delta; copies of what follows each other become one."""

    def __init__(self) -> None:
        self._out: list[bytes] = []
        self._place = self._count = 0

    def copy(self, place: int, count: int) -> None:
        """Take *count* bytes of the basis from *place* on."""
        if self._count and self._place + self._count == place:
            self._count += count
            return
        self._flush()
        self._place, self._count = place, count

    def literal(self, data: bytes | memoryview) -> None:
        """Take *data*, which the basis lacks."""
        if not data:
            return
        self._flush()
        if len(data) <= LITERALS:
            self._out.append(bytes((len(data),)))
        else:
            width, number = _number(len(data))
            self._out.append(bytes((LONG_LITERALS + width,)) + number)
        self._out.append(bytes(data))

    def taken(self) -> bytes:
        """Return what was written since the last time."""
        out, self._out = self._out, []
        return b"".join(out)

    def finished(self) -> bytes:
        """Return the rest of it, and its end."""
        self._flush()
        return self.taken() + bytes((END,))

    def _flush(self) -> None:
        if self._count:
            first, place = _number(self._place)
            second, count = _number(self._count)
            self._out.append(bytes((COPIES + first * len(WIDTHS) + second,)) + place + count)
            self._count = 0


def _number(value: int) -> tuple[int, bytes]:
    """Return which of `WIDTHS` *value* needs, and its bytes."""
    which = next(one for one, width in enumerate(WIDTHS) if value < 1 << 8 * width)
    return which, value.to_bytes(WIDTHS[which], "big")
