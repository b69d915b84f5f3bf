"""The application: settings in, WSGI out.

To add routes write a module with a blueprint and put it into `BLUEPRINTS`:

- JSON for programs: an `Api`, see `api`; it is in the document too.
- Anything else: a plain `flask.Blueprint` whose views are decorated by `guard.for_client`.

Views reach stores by ``service().reader(access)`` and raise the errors of the house; `answers`
makes answers of these.  A blueprint that wants its own pages for errors registers a handler
with itself.
"""

import time
from collections.abc import Callable
from typing import Final

import flask

from tardis.server import Log

from . import (
    answers,
    change_routes,
    client_routes,
    content_routes,
    find_routes,
    health,
    old_changes,
    old_routes,
    old_session,
    pages,
    purge_routes,
    reader_routes,
    session_routes,
    set_routes,
    tree_routes,
)
from .api import Api
from .describe import described_by
from .old_shapes import AnyPath
from .options import BODY_BYTES, WebOptions
from .service import SERVICE, Service

APIS: Final[tuple[Api, ...]] = (
    session_routes.api,
    client_routes.api,
    set_routes.api,
    tree_routes.api,
    find_routes.api,
    content_routes.api,
    change_routes.api,
    purge_routes.api,
)
"""Routes that the document describes."""

BLUEPRINTS: Final[tuple[flask.Blueprint, ...]] = (
    *(one.blueprint for one in APIS),
    described_by(APIS),
    health.blueprint,
    old_session.blueprint,
    old_routes.blueprint,
    old_changes.blueprint,
    pages.blueprint,
    reader_routes.reading,
)
"""All routes that there are."""


def renew(app: flask.Flask, options: WebOptions) -> None:
    """Let *app* go by *options* from now on; sessions and the place of the stores stay."""
    found: Service = app.extensions[SERVICE]
    found.renew(options)


def make_app(
    options: WebOptions, log: Log, clock: Callable[[], float] = time.monotonic
) -> flask.Flask:
    """Return the application.

    Args:
        options: The administrator's.
        log: Hears of logins and of trouble; for any thread.
        clock: Seconds that never go back; sessions end by it.
    """
    app = flask.Flask("tardis.web", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_BYTES
    app.url_map.strict_slashes = True
    app.url_map.merge_slashes = False
    app.url_map.converters["anything"] = AnyPath
    shared = Service(options, log, clock)
    shared.install(app)
    health.install(app, shared)
    answers.install(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    return app
