"""Bodies that a gateway has packed (`Content-Encoding: gzip`), unpacked no further than a message may be long."""

from __future__ import annotations

import zlib

from chengyun.signals.logic import reasons
from chengyun.signals.logic.decode import MAX_BODY, Fault

_GZIP = 16 + zlib.MAX_WBITS


def unpack(body: bytes, coding: str, limit: int = MAX_BODY) -> bytes | Fault:
    """The body as it was before it was packed, or what is wrong with it. `coding` is the header's value, "" for none.

    A few bytes may unpack to gigabytes: no more than `limit` and one is ever made of them. One gzip member is taken;
    more of them would be as many beginnings to pay for.
    """
    coding = coding.strip().lower()
    if coding in ("", "identity"):
        return body
    if coding not in ("gzip", "x-gzip"):
        return Fault(None, "Content-Encoding", reasons.BAD_ENCODING, f"{coding[:40]!r} is not taken; gzip is")
    unpacker = zlib.decompressobj(_GZIP)
    try:
        plain = unpacker.decompress(body, limit + 1)
    except zlib.error as error:
        return Fault(None, "", reasons.BAD_ENCODING, f"is not gzip: {error}")
    if len(plain) > limit:
        return Fault(
            None,
            "",
            reasons.TOO_LARGE,
            f"{len(body)} bytes unpack to more than {limit}; a message has at most so many",
        )
    if not unpacker.eof:
        return Fault(None, "", reasons.BAD_ENCODING, "the gzip stream is cut off")
    if unpacker.unused_data:
        return Fault(None, "", reasons.BAD_ENCODING, "there is more behind the end of the gzip stream")
    return plain
