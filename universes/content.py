"""A hash of what a record says, independent of the file it was read from."""

import hashlib
import json
from collections.abc import Mapping


def content_hash(content: object) -> str:
    """Return the SHA-256 of nested mappings, lists and values, as sorted JSON.

    What JSON does not know, such as a date, is spelled as its text.
    """
    plain = json.dumps(content, default=str, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()


def hash_each(files: Mapping[str, bytes]) -> dict[str, str]:
    """Return the SHA-256 of each file's content, the names sorted."""
    return {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)}
