"""Recovery codes: passwords of 160 random bits that are printed, and typed by a person in need.

``TARDIS-`` and seven groups of five: 32 letters and digits of base 32, and three that tell a
mistyped code from a wrong one.  Case, blanks and dashes do not count, nor does it matter which
of 0 and O, 1 and I, 8 and B was read.
"""

import base64
import hashlib
import os
from typing import Final

from tardis.model import UsageError

_PREFIX: Final = "TARDIS"
_RANDOM: Final = 20
_LETTERS: Final = 32
_CHECK: Final = 3
_GROUP: Final = 5
_ALIKE: Final = str.maketrans("018", "OIB")


def new_code() -> str:
    """Return a fresh code."""
    return _written(base64.b32encode(os.urandom(_RANDOM)).decode())


def canonical(text: str) -> str:
    """Return a typed recovery code as it was printed; any other text as it is.

    Raises:
        UsageError: It can be nothing but a recovery code, and was mistyped.
    """
    letters = "".join(filter(str.isalnum, text)).upper()
    size = len(_PREFIX) + _LETTERS + _CHECK
    if not letters.startswith(_PREFIX) or len(letters) != size or not letters.isascii():
        return text
    body = letters[len(_PREFIX) :].translate(_ALIKE)
    if _check(body[:_LETTERS]) != body[_LETTERS:]:
        raise UsageError("the recovery code was mistyped", hint="Compare it with the sheet.")
    return _written(body[:_LETTERS])


def _written(letters: str) -> str:
    whole = letters + _check(letters)
    groups = (whole[at : at + _GROUP] for at in range(0, len(whole), _GROUP))
    return "-".join((_PREFIX, *groups))


def _check(letters: str) -> str:
    digest = hashlib.sha256(b"tardis recovery " + letters.encode()).digest()
    return base64.b32encode(digest).decode()[:_CHECK]
