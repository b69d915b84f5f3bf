"""regenerate --as: the user whose permissions count."""

import os
import pwd

from tardis.config import Settings, table
from tardis.history import ReadsAs
from tardis.model import UsageError
from tardis.policy import Person
from tardis.render import escape_name


def reads_as(settings: Settings) -> ReadsAs | None:
    """Return the user that *settings* restore for; None when permissions do not count.

    Raises:
        UsageError: This machine knows nobody by that name.
    """
    given = settings[table.READS_AS]
    if not given:
        return None
    try:
        found = pwd.getpwuid(int(given)) if given.isdecimal() else pwd.getpwnam(given)
    except (KeyError, ValueError, OverflowError) as error:
        raise UsageError(f"there is no user {escape_name(given)} on this machine") from error
    groups = os.getgrouplist(found.pw_name, found.pw_gid)
    return ReadsAs(Person(found.pw_uid, frozenset(groups)), escape_name(found.pw_name))
