"""One client, from hello to goodbye."""

import time
from contextlib import closing
from functools import partial
from typing import Final

from tardis.model import (
    MODERN,
    AuthenticationError,
    IntegrityError,
    LineLostError,
    RemoteProtocolError,
    RightsError,
    StoreBusyError,
    StoreError,
)
from tardis.net import SILENCE, Line
from tardis.protocol import PROTOCOL, Message
from tardis.protocol.messages import (
    AddFilesystems,
    AddRoot,
    AskNewest,
    CloseSet,
    Contents,
    Digests,
    DigestVerdicts,
    Fingerprints,
    Goodbye,
    Hello,
    Kept,
    Listing,
    OpenSet,
    Owners,
    PurgeSets,
    SetClosed,
    SetOpened,
    Unlistable,
    Unread,
    UploadAbort,
    UploadBegin,
    UploadEnd,
    UploadPart,
    UploadSignature,
    WantSignatures,
)
from tardis.store import (
    Claim,
    DeltaKeeper,
    Grant,
    SetEnd,
    StoreWriter,
    begin_refresh,
    complete_set,
    copy_catalog,
    create_store,
    keys_of,
    open_set,
    read_grant,
    write_full_manifest,
)

from .aftermath import outcome_of, run_after_set
from .allowance import Allowance
from .asking import newest
from .beginning import set_wish
from .checks import (
    check_end,
    check_hello,
    check_owners,
    check_scheme,
    check_wish,
    new_client_keys,
)
from .churn import Churn
from .closing import force_full, heads_for, naming, signed_now
from .intake import MAX_ITEMS, Intake
from .login import Login
from .offers import Offers
from .opening import open_store
from .options import DaemonOptions, Log
from .permits import Permit, usual_priority
from .purging import Purging, overridden, require_enabled, require_room
from .receiving import Receiving
from .settling import Settling
from .shared import Shared

HANDSHAKE_SECONDS: Final = 30.0
LOOK_ROUND_SECONDS: Final = 1.0
SHORTEST_SILENCE: Final = 45.0
"""Seconds of silence that every line may keep: signs of life come every 30."""

MANY: Final = ("contents", "upload.part", "digests", "digest.verdicts")
"""Kinds of message that only the highest level of the log tells of."""


