"""The words after ``-o``, as fstab and mount write them."""

from dataclasses import dataclass, field
from typing import Final

from tardis.model import UsageError

_FLAGS: Final = {
    "database": "--database",
    "client": "--client",
    "host": "--client",
    "dbname": "--dbname",
    "dbdir": "--dbdir",
    "config": "--config",
    "job": "--job",
    "password": "--password",
    "pwfile": "--password-file",
    "pwprog": "--password-prog",
    "keys": "--keys",
    "current": "--current",
    "cachetime": "--cachetime",
    "logfile": "--log",
}
"""Option of the mount and the program's own that it stands for."""

_SWITCHES: Final = {"repoint": "--repoint", "nocrypt": "--nocrypt", "noauth": "--noauth"}

# fmt: off
_DROPPED: Final = frozenset((
    "auto", "noauto", "user", "nouser", "users", "owner", "group", "rw", "ro", "dev", "nodev",
    "suid", "nosuid", "exec", "noexec", "_netdev", "nofail", "async", "sync", "defaults",
    "relatime", "norelatime", "strictatime", "lazytime", "atime", "noatime", "diratime",
    "nodiratime", "dirsync", "iversion", "silent", "loud",
))
# fmt: on
"""What mount hands on for its own sake; the file system is ``ro,nodev,nosuid`` anyway."""

FIXED: Final = {
    "ro": True,
    "nosuid": True,
    "nodev": True,
    "default_permissions": True,
    "fsname": "tardisfs",
    "subtype": "tardisfs",
}
"""What is mounted with whatever else is asked for."""

_LOUDEST: Final = 9

_NO_SOURCE: Final = frozenset(("", "0", "none", "tardisfs"))


@dataclass(slots=True)
class MountOptions:
    """What a command line of mount comes to.

    Attributes:
        words: For the program's own parser.
        fuse: Options for FUSE, by name; True for those without a value.
    """

    words: list[str] = field(default_factory=list)
    fuse: dict[str, str | bool] = field(default_factory=dict)


def mount_words(given: tuple[str, ...], places: tuple[str, ...]) -> MountOptions:
    """Return what the texts after ``-o`` and the positional arguments mean.

    Args:
        given: Each as written, options parted by commas; ``\\,`` is a comma.
        places: ``[SOURCE] MOUNTPOINT``; a source that names something is the database,
            unless an option names another.

    Raises:
        UsageError: A value is missing, or there are too many places.
    """
    found = MountOptions()
    for text in given:
        for option in _parted(text):
            _take(option, found)
    if len(places) > 2:  # noqa: PLR2004 - source and mount point
        raise UsageError("too many arguments", hint="tardisfs [SOURCE] MOUNTPOINT -o OPTIONS")
    is_told = any(word.startswith("--database=") for word in found.words)
    if len(places) == 2 and places[0] not in _NO_SOURCE and not is_told:  # noqa: PLR2004
        found.words += ["--database", places[0]]
    return found


def _take(option: str, found: MountOptions) -> None:
    name, equals, value = option.partition("=")
    if name == "verbose":
        if equals and not value.isdecimal():
            raise UsageError(f"the mount option verbose={value} is no number", hint="-o verbose=2")
        found.words += ["--verbose"] * (min(int(value), _LOUDEST) if equals else 1)
    elif name == "password" and not value:
        found.words.append("--password")
    elif name in _FLAGS:
        if not equals:
            raise UsageError(f"the mount option {name} needs a value", hint=f"-o {name}=...")
        found.words.append(f"{_FLAGS[name]}={value}")
    elif name in _SWITCHES:
        found.words.append(_SWITCHES[name])
    elif name not in _DROPPED and not name.startswith(("x-", "comment")):
        found.fuse[name] = value if equals else True


def _parted(text: str) -> list[str]:
    """Cut *text* at its commas, but for those behind a backslash."""
    parts = text.replace("\\,", "\0").split(",")
    return [part.replace("\0", ",") for part in parts if part]
