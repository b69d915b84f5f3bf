"""One reader's way to a tardisremote: requests that outlive a connection, a server, a session.

Every request may be made twice, for none changes anything but a login: what fails on the way
is tried again, later and later, as long as a server may take to be started anew.
"""

import json
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, NoReturn, TypeVar

import requests
from urllib3.exceptions import HTTPError

from tardis.model import (
    AuthenticationError,
    IntegrityError,
    LineLostError,
    RemoteProtocolError,
    StoreError,
    from_wire,
)
from tardis.net.http_login import Ticket
from tardis.net.http_place import HttpPlace
from tardis.protocol import lookups

from .trusted import TrustedAdapter

PATIENCE: Final = 60.0
"""Seconds that a server which has answered before is waited for."""

FIRST_PATIENCE: Final = 1.0
"""Seconds that one is waited for that never has."""

_CONNECT_SECONDS: Final = 10.0
_READ_SECONDS: Final = 120.0
_CHANGE_SECONDS: Final = 6 * 3600.0
"""Removing sets moves what stays in packs that are nearly empty, which may take a while."""
_PAUSE: Final = 0.1
_LONGEST_PAUSE: Final = 3.0
_CHUNK: Final = 256 << 10
_MOST_ERROR: Final = 64 << 10
_UNAUTHORIZED: Final = 401
_AWAY: Final = (429, 502, 504)
"""What a proxy says while the server behind it is not there."""

_TOKEN: Final = "X-Tardis-Token"


T = TypeVar("T")


class HttpLine:
    """Asks one server about one client; one thread uses it.

    Args:
        place: The server.
        ticket: Of the client; renewed where the server wants that.
        pin: Fingerprint of the server's key, empty: its certificate has to be trusted.
        sleep: Waits for some seconds.
        clock: Seconds that never go back.

    Attributes:
        requests: How many were made.
    """

    def __init__(
        self,
        place: HttpPlace,
        ticket: Ticket,
        pin: str = "",
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._place = place
        self._ticket = ticket
        self._sleep, self._clock = sleep, clock
        self.requests = 0
        self._was_there = False
        self._session = requests.Session()
        self._session.trust_env = False  # no passwords out of ~/.netrc, no one between us
        self._session.headers["Accept-Encoding"] = "identity"
        self._session.cookies.update(ticket.cookies)
        self._trusted: TrustedAdapter | None = None
        if place.is_secure:
            self._trusted = TrustedAdapter(place.host, pin)
            self._session.mount("https://", self._trusted)

    @property
    def server(self) -> str:
        """The server, for messages."""
        return self._place.url

    def get(
        self, path: str, query: Mapping[str, str] | None = None, etag: str = ""
    ) -> tuple[bytes | None, str]:
        """Return the answer, None when *etag* still holds, and its etag.

        Raises:
            TardisError: The server refuses, or cannot be reached.
        """
        headers = {"If-None-Match": etag} if etag else {}

        def ask() -> tuple[bytes | None, str]:
            answer = self._send("GET", path, params=query, headers=headers)
            with answer:
                data = None if answer.status_code == 304 else _read(answer)  # noqa: PLR2004
                return data, answer.headers.get("ETag", "")

        return self._patiently(ask)

    def ask(self, path: str, body: bytes) -> bytes:
        """Return the answer to a question that has a body; see `get`."""
        headers = {"Content-Type": lookups.MEDIA}

        def ask() -> bytes:
            with self._send("POST", path, data=body, headers=headers) as answer:
                return _read(answer)

        return self._patiently(ask)

    def begin(self, path: str, begin: int, end: int | None) -> tuple[int, "Arriving"]:
        """Return the length of a file, and its bytes from *begin* on as they arrive.

        Args:
            path: Of the file.
            begin: First byte.
            end: Behind the last one; None for all.

        Raises:
            IntegrityError: The file is not there, or ends before.
            TardisError: See `get`.
        """
        last = "" if end is None else str(end - 1)
        headers = {"Range": f"bytes={begin}-{last}"}

        def ask() -> tuple[int, Arriving]:
            answer = self._send("GET", path, headers=headers)
            try:
                return _length(answer, begin), Arriving(answer)
            except BaseException:
                answer.close()
                raise

        return self._patiently(ask)

    def post(self, path: str, fields: Mapping[str, Any]) -> Any:
        """See `login.Asker.post`."""
        with self._send("POST", path, json=fields, is_login=True) as answer:
            return _json(answer, _read(answer))

    def change(self, path: str, fields: Mapping[str, Any]) -> Any:
        """Let the server change something; return the parsed answer. Asked once only.

        Raises:
            LineLostError: The line was cut: it may have been changed, or not.
            TardisError: The server refuses.
        """
        try:
            with self._send("POST", path, json=fields, seconds=_CHANGE_SECONDS) as answer:
                return _json(answer, _read(answer))
        except requests.RequestException as error:
            self._give_up(error)

    def tell(self, path: str) -> Any:
        """Return what the server tells in JSON; see `get`."""

        def ask() -> Any:
            with self._send("GET", path) as answer:
                return _json(answer, _read(answer))

        return self._patiently(ask)

    def close(self) -> None:
        """Let go of all connections."""
        self._session.close()

    def _patiently(self, ask: Callable[[], T]) -> T:
        """Return what *ask* does, asked again while the line is cut and patience lasts."""
        until, pause = 0.0, _PAUSE
        while True:
            try:
                return ask()
            except requests.exceptions.SSLError as error:
                self._distrust(error)
            except requests.RequestException as error:
                now = self._clock()
                until = until or now + (PATIENCE if self._was_there else FIRST_PATIENCE)
                if now + pause > until:
                    self._give_up(error)
            self._sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)

    def _send(self, method: str, path: str, *, is_login: bool = False, **what: Any) -> Any:
        """Return the answer to one request, which is no refusal; log in where that is needed."""
        answer = self._request(method, path, **what)
        if answer.status_code == _UNAUTHORIZED and not is_login:
            answer.close()
            self._log_in()
            answer = self._request(method, path, **what)
        if answer.status_code in _AWAY:
            answer.close()
            raise requests.ConnectionError(f"status {answer.status_code}")
        if answer.status_code >= 400 and answer.status_code != 416:  # noqa: PLR2004
            with answer:
                _refused(answer, self.server)
        self._was_there = True
        return answer

    def _request(self, method: str, path: str, **what: Any) -> requests.Response:
        self.requests += 1
        headers = dict(what.pop("headers", {}))
        seconds = what.pop("seconds", _READ_SECONDS)
        if method == "POST" and self._ticket.token:
            headers[_TOKEN] = self._ticket.token
        return self._session.request(
            method,
            self._place.url + path,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=(_CONNECT_SECONDS, seconds),
            **what,
        )

    def _log_in(self) -> None:
        """Begin a session of our own; that of another process lives on."""
        self._session.cookies.clear()
        self._ticket.token = ""
        binding = self._trusted.binding if self._trusted is not None else b""
        self._ticket.log_in(self, binding)
        kept = self._session.cookies.get_dict()
        self._ticket.cookies = {name: value or "" for name, value in kept.items()}

    def _distrust(self, error: requests.exceptions.SSLError) -> NoReturn:
        raise AuthenticationError(
            f"the certificate of {self.server} is not trusted: {_why(error)}",
            hint="Check that it has a certificate that this machine trusts, or give its --pin.",
        ) from error

    def _give_up(self, error: requests.RequestException) -> NoReturn:
        raise LineLostError(
            f"{self.server} cannot be reached: {_why(error)}",
            hint="Check that a tardisremote listens there.",
        ) from error


