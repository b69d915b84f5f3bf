"""For monitoring: ``/healthz``, and ``/metrics`` in the text form of Prometheus."""

import hmac
import os
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Final

import flask

from tardis.admin import ClientState
from tardis.model import RightsError
from tardis.store import client_names

from .answers import json_answer
from .service import Service, service

blueprint: Final = flask.Blueprint("health", __name__)

_NS: Final = 10**9
_TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
_HELP: Final = {
    "tardis_last_good_timestamp_seconds": ("gauge", "When the newest complete set ended."),
    "tardis_last_good_age_seconds": ("gauge", "How long ago the newest complete set ended."),
    "tardis_last_good_duration_seconds": ("gauge", "How long the newest complete run took."),
    "tardis_last_good_bytes": ("gauge", "Plain bytes of the newest complete set."),
    "tardis_last_good_entries": ("gauge", "Files and directories of the newest complete set."),
    "tardis_last_good_files": ("gauge", "The same without directories."),
    "tardis_last_good_new_bytes": ("gauge", "Plain bytes that the newest complete run brought."),
    "tardis_last_good_problems": ("gauge", "Files that the newest complete run could not read."),
    "tardis_sets": ("gauge", "Sets that there are."),
    "tardis_stored_bytes": ("gauge", "Bytes that all contents take."),
    "tardis_findings": ("gauge", "Things that somebody should look at."),
    "tardisremote_requests_total": ("counter", "Requests that were answered, by status."),
    "tardisremote_sessions": ("gauge", "Sessions that are logged in."),
}


class Figures:
    """What is known of clients and requests.

    Args:
        shared: Of the application.
    """

    def __init__(self, shared: Service) -> None:
        self._service = shared
        self._turn = threading.Lock()
        self._answered: Counter[int] = Counter()

    def count(self, answer: flask.Response) -> flask.Response:
        """Count an answer, which is returned."""
        with self._turn:
            self._answered[answer.status_code] += 1
        return answer

    def lines(self) -> Iterator[str]:
        """Yield the lines of ``/metrics``."""
        now_ns = time.time_ns()
        figures: dict[str, list[tuple[str, float]]] = {name: [] for name in _HELP}
        for state in self._states():
            label = f'{{client="{_escaped(state.client)}"}}'
            for name, value in _figures(state, now_ns).items():
                figures[name].append((label, value))
        with self._turn:
            answered = sorted(self._answered.items())
        figures["tardisremote_requests_total"] = [
            (f'{{status="{status}"}}', count) for status, count in answered
        ]
        figures["tardisremote_sessions"] = [("", len(self._service.sessions))]
        for name, (kind, words) in _HELP.items():
            yield f"# HELP {name} {words}\n# TYPE {name} {kind}\n"
            yield from (f"{name}{label} {value}\n" for label, value in figures[name])

    def _states(self) -> list[ClientState]:
        return [self._service.states.of(name) for name in client_names(self._service.options.place)]


@blueprint.get("/healthz")
def healthz() -> flask.Response:
    """Tell anybody whether the base directory can be read, and no more."""
    try:
        os.listdir(service().options.place.base)
    except OSError:
        return json_answer({"status": "the base directory cannot be read"}, 503)
    return json_answer({"status": "ok"})


@blueprint.get("/metrics")
def metrics() -> flask.Response:
    """Tell monitoring how all clients are: on this machine, or with a token.

    Raises:
        RightsError: Somebody else asks.
    """
    shared = service()
    token = shared.options.metrics_token
    shown = flask.request.headers.get("Authorization", "")
    has_token = bool(token) and hmac.compare_digest(f"Bearer {token}".encode(), shown.encode())
    if not (has_token or shared.caller().is_near):
        raise RightsError(
            "metrics are for this machine, or for who has the token",
            hint="Set MetricsTokenFile, and send its first line: Authorization: Bearer ...",
        )
    figures: Figures = flask.current_app.extensions[_KEY]
    return flask.Response("".join(figures.lines()), mimetype=_TEXT)


_KEY: Final = "tardis-figures"


def install(app: flask.Flask, shared: Service) -> None:
    """Let *app* count what it answers."""
    app.extensions[_KEY] = figures = Figures(shared)
    app.after_request(figures.count)


def _figures(state: ClientState, now_ns: int) -> Mapping[str, float]:
    found: dict[str, float] = {
        "tardis_sets": state.sets,
        "tardis_stored_bytes": state.stored_bytes,
        "tardis_findings": len(state.findings),
    }
    good = state.good
    if good is None:
        return found
    ended = good.ended_ns or good.started_ns
    return found | {
        "tardis_last_good_timestamp_seconds": ended / _NS,
        "tardis_last_good_age_seconds": (now_ns - ended) / _NS,
        "tardis_last_good_duration_seconds": (ended - good.started_ns) / _NS,
        "tardis_last_good_bytes": good.size_bytes,
        "tardis_last_good_entries": good.entries,
        "tardis_last_good_files": good.entries - good.directories,
        "tardis_last_good_new_bytes": good.new_bytes,
        "tardis_last_good_problems": good.problems,
    }


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
