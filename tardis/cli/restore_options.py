"""How things are restored, as the settings say."""

from tardis.config import Settings, table
from tardis.history import ExtractOptions, Switches

from .asking import Question
from .restore_user import reads_as


def restore_options(settings: Settings) -> ExtractOptions:
    """Return how *settings* want things restored, into the current directory.

    Raises:
        UsageError: A person is to be asked, and there is no terminal.
    """
    is_asking = settings[table.OVERWRITE] == "ask"
    return ExtractOptions(
        b".",
        overwrite=settings[table.OVERWRITE],
        damaged=settings[table.AUTHFAIL_ACTION] if settings[table.AUTHENTICATE] else "keep",
        hard_links=settings[table.HARD_LINKS],
        recurse=settings[table.RECURSE],
        jobs=settings[table.JOBS],
        switches=Switches(
            times=settings[table.SET_TIMES],
            perms=settings[table.SET_PERMS],
            attrs=settings[table.SET_ATTRS],
            acl=settings[table.SET_ACL],
        ),
        ask=Question() if is_asking else None,
        reads_as=reads_as(settings),
    )
