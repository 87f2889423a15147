"""One byte string for one value, so that a hash means something."""

import hashlib
from typing import Any

import orjson

_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_UTC_Z


def dumps(value: Any) -> bytes:
    """Canonical JSON: sorted keys, no spaces, UTF-8, UTC as Z. NaN and infinity become null, as orjson writes them."""
    return orjson.dumps(value, option=_OPTIONS)


def digest(value: Any) -> str:
    """SHA-256 of the canonical JSON, 64 hexadecimal characters."""
    return hashlib.sha256(dumps(value)).hexdigest()
