"""Asks the person at the terminal."""

import sys

from tardis.model import UsageError
from tardis.render import escape_controls


class Question:
    """Asks whether files may be replaced; yes or no to all the rest is remembered.

    Raises:
        UsageError: There is no terminal to ask at.
    """

    def __init__(self) -> None:
        if not sys.stdin.isatty():
            raise UsageError(
                "--overwrite ask needs a terminal", hint="say always, newer, older or never"
            )
        self._always: bool | None = None

    def __call__(self, path: str) -> bool:
        """Return whether *path*, safe to print, may be replaced; no answer is no."""
        if self._always is not None:
            return self._always
        answer = ask(f"replace {path}? [y]es, [n]o, [a]ll, n[o]ne of the rest: ")
        if answer in ("a", "all", "o", "none"):
            self._always = answer.startswith("a")
            return self._always
        return answer in ("y", "yes")


def ask(question: str) -> str:
    """Return what the person answers to *question*, in small letters; empty at the end."""
    print(escape_controls(question), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower()


def confirm(question: str) -> bool:
    """Return whether the person says yes to *question*, before something is destroyed.

    Raises:
        UsageError: There is no terminal to ask at.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask for confirmation", hint="say --noconfirm to go ahead"
        )
    return agrees(question)


def agrees(question: str) -> bool:
    """Return whether the person says yes to *question*."""
    return ask(f"{question} [y/N] ") in ("y", "yes")
