"""The life of a shift, and what a signature under its hand-over needs.

    planned -> open          the first shift of a pattern is opened by hand; each later one by the hand-over
    open -> handing_over     a record is drafted
    handing_over -> closed   signed by both sides, and by no other way
    planned -> (removed)     a plan may be withdrawn before it begins

Each refusal is a code; the words belong to the action that raises it.
"""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Side = Literal["out", "in"]


@dataclass(frozen=True, slots=True)
class Signing:
    """What is known when somebody signs. `out` and `into` are refs of the people who may sign for either shift."""

    state: str
    side: Side
    signer: str
    out: Set[str]
    into: Set[str]
    signed_out_by: str | None
    signed_in_by: str | None
    drafted_at: datetime
    planned_end: datetime
    digest: str
    digest_seen: str


def refusal(signing: Signing, *, now: datetime, early: timedelta, draft_valid: timedelta) -> str | None:
    """The code of the first reason why this signature is not taken, or None when it is."""
    if signing.state != "drafted":
        return "already_done"
    if signing.digest_seen != signing.digest:
        return "record_changed"
    if now - signing.drafted_at > draft_valid:
        return "draft_too_old"
    if now < signing.planned_end - early:
        return "too_early"
    if signing.side == "out":
        if signing.signed_out_by:
            return "already_signed"
        if signing.signer not in signing.out:
            return "not_of_the_outgoing"
        if signing.signer == signing.signed_in_by:
            return "same_person"
    else:
        if signing.signed_in_by:
            return "already_signed"
        if signing.signer not in signing.into:
            return "not_of_the_incoming"
        if signing.signer == signing.signed_out_by:
            return "same_person"
    return None


def complete(signed_out_by: str | None, signed_in_by: str | None) -> bool:
    """Whether the hand-over may take effect: both signed, and they are two people."""
    return bool(signed_out_by and signed_in_by and signed_out_by != signed_in_by)
