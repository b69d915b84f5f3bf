"""What the tools of older releases were called with, in the words of `sonic`."""

import sys
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from tardis.cli.main import run
from tardis.cli.sonic import command

_WORDS = {"-p": "--password", "--password-url": "--password-file"}
"""Options that `sonic` knows under another name; a file may be a URL."""


def run_verb(verb: Sequence[str], argv: Sequence[str]) -> int:
    """Run a verb of `sonic` with the words *argv* of an older tool; return its exit status.

    What stands behind `--` is no option, and is handed on as it is.
    """
    end = argv.index("--") if "--" in argv else len(argv)
    return run(command, [*verb, *map(_newer, argv[:end]), *argv[end:]])


def _newer(word: str) -> str:
    name, equals, value = word.partition("=")
    if word.startswith("-p") and not word.startswith("--"):
        return f"--password={word[2:]}" if word[2:] else "--password"
    return _WORDS.get(name, name) + equals + value
