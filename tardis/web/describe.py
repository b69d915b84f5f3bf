"""The document itself: ``/api/v1/openapi.json``, for anybody."""

from collections.abc import Sequence

import flask

from .answers import json_answer
from .api import Api
from .openapi import PATH, document
from .service import service


def described_by(apis: Sequence[Api]) -> flask.Blueprint:
    """Return what serves the document of all routes of *apis*."""
    blueprint = flask.Blueprint("openapi", __name__)

    @blueprint.get(PATH)
    def openapi() -> flask.Response:
        routes = [route for one in apis for route in one.routes]
        return json_answer(document(routes, service().options.program.rpartition(" ")[2]))

    return blueprint
