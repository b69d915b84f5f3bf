"""The beginning of a set: what the server writes down of what its client wishes."""

import time

from tardis.policy import local_time, provisional_name
from tardis.protocol.messages import Hello, OpenSet
from tardis.store import SetWish, StoreWriter

from .options import DaemonOptions


def set_wish(
    writer: StoreWriter, greeting: tuple[Hello, OpenSet], options: DaemonOptions, peer: str
) -> SetWish:
    """Return what is known of a set when it begins.

    Args:
        writer: Of the store.
        greeting: The client's first words, and what it wishes for.
        options: As they hold for this client.
        peer: Where it calls from.
    """
    hello, wish = greeting
    taken = {one.name for one in writer.ask.sets() if one.is_complete}
    return SetWish(
        name=wish.name or provisional_name(local_time(time.time_ns()), taken),
        lineage=wish.lineage,
        label=wish.label,
        priority=max(wish.priority, 0),
        is_full=wish.is_full,
        client_time_ns=wish.client_time_ns,
        session=wish.session,
        client_version=hello.program,
        server_version=options.program,
        client_address=peer,
        command_line=wish.command_line,
        client_config=wish.config if options.save_config else b"",
    )
