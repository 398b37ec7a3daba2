"""A hash of what a record says, independent of the file it was read from."""

import dataclasses
import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import DataclassInstance


def content_hash(record: "DataclassInstance") -> str:
    """Return the SHA-256 of a dataclass and all it holds, as sorted JSON."""
    plain = json.dumps(dataclasses.asdict(record), default=str, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
