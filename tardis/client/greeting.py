"""The first words of a run: who we are, and which set we wish to make."""

import time

from tardis import __version__
from tardis.model import SCHEMES, RemoteProtocolError
from tardis.protocol import PROTOCOL
from tardis.protocol.messages import Hello, OpenSet, SetOpened, Welcome

from .options import JobOptions
from .run import Talk, expect

PROGRAM = f"tardis {__version__}"


def open_set(line: Talk, options: JobOptions) -> SetOpened:
    """Greet the server and return the set it has opened.

    Raises:
        TardisError: The server refuses, or the line is lost.
    """
    line.say(Hello(PROTOCOL, PROGRAM, options.client, options.compression))
    expect(line, Welcome)
    line.start_heartbeat()
    wish = options.wish
    line.say(
        OpenSet(
            name=wish.name,
            format=wish.format,
            priority=wish.priority,
            is_creating=wish.is_creating,
            is_forced=wish.is_forced,
            is_full=wish.is_full,
            lineage=wish.lineage,
            label=wish.label,
            client_time_ns=time.time_ns(),
            command_line=wish.command_line,
            config=wish.config,
            scheme=wish.scheme,
            session=wish.session,
        )
    )
    opened = expect(line, SetOpened)
    if opened.scheme not in SCHEMES:
        raise RemoteProtocolError(f"the server keeps a store of a format {opened.scheme!r}")
    return opened
