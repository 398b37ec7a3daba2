"""What can go wrong with the store."""

from universes import InputError


class StoreError(InputError):
    """The store cannot be read or written; what it held is intact."""


class ConflictError(Exception):
    """Another process committed first: plan again on what it left."""
