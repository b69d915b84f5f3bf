"""Asking before something is destroyed."""

import sys

from tardis.model import UsageError


def confirm(question: str) -> bool:
    """Ask *question* on the terminal; only yes means yes.

    Raises:
        UsageError: There is no terminal to ask on.
    """
    if not sys.stdin.isatty():
        raise UsageError(
            "there is no terminal to ask for confirmation", hint="say --noconfirm to go ahead"
        )
    print(f"{question} [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")
