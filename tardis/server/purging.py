"""Removing old sets when a backup is over: because the server does so, or its client asks.

Whatever happens here, the set is complete and answered for: it is never spoiled.
"""

from typing import Final

from tardis.model import ConfigError, NoSpaceError, Right, RightsError, TardisError
from tardis.policy import PurgeWish
from tardis.protocol.messages import PurgeSets, Refused, SetsPurged
from tardis.render import human_size
from tardis.store import (
    Claim,
    Flushers,
    StoreWriter,
    compact_catalog,
    copy_catalog,
    free_bytes,
    open_writer,
)

from .options import DaemonOptions, Log
from .permits import Permit

_MOST_TOLD: Final = 1000


def overridden(options: DaemonOptions, writer: StoreWriter, client: str, log: Log) -> DaemonOptions:
    """Return *options* as the settings stored for *client* change them.

    Settings that cannot hold together are told in the log; the server's hold then.
    """
    if options.of_client is None:
        return options
    stored = writer.ask.settings()
    if not stored:
        return options
    try:
        return options.of_client(stored)
    except ConfigError as error:
        log(f"{client}: its stored settings are passed over: {error}", is_trouble=True)
        return options


def require_room(writer: StoreWriter, options: DaemonOptions) -> None:
    """Return while as much is free as the administrator wants to keep free.

    Raises:
        NoSpaceError: Less is.
    """
    if options.min_free and free_bytes(writer.layout) < options.min_free:
        raise NoSpaceError(
            f"less than {human_size(options.min_free)} are free where {writer.layout.directory} "
            "lies, and the server keeps that free",
            hint="Let the administrator make room, or lower MinFreeSpace.",
        )


def require_enabled(options: DaemonOptions, client: str) -> None:
    """Return if *client* may back up at all.

    Raises:
        RightsError: The administrator has disabled that.
    """
    if options.is_disabled:
        raise RightsError(
            f"backups of {client} are disabled on this server",
            hint="The server's administrator allows them again by Disabled.",
        )


class Purging:
    """Removes old sets of one client.

    Args:
        options: The daemon's, without what is stored for the client.
        flushers: Shared by all visits.
        permit: Of the client.
        whose: The client, and the log.
    """

    def __init__(
        self, options: DaemonOptions, flushers: Flushers, permit: Permit, whose: tuple[str, Log]
    ) -> None:
        self._options = options
        self._flushers = flushers
        self._permit = permit
        self._client, self._log = whose

    def after_backup(self, writer: StoreWriter, options: DaemonOptions) -> bool:
        """Remove old sets if the administrator wants that; tell whether any went.

        Args:
            writer: Of the run that has ended.
            options: As they hold for this client.
        """
        has_changed = self._remove_old(writer, options)
        self._compact(writer, options)
        return has_changed

    def _remove_old(self, writer: StoreWriter, options: DaemonOptions) -> bool:
        if options.purge is None:
            return False
        try:
            done = options.purge(writer)
        except TardisError as error:
            self._log(f"{self._client}: old sets were not removed: {error}", is_trouble=True)
            return False
        self._log(f"{self._client}: removed {done.sets} old sets, {done.freed_bytes} bytes freed")
        return done.sets > 0

    def _compact(self, writer: StoreWriter, options: DaemonOptions) -> None:
        """Give back what the catalog does not need, after every so many sets."""
        sets = writer.ask.sets()
        if not (options.vacuum_interval and sets):
            return
        if sets[-1].number % options.vacuum_interval:
            return
        try:
            freed = compact_catalog(writer)
        except TardisError as error:
            self._log(f"{self._client}: the catalog was not compacted: {error}", is_trouble=True)
            return
        if freed:
            self._log(f"{self._client}: compacted the catalog, {freed} bytes freed")

    def before_backup(self, writer: StoreWriter, options: DaemonOptions) -> None:
        """Make sure that there may be a run, and room: with old sets gone, if that is wanted.

        Raises:
            RightsError: There may not.
            NoSpaceError: There is no room.
        """
        require_enabled(options, self._client)
        if options.min_free and free_bytes(writer.layout) < options.min_free:
            self._remove_old(writer, options)
        require_room(writer, options)

    def on_request(self, message: PurgeSets) -> SetsPurged | Refused:
        """Remove what the client wants gone, if it may; return the answer."""
        try:
            self._permit.require(Right.PURGE, "remove old sets")
            return self._purge(message)
        except TardisError as error:
            self._log(f"{self._client}: old sets were not removed: {error}")
            return Refused(error.wire_code or "store", str(error), error.hint)

    def _purge(self, message: PurgeSets) -> SetsPurged:
        place = self._options.place
        claim = Claim(f"removing old sets of {self._client}")
        writer = open_writer(place, self._client, claim, self._flushers)
        try:
            options = overridden(self._options, writer, self._client, self._log)
            wish = PurgeWish(
                None if message.priority < 0 else message.priority,
                None if message.keep_ns < 0 else message.keep_ns,
            )
            done, told = options.purge_by_wish(writer, wish)
            if done.sets:
                copy_catalog(writer.layout, options.db_backups)
        finally:
            writer.close()
        text = f"removed {done.sets} old sets on request, {done.freed_bytes} bytes freed"
        self._log(f"{self._client}: {text}")
        return SetsPurged(done.sets, done.contents, done.freed_bytes, tuple(told[:_MOST_TOLD]))
