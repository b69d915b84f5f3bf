"""How hard a new password is to guess, and how to make it harder."""

from dataclasses import dataclass
from typing import Final

from tardis.model import UsageError

_MOST_LOOKED_AT: Final = 72
"""Characters that are judged; what follows only adds strength."""

_BEST: Final = 4


@dataclass(frozen=True, slots=True)
class Strength:
    """What there is to say of a password; nothing in it gives the password away.

    Attributes:
        ratio: From 0, guessed at once, to 1.
        advice: One sentence or two.
    """

    ratio: float
    advice: str


def strength_of(password: str) -> Strength:
    """Return how strong *password* is: 0.75 withstands some 10^8 guesses, 1 some 10^10.

    Raises:
        UsageError: What it takes is not installed.
    """
    if not password:
        return Strength(0.0, "It is empty.")
    try:
        import zxcvbn  # noqa: PLC0415 # lazy
    except ImportError as error:
        raise UsageError(
            "how strong a new password is cannot be told: the Python package zxcvbn is missing",
            hint="Install it, by `python3 -m pip install zxcvbn` for example.",
        ) from error

    found = zxcvbn.zxcvbn(password[:_MOST_LOOKED_AT])
    feedback = found["feedback"]
    words = [feedback["warning"], *feedback["suggestions"]]
    advice = " ".join(word.rstrip(".") + "." for word in words if word)
    return Strength(found["score"] / _BEST, advice)
