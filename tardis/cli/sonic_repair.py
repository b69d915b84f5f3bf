"""The verb of sonic that repairs a store."""

from tardis.admin import plan_repair, repair
from tardis.config import Settings, table
from tardis.model import DONE, PROBLEMS, IntegrityError
from tardis.render import mended_line, plan_json, plan_lines
from tardis.store import Level

from .asking import confirm
from .restore_store import place_of
from .sonic_check import reading_of, watching


def repair_store(settings: Settings) -> int:
    """Show what can be done about damage, and do it unless only that was asked for.

    Returns:
        0 when all is whole in the end, or nothing was to be done; 3 when something stays
        marked as damaged.

    Raises:
        IntegrityError: The catalog itself is damaged.
    """
    place, client = place_of(settings), settings[table.TOOL_CLIENT]
    with watching(settings) as observer:
        plan = plan_repair(place, client, reading_of(settings), observer)
    if settings[table.JSON]:
        print(plan_json(plan))
    else:
        for line in plan_lines(plan):
            print(line)
    if plan.left:
        raise IntegrityError(
            "the catalog itself is damaged, and a repair leaves it alone",
            hint="Run `sonic recover`.",
        )
    known = PROBLEMS if plan.checked.at(Level.KNOWN) else DONE
    if not plan.has_work:
        _say(settings, "there is nothing to repair")
        return known
    if settings[table.PLAN_ONLY]:
        return DONE
    if settings[table.CONFIRM] and not confirm("Repair the store so?"):
        _say(settings, "nothing was changed")
        return DONE
    done = repair(place, client, plan, table.DB_BACKUPS.default)
    _say(settings, mended_line(done))
    return PROBLEMS if done.marked else known


def _say(settings: Settings, text: str) -> None:
    if not settings[table.JSON]:
        print(text)
