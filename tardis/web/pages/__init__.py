"""The pages for people: the time machine in a browser."""

from .routes import blueprint

__all__ = ["blueprint"]
