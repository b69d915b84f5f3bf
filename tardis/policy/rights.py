"""What a client may ask of a server over the network, and what a wish needs.

Who may write the store's files may do everything; rights bind those who only reach a port.
"""

from collections.abc import Iterable

from tardis.model import Right, UsageError


def changed_rights(
    now: Iterable[Right], granted: Iterable[Right], revoked: Iterable[Right]
) -> tuple[Right, ...]:
    """Return *now* with some more rights and without others, in the order of `Right`.

    Raises:
        UsageError: One is granted and revoked at once.
    """
    granted, revoked = set(granted), set(revoked)
    if both := granted & revoked:
        raise UsageError(f"the right {min(both)} is granted and revoked at once")
    wanted = (set(now) | granted) - revoked
    return tuple(right for right in Right if right in wanted)


def needed_rights(
    name: str, form: str, priority: int, usual: int | None
) -> list[tuple[Right, str]]:
    """Return (right, what it is needed for) of a set that a client wishes to make.

    Args:
        name: Wanted name, or empty.
        form: Wanted format of the name, or empty.
        priority: Wanted priority, below 0 for none.
        usual: Priority that comes with *form*, None when there is none.
    """
    needed = [(Right.ADD, "add backup sets")]
    if name:
        needed.append((Right.NAME, "give its sets names"))
    elif form:
        needed.append((Right.NAME, "choose the kind of its sets"))
    if priority >= 0 and priority != usual:
        needed.append((Right.PRIORITY, "choose the priority of its sets"))
    return needed
