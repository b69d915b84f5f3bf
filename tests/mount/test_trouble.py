"""Whatever goes wrong has a number, and is told once."""

import errno

import pytest

from tardis.model import IntegrityError, NoSuchPathError
from tardis.mount.trouble import TROUBLE, Trouble


@pytest.mark.parametrize(
    ("error", "number", "told"),
    [
        (NoSuchPathError("not there"), errno.ENOENT, []),
        (IntegrityError("damaged"), errno.EIO, ["/a\\x0a: damaged"]),
        (OSError(errno.EISDIR, "one of ours"), errno.EISDIR, []),
        (KeyError("slip"), errno.EIO, ["/a\\x0a: KeyError('slip')"]),
    ],
)
def test_trouble_is_a_number_and_a_sentence(error: Exception, number: int, told: list[str]) -> None:
    heard: list[tuple[int, str]] = []
    trouble = Trouble(lambda level, text: heard.append((level, text)))
    for _ in range(2):
        with pytest.raises(OSError) as caught, trouble.asking(b"/a\n"):
            raise error
        assert caught.value.errno == number
    assert heard == [(TROUBLE, text) for text in told]


def test_who_ends_us_is_heard() -> None:
    trouble = Trouble(lambda _level, _text: None)
    with pytest.raises(KeyboardInterrupt), trouble.asking(b"/a"):
        raise KeyboardInterrupt
    with trouble.asking(b"/a"):
        pass
