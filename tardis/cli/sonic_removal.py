"""Removing sets: the plan with its reasons is shown, confirmed, and carried out once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tardis.admin import Judge, remove
from tardis.config import Settings, table
from tardis.model import BackupSet
from tardis.policy import Fate, LocalZone, doomed
from tardis.render import PlannedFate, counted, fate_json, fate_lines, freed_line, human_size
from tardis.store import Pruned

from .asking import confirm
from .restore_store import open_client, place_of


@dataclass(frozen=True, slots=True)
class Removal:
    """What is to be removed, and how that is done.

    Attributes:
        fates: What becomes of each set, by number.
        freed: Contents that only the sets need which go, and their stored bytes.
        carry_out: Removes just these sets, or less.
        is_granted: It will not be refused for want of a right.
    """

    fates: Sequence[PlannedFate]
    freed: tuple[int, int]
    carry_out: Callable[[], Pruned]
    is_granted: bool = True


def local_removal(settings: Settings, judge: Judge) -> Removal:
    """Return what *judge* condemns in a store on this machine."""
    with open_client(settings, may_ask=False) as reader:
        fates = judge(reader.sets())
        numbers = [one.number for one in doomed(fates)]
        freed = reader.freed_by(numbers)

    def carry_out() -> Pruned:
        client = settings[table.TOOL_CLIENT]
        return remove(place_of(settings), client, _only(judge, numbers), table.DB_BACKUPS.default)

    return Removal(fates, freed, carry_out)


def settle(settings: Settings, removal: Removal) -> None:
    """Show the plan; carry it out unless only that was asked for or the answer is no."""
    fates, (contents, size) = removal.fates, removal.freed
    if settings[table.JSON]:
        print(fate_json(fates, removal.freed))
    else:
        for line in fate_lines(fates, LocalZone(), shows_all=bool(settings[table.VERBOSE])):
            print(line)
    count = sum(fate.goes for fate in fates)
    if not count:
        _say(settings, "there is nothing to remove")
        return
    needed = f"{counted(contents, 'content')} that nothing else needs, {human_size(size)}"
    _say(settings, f"{counted(count, 'set')}, and with them {needed}")
    if settings[table.PLAN_ONLY]:
        return
    asks = settings[table.CONFIRM] and removal.is_granted  # else the refusal is the answer
    if asks and not confirm(f"Remove {counted(count, 'set')}?"):
        _say(settings, "nothing was removed")
        return
    _say(settings, freed_line(removal.carry_out()))


def _only(judge: Judge, numbers: Sequence[int]) -> Judge:
    """Return *judge*, kept from condemning more than what was shown."""

    def narrowed(sets: Sequence[BackupSet]) -> list[Fate]:
        return [fate for fate in judge(sets) if fate.backup.number in numbers]

    return narrowed


def _say(settings: Settings, text: str) -> None:
    if not settings[table.JSON]:
        print(text)
