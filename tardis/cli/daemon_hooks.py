"""The commands that the daemon runs for its administrator."""

from collections.abc import Callable

from tardis.cli.hooks import run_hook
from tardis.config import Settings, table
from tardis.model import Outcome
from tardis.render import hook_variables


def after_set(settings: Settings) -> Callable[[Outcome, Callable[[], bool]], None] | None:
    """Return what runs AfterSetCommand for a set that is complete; None: there is none.

    Nothing a client says chooses the command; what it says of itself reaches the command as
    variables only.
    """
    command = settings[table.AFTER_SET]
    if not command:
        return None

    def carry_out(outcome: Outcome, is_over: Callable[[], bool]) -> None:
        run_hook(command, hook_variables(outcome), table.AFTER_SET.keys[0], is_over)

    return carry_out
