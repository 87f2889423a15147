"""Whether somebody may sign a hand-over now, and if not, why: what the action asks too, before anybody tries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from chengyun.kernel import clock
from chengyun.people import queries
from chengyun.people.actions.refusals import REFUSALS
from chengyun.people.logic.shifts import Signing, refusal
from chengyun.people.models import Duty, HandOver


@dataclass(frozen=True, slots=True)
class Side:
    """A side of a hand-over for one reader. `posts` are those whose people may sign for it."""

    side: Literal["out", "in"]
    by: str | None
    at: Any
    posts: list[str]
    code: str | None
    reason: str | None
    hint: str | None

    @property
    def allowed(self) -> bool:
        return self.code is None


def sides(row: HandOver, ref: str) -> list[Side]:
    """Both sides of a hand-over, as they stand for the person with this ref."""
    out, into = queries.signers(row.shift_out), queries.signers(row.shift_in)
    body = row.shift_out.pattern.body
    by_out = row.signed_out_by.ref if row.signed_out_by else None
    by_in = row.signed_in_by.ref if row.signed_in_by else None
    posts = _posts(row, set(out.values()) | set(into.values()))
    wanted: tuple[tuple[Literal["out", "in"], str | None, Any, int, dict[str, int]], ...] = (
        ("out", by_out, row.signed_out_at, row.shift_out_id, out),
        ("in", by_in, row.signed_in_at, row.shift_in_id, into),
    )
    found = []
    for side, by, at, shift, signers in wanted:
        asked = Signing(
            row.state, side, ref, out.keys(), into.keys(), by_out, by_in,
            row.drafted_at, row.shift_out.ends_at, row.digest, row.digest,
        )  # fmt: skip
        code = refusal(
            asked,
            now=clock.now(),
            early=timedelta(minutes=body["early_minutes"]),
            draft_valid=timedelta(minutes=body["draft_minutes"]),
        )
        _, reason, hint = REFUSALS[code] if code else (None, None, None)
        at_posts = sorted(
            {post for (of, who), post in posts.items() if of == shift and who in signers.values()}
        )
        found.append(
            Side(side, by, at, at_posts, code, str(reason) if reason else None, str(hint) if hint else None)
        )
    return found


def _posts(row: HandOver, people: set[int]) -> dict[tuple[int, int], str]:
    """(shift, person) -> the post at which that person serves in it."""
    duties = Duty.objects.filter(shift__in=(row.shift_out_id, row.shift_in_id), staff_id__in=people)
    ordered = duties.order_by("post__code").values_list("shift_id", "staff_id", "post__code", "post__kind")
    leading = {(shift, who): post for shift, who, post, kind in ordered if kind in queries.SIGNING_KINDS}
    return leading or {(shift, who): post for shift, who, post, _ in ordered}
