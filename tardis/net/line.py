"""A line: messages over a transport.  The only place that knows both bytes and messages."""

import time
from collections import deque
from threading import Event, Lock, Thread, current_thread
from typing import Final

from tardis.model import (
    LineLostError,
    LocalProtocolError,
    RemoteProtocolError,
    TardisError,
    from_wire,
)
from tardis.protocol import Message, Session, State, release
from tardis.protocol.messages import Alive, Trouble

from .inbox import Inbox
from .transport import Transport

HEARTBEAT: Final = 30.0
"""Seconds between two signs of life."""

SILENCE: Final = 90.0
"""Seconds without a byte after which a peer that sends signs of life counts as gone."""

FAREWELL: Final = 2.0
"""Seconds to tell the peer why we give up, and to look for the peer's own reason."""

_LAST_LOOK: Final = 0.2
_TEXT_MAX: Final = 900
_HINT_MAX: Final = 300
"""Bytes of a trouble; thrice as many, as JSON may take, fit into a frame of the greeting."""


class Line:
    """One end of a conversation.

    Any thread may speak; one thread hears.  A thread of the line's own reads ahead, so
    that both sides may send a lot at once.  It closes the transport in the end.

    Args:
        transport: Connected; used by this line alone from now on.
        session: Fresh, for our side.
        timeout: Seconds that `hear` waits for a message until `start_heartbeat`.
        queue_bytes: Received bytes that may wait before reading rests; None: no limit,
            which one of the two sides must have.

    Attributes:
        bytes_sent: Counts what was given to the transport.
        messages_sent: Counts messages, signs of life included, like `messages_received`.
    """

    def __init__(
        self,
        transport: Transport,
        session: Session,
        *,
        timeout: float = 300.0,
        queue_bytes: int | None = None,
    ) -> None:
        self._transport = transport
        self._session = session
        self._timeout = timeout
        self._silence: float | None = None
        self._inbox = Inbox(transport, queue_bytes)
        self._heard: deque[Message] = deque()
        self._speaking, self._hearing = Lock(), Lock()
        self._failure: TardisError | None = None
        self._is_torn = False
        self._closing = Event()
        self._heart: Thread | None = None
        self.bytes_sent = self.messages_sent = self.messages_received = 0

    @property
    def peer(self) -> str:
        """Who is at the other end, printable."""
        return self._transport.peer

    @property
    def is_local(self) -> bool:
        """Whether the peer runs on this machine."""
        return self._transport.is_local

    @property
    def binding(self) -> bytes:
        """What tells a secured line from any other; see `Transport`."""
        return self._transport.binding

    @property
    def bytes_received(self) -> int:
        """Counts what came from the transport, looked at or not."""
        return self._inbox.received

    def say(self, message: Message) -> None:
        """Send *message*; waits while the peer does not read.

        Raises:
            LocalProtocolError: It is not our turn to say this.
            LineLostError: The peer is gone or silent, or the line was closed.
            TardisError: The peer had told its trouble before it left.
        """
        while not self._speaking.acquire(timeout=_LAST_LOOK):
            self._refuse_silence()
        try:
            if self._failure is not None:
                raise self._failure
            self._write(message)
            return
        except (LineLostError, LocalProtocolError) as error:
            if isinstance(error, LocalProtocolError) and not self._is_over():
                raise
            lost = error
        finally:
            self._speaking.release()
        raise self._explained(lost)

    def hear(self, timeout: float | None = None) -> Message | None:
        """Return the next message, or None when *timeout* seconds bring none.

        Without *timeout* it waits as long as the line allows: the line's own timeout, or
        `SILENCE` once signs of life are exchanged.  A *timeout* of 0 does not wait.

        Raises:
            LineLostError: The peer is gone or silent; all it said before was returned.
            RemoteProtocolError: The peer spoke nonsense or out of turn.
            TardisError: The peer told its trouble.
        """
        with self._hearing:
            message = self._next()
            if message is not None:
                return message
            now = time.monotonic()
            return self._await(now + self._timeout, None if timeout is None else now + timeout)

    def start_heartbeat(self, every: float = HEARTBEAT, silence: float = SILENCE) -> None:
        """Send signs of life from now on, and expect them.

        Args:
            every: Seconds between two of ours.
            silence: Seconds without any byte that end the line.
        """
        self._silence = silence
        if self._heart is None:
            self._heart = Thread(target=self._beat, args=(every,), name="heartbeat", daemon=True)
            self._heart.start()

    def give_up(self, error: TardisError) -> None:
        """Tell the peer of *error* if it still listens, then close."""
        text, hint = _cut(str(error), _TEXT_MAX), _cut(error.hint, _HINT_MAX)
        trouble = Trouble(error.wire_code or "internal", text, hint)
        last = Thread(target=self._try_to_say, args=(trouble,), name="farewell", daemon=True)
        last.start()
        last.join(FAREWELL)
        self.close()

    def close(self) -> None:
        """End the line and its threads; harmless when repeated."""
        self._closing.set()
        self._transport.close()
        self._inbox.stop()
        if self._heart is not None and self._heart is not current_thread():
            self._heart.join(FAREWELL)

    def _write(self, message: Message) -> None:
        """Encode and write, in one turn; the caller holds `_speaking`.

        Nothing may follow a frame that an interruption cut in the middle.
        """
        if self._is_torn:
            raise LineLostError(f"the line to {self.peer} ends in the middle of a message")
        parts = self._session.send_parts(message)
        self._is_torn = True
        self._transport.write(*parts)
        self._is_torn = False
        size = sum(map(len, parts))
        release(parts)
        self.messages_sent += 1
        self.bytes_sent += size

    def _try_to_say(self, message: Message) -> None:
        if not self._speaking.acquire(timeout=FAREWELL):
            return
        try:
            self._write(message)
        except (LineLostError, LocalProtocolError):
            return
        finally:
            self._speaking.release()

    def _next(self) -> Message | None:
        """Return the next message that is here already; signs of life are dropped."""
        while True:
            message = self._heard.popleft() if self._heard else self._decode()
            if message is None:
                chunk = self._inbox.take(0)
                if not chunk:
                    return None
                self._session.receive_data(chunk)
            elif isinstance(message, Trouble):
                text, hint = _safe(message.text), _safe(message.hint)
                raise self._failed(from_wire(message.code, text, hint))
            elif not isinstance(message, Alive):
                return message

    def _decode(self) -> Message | None:
        if self._failure is not None:
            raise self._failure
        try:
            message = self._session.next_message()
        except RemoteProtocolError as error:
            raise self._failed(error) from error
        self.messages_received += message is not None
        return message

    def _await(self, limit: float, deadline: float | None) -> Message | None:
        """Wait for a message: until *deadline*, and no longer than the line allows."""
        while True:
            chunk = self._inbox.take(self._patience(limit, deadline))
            if chunk == b"":
                raise self._failed(self._inbox.failure or self._gone())
            if chunk is not None:
                self._session.receive_data(chunk)
                message = self._next()
                if message is not None:
                    return message
            now = time.monotonic()
            if deadline is not None and now >= deadline:
                return None
            if chunk is None:
                self._refuse_silence(limit)

    def _patience(self, limit: float, deadline: float | None) -> float:
        """Return the seconds to wait until the next reason to stop waiting."""
        now = time.monotonic()
        left = limit - now
        if self._silence is not None:
            left = self._silence - self._inbox.silence()
        return left if deadline is None else min(left, deadline - now)

    def _refuse_silence(self, limit: float | None = None) -> None:
        """Raise when the peer has been silent for longer than it may."""
        if self._silence is None:
            is_silent = limit is not None and time.monotonic() >= limit
        else:
            is_silent = self._is_silent(self._silence)
        if is_silent:
            raise self._failed(LineLostError(f"{self.peer} has not answered for too long"))

    def _is_silent(self, limit: float) -> bool:
        """Tell whether nothing came for *limit* seconds.

        Looks twice: when we were the ones who stood still, what came meanwhile needs a
        moment to be read.
        """
        if self._inbox.silence() <= limit:
            return False
        self._closing.wait(_LAST_LOOK)
        return self._inbox.silence() > limit

    def _is_over(self) -> bool:
        """Tell whether the conversation ended, perhaps by what another thread heard."""
        return self._session.state is State.CLOSED

    def _failed(self, error: TardisError) -> TardisError:
        """Remember the first failure; all who speak or hear from now on get it."""
        if self._failure is None:
            self._failure = error
        return self._failure

    def _gone(self) -> LineLostError:
        if self._closing.is_set():
            return LineLostError(f"the line to {self.peer} is closed")
        return LineLostError(f"{self.peer} closed the line")

    def _explained(self, lost: TardisError) -> TardisError:
        """Return the trouble that the peer told before it left, else *lost*."""
        if not self._hearing.acquire(timeout=FAREWELL):
            return self._failure or lost
        try:
            self._look_through()
        except TardisError as error:
            return self._failed(error)
        finally:
            self._hearing.release()
        return self._failed(lost)

    def _look_through(self) -> None:
        """Keep what was received for `hear`, and raise the peer's trouble at its end."""
        kept: deque[Message] = deque()
        try:
            while True:
                message = self._next()
                if message is not None:
                    kept.append(message)
                    continue
                chunk = self._inbox.take(FAREWELL)
                if not chunk:
                    return
                self._session.receive_data(chunk)
        finally:
            self._heard.extend(kept)

    def _beat(self, every: float) -> None:
        while not self._closing.wait(every):
            try:
                self._refuse_silence()
            except TardisError:
                self._transport.close()
                return
            if self._speaking.acquire(blocking=False):  # whoever speaks is alive
                try:
                    if self._session.may_send(Alive):
                        self._write(Alive())
                except (LineLostError, LocalProtocolError):
                    return
                finally:
                    self._speaking.release()


def _cut(text: str, size: int) -> str:
    """Return *text* as it may travel: no surrogates, *size* bytes at the most."""
    return text.encode(errors="backslashreplace")[:size].decode(errors="ignore")


def _safe(text: str) -> str:
    """Return a stranger's words with what could move a terminal's cursor escaped."""
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else ascii(one)[1:-1] for one in text)
