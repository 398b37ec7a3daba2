"""A hash of what a record says, independent of the file it was read from."""

import hashlib
import json


def content_hash(content: object) -> str:
    """Return the SHA-256 of nested mappings, lists and values, as sorted JSON.

    What JSON does not know, such as a date, is spelled as its text.
    """
    plain = json.dumps(content, default=str, sort_keys=True)
    return hashlib.sha256(plain.encode()).hexdigest()
