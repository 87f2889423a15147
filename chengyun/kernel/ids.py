"""Random identifiers, and the one switch that makes a replay repeat them."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import secrets
from collections.abc import Iterator

_LENGTH = 20


class _Seeded:
    """A stream of bytes that depends on the seed alone: SHA-256 over seed and counter."""

    def __init__(self, seed: bytes) -> None:
        self._seed, self._count = seed, 0

    def take(self, size: int) -> bytes:
        self._count += 1
        return hashlib.sha256(self._seed + self._count.to_bytes(8, "big")).digest()[:size]


_source: _Seeded | None = None


def token(size: int = 16) -> bytes:
    """`size` bytes (at most 32): from the operating system, or from the seed while a replay runs."""
    return _source.take(size) if _source else secrets.token_bytes(size)


def new(prefix: str = "") -> str:
    """`prefix` and 20 characters of lower-case base32 (100 random bits); safe in URLs, says nothing about its bearer."""
    return prefix + base64.b32encode(token(13)).decode().lower()[:_LENGTH]


def unrepeated() -> str:
    """24 random hex digits that no seed repeats: for what must never come back and is never recorded."""
    return secrets.token_hex(12)


@contextlib.contextmanager
def seeded(seed: bytes) -> Iterator[None]:
    """Within the block identifiers repeat for the same seed. For replays and tests alone: they can be guessed."""
    global _source
    before, _source = _source, _Seeded(seed)
    try:
        yield
    finally:
        _source = before
