"""Whom a daemon serves as, once it holds what only root may take."""

import ctypes
import grp
import os
import pwd
from dataclasses import dataclass
from typing import Any, Final

from tardis.model import ConfigError

_PR_SET_DUMPABLE: Final = 4
"""See linux/prctl.h."""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user to become, a group, or both.

    Attributes:
        user: Number of the user.
        group: Number of the group.
        name: Of the user, whose other groups count too; empty: there are none.
    """

    user: int
    group: int
    name: str = ""

    @property
    def is_ours(self) -> bool:
        """Whether there is nothing to change."""
        return (self.user, self.group) == (os.geteuid(), os.getegid())

    def own(self, path: str) -> None:
        """Give a file to the user, where there is somebody else to give it to.

        Raises:
            ConfigError: That is refused.
        """
        if self.is_ours:
            return
        try:
            os.chown(path, self.user, self.group)
        except OSError as error:
            raise ConfigError(f"cannot give {path} to the user: {error.strerror}") from error

    def become(self) -> None:
        """Be that user from now on, for good.

        Raises:
            ConfigError: We are not root.
        """
        if self.is_ours:
            return
        try:
            if self.name:
                os.initgroups(self.name, self.group)
            else:
                os.setgroups([self.group])
            os.setresgid(self.group, self.group, self.group)
            os.setresuid(self.user, self.user, self.user)
        except OSError as error:
            raise ConfigError(
                f"cannot become user {self.name or self.user}, group {self.group}: "
                f"{error.strerror}",
                hint="Only root can become another user: start as root, or leave that out.",
            ) from error
        # Whoever gave up rights may not look at itself in /proc; the store does, for its disk.
        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 1, 0, 0, 0)
        self._require_programs()

    def _require_programs(self) -> None:
        """Return if the user can read what is loaded only when it is needed.

        Raises:
            ConfigError: Sooner or later it would fail in the middle of a visit.
        """
        for part in (os.__file__, __file__):
            if not os.access(part, os.R_OK):
                raise ConfigError(
                    f"user {self.name or self.user} cannot read the programs in "
                    f"{os.path.dirname(part)}",
                    hint="Install Tardis where everybody may read it.",
                )


def identity_of(user: str, group: str) -> Identity:
    """Return whom *user* and *group* mean, names or numbers; where both are empty, ourselves.

    Raises:
        ConfigError: There is no such user or group.
    """
    found = _found(pwd.getpwnam, pwd.getpwuid, user, "user") if user else None
    chosen = _found(grp.getgrnam, grp.getgrgid, group, "group") if group else None
    number = chosen.gr_gid if chosen else found.pw_gid if found else os.getegid()
    return Identity(found.pw_uid if found else os.geteuid(), number, found.pw_name if found else "")


def _found(by_name: Any, by_number: Any, text: str, what: str) -> Any:
    try:
        return by_number(int(text)) if text.isascii() and text.isdigit() else by_name(text)
    except (KeyError, OverflowError):
        raise ConfigError(f"there is no {what} {text} on this machine") from None
