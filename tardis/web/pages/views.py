"""What all pages share: the set that is meant, what templates call, and the headers."""

import time
from typing import Any, Final

import flask

from tardis import __version__
from tardis.model import BackupSet, NoSuchSetError
from tardis.policy import LocalZone
from tardis.render import escape_name, human_age, human_size
from tardis.store import StoreReader
from tardis.web.service import MOST_FAULTS, faults, service

from . import chart, words
from .arguments import Arguments, packed, with_arguments
from .overview import RECENT

NEWEST: Final = 1 << 62
"""Above the number of any set."""

CSP: Final = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_CROSS: Final = frozenset(("cross-site", "same-site"))


def arguments() -> Arguments:
    """Return what the present request asks for."""
    return Arguments(flask.request.query_string)


def link(view: str, client: str = "", **values: bytes | str | int | None) -> str:
    """Return the address of a page; paths may hold any bytes."""
    where: dict[str, Any] = {"client": client} if client else {}
    return with_arguments(flask.url_for(f"pages.{view}", **where), values)


def page(template: str, **values: Any) -> str:
    """Return a page made of *template*."""
    session = service().session()
    clients = sorted(session.accesses) if session else []
    return flask.render_template(
        f"pages/{template}", clients=clients, faults=faults(), most=MOST_FAULTS, **values
    )


def helpers() -> dict[str, Any]:
    """Return what templates may call."""
    zone = LocalZone()
    return {
        "link": link,
        "name": escape_name,
        "packed": packed,
        "human_size": human_size,
        "human_age": human_age,
        "number": words.number,
        "counted": words.counted,
        "took": words.took,
        "kind_of": words.kind_of,
        "machine_time": words.machine_time,
        "when": lambda ns: words.moment_ns(ns, zone),
        "day": lambda ns: words.moment_ns(ns, zone, "%a %d %b %Y"),
        "clock": lambda ns: words.moment_ns(ns, zone, "%H:%M"),
        "date": lambda ns: words.moment_ns(ns, zone, "%Y-%m-%d"),
        "when_s": lambda seconds: words.moment(seconds, zone),
        "told": chart.told,
        "WIDTH": chart.WIDTH,
        "HEIGHT": chart.HEIGHT,
        "version": __version__,
        "zone": time.strftime("%Z"),
    }


def finish(answer: flask.Response) -> flask.Response:
    """Let the browser load nothing from elsewhere."""
    answer.headers.setdefault("Content-Security-Policy", CSP)
    return answer


def comes_from_elsewhere() -> bool:
    """Tell whether another site's page has made the present request."""
    return flask.request.headers.get("Sec-Fetch-Site", "") in _CROSS


def newest_set(reader: StoreReader) -> BackupSet | None:
    """Return the newest complete set, else the newest; None for a store without sets."""
    sets = reader.paged().sets_before(NEWEST, RECENT)
    return next((one for one in sets if one.is_complete), sets[0] if sets else None)


def chosen_set(reader: StoreReader, number: int) -> BackupSet:
    """Return set *number*, or the newest one for 0.

    Raises:
        NoSuchSetError: There is none.
    """
    found = reader.paged().numbered(number) if number else newest_set(reader)
    if found is None:
        raise NoSuchSetError(
            f"there is no backup set {number}" if number else "there is no backup set yet",
            hint="It may have been purged." if number else "Make a backup first.",
        )
    return found
