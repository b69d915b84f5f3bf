"""The answer to ``--version``, given before anything heavy is imported."""

from collections.abc import Sequence

from tardis import __version__


def shows_version(program: str, argv: Sequence[str]) -> bool:
    """Print the version when *argv* begins with ``--version``; tell whether it did.

    Elsewhere on the command line the parser answers, which takes a little longer.
    """
    if argv[:1] != ["--version"]:
        return False
    print(f"{program} {__version__}")
    return True
