"""The one place that changes a store outside a backup."""

from .clients import create_client

__all__ = ["create_client"]
