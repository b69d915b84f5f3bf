"""Sizes, counts and durations as people read them."""

from typing import Final

_UNITS: Final = ("KB", "MB", "GB", "TB", "PB")
_STEP: Final = 1024
_MINUTE: Final = 60


def human_size(size: int) -> str:
    """Return a number of bytes in the unit that keeps it short, 1024 to a step.

    >>> human_size(0), human_size(1536), human_size(10 * 1024**3)
    ('0 B', '1.5 KB', '10.0 GB')
    """
    if abs(size) < _STEP:
        return f"{size} B"
    value = float(size)
    for unit in _UNITS:
        value /= _STEP
        if abs(value) < _STEP - 0.05:  # what would be shown as 1024.0 takes the next unit
            return f"{value:.1f} {unit}"
    return f"{value:.1f} {_UNITS[-1]}"


def counted(number: int, what: str) -> str:
    """Return *number* of *what* in words.

    >>> counted(1, "content"), counted(2, "content"), counted(3, "entry")
    ('1 content', '2 contents', '3 entries')
    """
    many = f"{what[:-1]}ies" if what.endswith("y") else f"{what}s"
    return f"{number} {what if number == 1 else many}"


def human_time(seconds: float) -> str:
    """Return a duration as ``H:MM:SS``, rounded to seconds.

    >>> human_time(0.4), human_time(3725)
    ('0:00:00', '1:02:05')
    """
    minutes, rest = divmod(round(seconds), _MINUTE)
    hours, minutes = divmod(minutes, _MINUTE)
    return f"{hours}:{minutes:02}:{rest:02}"
