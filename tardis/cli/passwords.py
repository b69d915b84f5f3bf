"""Passwords: given, read from a file or URL, told by a program, or asked for."""

import getpass
import importlib
import os
import resource
import shlex
import subprocess
import sys
from typing import Final, NamedTuple

from tardis.config import Option, Secret, Settings, table
from tardis.crypto import canonical, password_bytes, strength_of
from tardis.model import AuthenticationError, UsageError

_URLS: Final = ("file:", "http:", "https:", "ftp:")
_LONGEST: Final = 1 << 16
_SECONDS: Final = 60.0


class Ways(NamedTuple):
    """The three options that say where a password comes from."""

    direct: Option[Secret | None]
    file: Option[str]
    program: Option[str]


USUAL: Final = Ways(table.PASSWORD, table.PASSWORD_FILE, table.PASSWORD_PROG)
NEW: Final = Ways(table.NEW_PASSWORD, table.NEW_PASSWORD_FILE, table.NEW_PASSWORD_PROG)


class PasswordSource:
    """The password of one run, found when it is first needed.

    Args:
        settings: Say which way.
        ways: The options to look at.
        prompt: What to ask with, without the colon.

    Attributes:
        is_given: Some option speaks of a password.
    """

    def __init__(self, settings: Settings, prompt: str, ways: Ways = USUAL) -> None:
        self._settings = settings
        self._prompt = prompt
        self._ways = ways
        direct = settings[ways.direct]
        self._may_log_in = table.AUTHENTICATION not in settings or settings[table.AUTHENTICATION]
        given = bool(direct is not None or settings[ways.file] or settings[ways.program])
        self.is_given = given and self._may_log_in
        self._is_typed = not self.is_given or (direct is not None and not direct.reveal())
        self._found: str | None = None

    def known(self) -> bytes:
        """Return the password; asked for once when it is not given.

        Raises:
            AuthenticationError: There is none, and no terminal to ask at; or none may be used.
            UsageError: It cannot be read, is empty, or a mistyped recovery code.
        """
        if self._found is None:
            self._found = canonical(self._find())
        return password_bytes(self._found)

    def fresh(self) -> bytes:
        """Return a password that is set now: typed twice, and not too weak.

        Raises:
            UsageError: It is too weak, or was not the same both times.
            AuthenticationError: There is no terminal to ask at.
        """
        password = self.known()
        if self._is_typed and self._again() != password:
            raise UsageError("the two passwords are not the same", hint="Try again.")
        self._require_strength(password.decode("utf-8", "surrogateescape"))
        return password

    def _again(self) -> bytes:
        return password_bytes(canonical(ask_password(f"{self._prompt}, again")))

    def _find(self) -> str:
        settings, ways = self._settings, self._ways
        if not self._may_log_in:
            raise AuthenticationError(
                "the backup needs its password, and noauth lets nobody use one",
                hint="Leave noauth out.",
            )
        keep_no_core()
        if settings[ways.file]:
            return _required(read_password(settings[ways.file]), ways.file.spoken)
        if settings[ways.program]:
            return _required(run_program(settings[ways.program]), ways.program.spoken)
        direct = settings[ways.direct]
        text = "" if direct is None else direct.reveal()
        return text or _required(ask_password(self._prompt), self._prompt)

    def _require_strength(self, password: str) -> None:
        wanted = self._settings[table.PASSWORD_STRENGTH]
        found = strength_of(password)
        if found.ratio < wanted:
            raise UsageError(
                f"the password is too weak: {found.ratio:g} of 1, and {wanted:g} is wanted",
                hint=f"{found.advice} TARDIS_PW_STRENGTH=0 takes any.".strip(),
            )


def ask_password(prompt: str) -> str:
    """Return what the person types after *prompt*, unseen.

    Raises:
        AuthenticationError: There is no terminal: nobody is waited for.
    """
    if not sys.stdin.isatty():
        raise AuthenticationError(
            "a password is needed, and there is no terminal to ask for it",
            hint="Give it by --password-file or --password-prog.",
        )
    try:
        return getpass.getpass(f"{prompt}: ")
    except EOFError:
        return ""


def read_password(place: str) -> str:
    """Return the first line of the file or URL *place*, without blanks at its end.

    Raises:
        UsageError: It cannot be read.
    """
    is_url = place.lower().startswith(_URLS)
    try:
        return _first_line(_fetch(place) if is_url else _read(place))
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or getattr(error, "reason", None)
        kind = f"URL: {reason or 'it is not answered'}" if is_url else f"file {place}: {reason}"
        raise UsageError(f"cannot read the password {kind}") from None


def run_program(command: str) -> str:
    """Return the first line that *command*, split as a shell does, prints.

    Raises:
        UsageError: It cannot be run, fails, or takes longer than five minutes.
    """
    try:
        words = shlex.split(command)
        done = subprocess.run(words, stdout=subprocess.PIPE, timeout=5 * _SECONDS, check=False)
    except (OSError, ValueError, IndexError, subprocess.TimeoutExpired):
        raise UsageError("the program that is to tell the password cannot be run") from None
    if done.returncode:
        raise UsageError(
            f"the program that is to tell the password ended with status {done.returncode}"
        )
    return _first_line(done.stdout[:_LONGEST])


def keep_no_core() -> None:
    """Let no memory with a password in it be written to a core file."""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (0, hard))


def _read(path: str) -> bytes:
    with open(os.path.expanduser(path), "rb") as file:
        return file.read(_LONGEST)


def _fetch(url: str) -> bytes:
    """Return what *url* holds; its own module is loaded now, for hardly a run needs it."""
    found: bytes = importlib.import_module("tardis.cli.fetching").fetch(url, _LONGEST, _SECONDS)
    return found


def _first_line(data: bytes) -> str:
    return data.split(b"\n", 1)[0].decode("utf-8", "surrogateescape").rstrip()


def _required(password: str, place: str) -> str:
    if not password:
        raise UsageError(f"{place}: the password is empty")
    return password