class Visit:
    """Serves one line.

    Args:
        line: Fresh.
        options: The administrator's.
        shared: With all other visits.
        log: Takes one line of text for the log.
    """

    def __init__(
        self,
        line: Line,
        options: DaemonOptions,
        shared: Shared,
        log: Log,
    ) -> None:
        self._line = line
        self._usual = self._options = options
        self._shared = shared
        self._log = log
        self._is_known = False
        self._looked = time.monotonic()

    def serve(self) -> None:
        """Go through the whole conversation; raises what ends it early."""
        hello = self._greet()
        silence = min(SILENCE, max(self._options.timeout, SHORTEST_SILENCE))
        self._line.start_heartbeat(silence=silence)
        while True:
            match self._line.hear(LOOK_ROUND_SECONDS):
                case None:
                    self._shared.require_running()
                case AskNewest() as wanted:
                    self._require_login(hello.client)
                    place = self._options.place
                    self._line.say(newest(place, hello.client, wanted, time.time_ns()))
                case OpenSet() as wish:
                    with self._shared.turns.turn(self._line, hello.client, self._log):
                        self._back_up(hello, wish)
                case PurgeSets() as purge:
                    self._require_login(hello.client)
                    self._line.say(self._purging(hello.client).on_request(purge))
                case Goodbye():
                    return
                case other:
                    raise RemoteProtocolError(f"unexpected {other!r}")

    def _greet(self) -> Hello:
        hello = self._line.hear(HANDSHAKE_SECONDS)
        if not isinstance(hello, Hello):
            raise LineLostError("the client did not greet in time")
        if hello.version != PROTOCOL:
            raise RemoteProtocolError(
                f"the client speaks version {hello.version} of the protocol, "
                f"this server version {PROTOCOL}",
                hint="Install the same release on both sides.",
            )
        check_hello(hello)
        shared = self._shared
        login = Login(self._line, self._options, shared.attempts, shared.state, self._log)
        welcome = login.admit(hello, keys_of(self._options.place, hello.client))
        self._is_known = bool(welcome.proof)
        self._line.say(welcome)
        return hello

    def _back_up(self, hello: Hello, wish: OpenSet) -> None:
        check_wish(wish)
        usual = usual_priority(self._options, wish.format)
        self._permit(hello.client).require_set(wish, usual)
        self._prepare_store(hello, wish)
        purpose = f"backup of {hello.client}, session {wish.session[:40]}"
        claim = Claim(purpose, is_forced=wish.is_forced)
        writer = open_store(self._options, hello.client, claim, self._shared.flushers)
        try:
            self._options = overridden(self._usual, writer, hello.client, self._log)
            check_scheme(wish, writer.repository)
            self._purging(hello.client).before_backup(writer, self._options)
            with closing(DeltaKeeper(writer, links=self._options.links_basis)) as keeper:
                has_changed = self._run(writer, keeper, hello, wish)
            has_changed |= self._purging(hello.client).after_backup(writer, self._options)
            if has_changed:
                copy_catalog(writer.layout, self._options.db_backups)
        finally:
            writer.close()
        run_after_set(self._usual.after_set, self._outcome, self._log, self._shared.is_stopping)

    def _require_login(self, client: str, *, is_bringing_keys: bool = False) -> None:
        """Make sure that a store which has a password by now is used by who knows it."""
        keys = keys_of(self._options.place, client)
        if is_bringing_keys or (keys is not None and keys.slots and not self._is_known):
            raise AuthenticationError(
                f"the client {client} has got a password meanwhile", hint="Try again."
            )

    def _quota(self, client: str) -> Grant:
        return Grant() if self._options.is_local else read_grant(self._options.place, client)

    def _permit(self, client: str) -> Permit:
        return Permit(self._usual, client, self._line.peer, self._log)

    def _purging(self, client: str) -> Purging:
        flushers, permit = self._shared.flushers, self._permit(client)
        return Purging(self._usual, flushers, permit, (client, self._log))

    def _prepare_store(self, hello: Hello, wish: OpenSet) -> None:
        """Make the client's store if that was asked for and is allowed."""
        options, client = self._options, hello.client
        keys = keys_of(options.place, client)
        if keys is not None:
            if wish.is_creating:
                raise StoreError(
                    f"the client {client} has a store already", hint="Leave out --create."
                )
            self._require_login(client, is_bringing_keys=bool(wish.keys))
            return
        if not (wish.is_creating or options.is_local):
            hint = "Run the first backup with --create."
            raise StoreError(f"the client {client} is not known here", hint=hint)
        require_enabled(options, client)
        if not options.allow_new_hosts:
            raise RightsError(f"this server takes no new clients, and {client} is new")
        keys = new_client_keys(hello, wish)
        scheme = wish.scheme or MODERN
        create_store(options.place, client, private=options.is_private, scheme=scheme, keys=keys)
        self._is_known = True
        self._log(f"created a store for {client}")

    def _run(self, writer: StoreWriter, keeper: DeltaKeeper, hello: Hello, wish: OpenSet) -> bool:
        ask = writer.ask
        is_first = not ask.knows_directories()
        has_history = any(one.is_complete for one in ask.sets())
        begun = open_set(writer, set_wish(writer, (hello, wish), self._options, self._line.peer))
        self._log(f"{hello.client}: began set {begun.number}, session {wish.session}")
        self._allowance = Allowance(writer, hello.client, self._quota(hello.client))
        is_full = wish.is_full or force_full(self._options, writer, wish)
        if writer.cipher:
            begin_refresh(writer, is_full=is_full)
        rules = None if is_full else self._options.deltas
        pulse, repository = partial(self._look_round, writer), writer.repository
        offers = Offers(writer, keeper, rules, pulse)
        settling = Settling(writer, offers, self._churn(writer) if has_history else None)
        intake = Intake(writer, settling, has_history)
        receiving = Receiving(writer, settling, keeper, offers, pulse)
        told = (begun.number, begun.name, is_first, repository.id, repository.scheme)
        rest = (repository.digest_key, tuple(ask.filesystems()), heads_for(writer, wish.head))
        self._line.say(SetOpened(*told, *rest))
        try:
            self._hear_all(writer, intake, settling, receiving)
            if is_full and not writer.cipher:
                self._refresh(writer, keeper)
            return self._close(writer, intake, settling, (hello, wish))
        except LineLostError:
            writer.drain()
            raise
        except IntegrityError:
            offers.distrust()
            raise
        finally:
            receiving.leave()

    @staticmethod
    def _churn(writer: StoreWriter) -> Churn | None:
        """Return what looks at contents; sealed ones all look like chance."""
        return None if writer.repository.is_sealed else Churn(writer)

    def _hear_all(
        self, writer: StoreWriter, intake: Intake, settling: Settling, receiving: Receiving
    ) -> None:
        """Take in everything up to `CloseSet`."""
        self._owners: dict[tuple[bool, int], bytes] = {}
        while True:
            message = self._line.hear(LOOK_ROUND_SECONDS)
            self._look_round(writer)
            if isinstance(message, CloseSet):
                check_end(message)
                self._allowance.check(receiving.under_way)
                self._end = message
                return
            if message is None:
                writer.push()
            else:
                self._take(message, intake, settling, receiving)
            while settling.wanted:
                self._line.say(DigestVerdicts(tuple(settling.wanted[:MAX_ITEMS])))
                del settling.wanted[:MAX_ITEMS]
            writer.seal_if_due()
            self._allowance.check(receiving.under_way)

    def _take(  # noqa: C901 - one case for each message, one call each
        self, message: Message, intake: Intake, settling: Settling, receiving: Receiving
    ) -> None:
        say = self._line.say
        self._trace(message)
        match message:
            case Contents():
                settling.contents(message)
            case UploadPart():
                receiving.part(message)
            case UploadBegin() | UploadSignature() | UploadEnd() | UploadAbort():
                receiving.take(message)
            case Listing():
                verdicts = intake.listing(message)
                receiving.offer(message.request, say)
                say(verdicts)
            case Fingerprints():
                say(intake.fingerprints(message))
            case Digests() | Kept():
                settling.proved(message, say)
            case WantSignatures():
                receiving.signatures(message, say)
            case Unread():
                settling.unread(message)
            case Unlistable():
                intake.unlistable(message)
            case AddRoot():
                intake.add_root(message)
            case AddFilesystems():
                intake.add_filesystems(message)
            case Owners():
                check_owners(message.items, len(self._owners))
                self._owners |= {(group, number): name for group, number, name in message.items}

    def _trace(self, message: Message) -> None:
        """Tell the log of a message, at the levels that want to know."""
        wanted = 3 if message.KIND in MANY else 2
        if self._options.verbose >= wanted:
            self._log(f"{self._line.peer}: heard {message.KIND}")

    def _refresh(self, writer: StoreWriter, keeper: DeltaKeeper) -> None:
        """Keep whole what the newest rows name and what is kept as a delta: the set is full."""
        writer.drain()
        for number in writer.ask.open_deltas():
            self._look_round(writer)
            keeper.flatten(number)
            writer.seal_if_due()

    def _close(
        self,
        writer: StoreWriter,
        intake: Intake,
        settling: Settling,
        greeting: tuple[Hello, OpenSet],
    ) -> bool:
        """Complete the set and answer; return whether any entry row has changed."""
        (hello, wish), end = greeting, self._end
        if not intake.roots:
            raise RemoteProtocolError("a set was closed that has no root: it would be empty")
        told = (end.directories, end.entries)
        heard = (intake.directories, intake.entries - settling.gone)
        if told != heard or not settling.is_idle:
            raise RemoteProtocolError(
                f"the client counted {told} directories and entries, the server {heard}"
            )
        set_end = SetEnd(
            *told,
            end.size_bytes,
            end.problems,
            self._line.bytes_received,
            [(group, number, name) for (group, number), name in self._owners.items()],
            signed_now(writer, end.heads, end.total),
        )
        wanted = (wish.name, wish.format, wish.priority)
        done, has_changed = complete_set(writer, set_end, naming(self._options, wanted, wish.label))
        writer.finish()
        notes = self._allowance.notes(done)
        for note in notes:
            self._log(f"{hello.client}: {note}", is_trouble=True)
        self._line.say(
            SetClosed(
                done.name,
                done.priority,
                done.new_files,
                done.new_bytes,
                done.stored_bytes,
                done.delta_files,
                tuple(notes),
            )
        )
        self._log(
            f"{hello.client}: completed {done.name}: {done.entries} entries, "
            f"{done.new_files + done.delta_files} new contents, {done.stored_bytes} bytes stored"
        )
        self._outcome = outcome_of(hello.client, self._options.program, wish.label, done)
        writer.partials.clear()
        write_full_manifest(writer)
        return has_changed

    def _look_round(self, writer: StoreWriter) -> None:
        """End the visit after its sealed group when somebody asks for it."""
        now = time.monotonic()
        if now - self._looked < LOOK_ROUND_SECONDS:
            return
        self._looked = now
        if self._options.min_free:
            require_room(writer, self._options)
        if self._shared.is_stopping():
            writer.drain()
            self._shared.require_running()
        if writer.is_wished_away():
            writer.drain()
            raise StoreBusyError("another run was forced and takes this store over")