class Arriving:
    """The body of an answer while it arrives; close it."""

    def __init__(self, answer: requests.Response) -> None:
        self._answer = answer

    def read(self, count: int) -> bytes:
        """Return up to *count* bytes; none at the end, or when the line is cut."""
        try:
            return bytes(self._answer.raw.read(count))
        except (HTTPError, OSError):
            return b""

    def close(self) -> None:
        """Let go of the connection, which serves others when all has arrived."""
        self._answer.close()


def _read(answer: requests.Response) -> bytes:
    """Return a whole answer; one whose length is told is read at once, and never copied.

    Raises:
        RemoteProtocolError: It is longer than any that we ask for.
    """
    told = answer.headers.get("Content-Length", "")
    is_known = told.isdecimal() and int(told) <= lookups.MAX_ANSWER
    parts, size = [], 0
    for part in answer.iter_content(None if is_known else _CHUNK):
        size += len(part)
        if size > lookups.MAX_ANSWER:
            raise RemoteProtocolError("the server's answer is longer than any can be")
        parts.append(part)
    return b"".join(parts)


def _length(answer: requests.Response, begin: int) -> int:
    """Return the length of the file that *answer* is a range of.

    Raises:
        IntegrityError: There is nothing at *begin*.
        RemoteProtocolError: It is another range.
    """
    told = answer.headers.get("Content-Range", "")
    unit, _, rest = told.partition(" ")
    span, _, length = rest.partition("/")
    if answer.status_code == 416 and length.isdigit():  # noqa: PLR2004
        raise IntegrityError(f"a stored file has {length} bytes only")
    first = span.partition("-")[0]
    if unit != "bytes" or not first.isdigit() or int(first) != begin or not length.isdigit():
        raise RemoteProtocolError("the server did not answer with the range that was asked for")
    return int(length)


def _json(answer: requests.Response, data: bytes) -> Any:
    try:
        return json.loads(data)
    except (ValueError, RecursionError):
        raise RemoteProtocolError(f"{answer.url} did not answer as a tardisremote does") from None


def _refused(answer: requests.Response, server: str) -> NoReturn:
    """Raise what a refusal says."""
    data = answer.raw.read(_MOST_ERROR, decode_content=True)
    try:
        said = json.loads(data)
        code, message, hint = said["error"], said["message"], said.get("hint", "")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise StoreError(
            f"{server} answered with status {answer.status_code}",
            hint="Check that --database names a tardisremote.",
        ) from None
    raise from_wire(str(code), str(message), str(hint))


def _why(error: BaseException) -> str:
    """Return the innermost reason of *error*, in the operating system's words if it has any."""
    seen: BaseException | None = error
    found = str(error)
    while seen is not None:
        found = getattr(seen, "verify_message", "") or getattr(seen, "strerror", "") or found
        reason = getattr(seen, "reason", None)
        inner = next((one for one in seen.args if isinstance(one, BaseException)), None)
        seen = reason if isinstance(reason, BaseException) else inner
    return found
