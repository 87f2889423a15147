"""Who answers for a post at one instant. The answer always names a post and says why it is that one.

somebody fit on duty at the post                          on_duty
nobody, but a standing holder (a leader's own post)       standing
else the posts it reports to, upwards, same two questions reports_to
else the duty officer of the area, same two questions     duty_officer
else the duty officer's post with nobody behind it        nobody      (a fault: `verify` reports it)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

Reason = Literal["on_duty", "standing", "reports_to", "duty_officer", "nobody"]


@dataclass(frozen=True, slots=True)
class Resolved:
    """`post` and `staff` are primary keys; `skipped` are the posts passed over because nobody was there."""

    post: int
    staff: int | None
    reason: Reason
    skipped: tuple[int, ...] = ()


def resolve(
    post: int,
    *,
    superiors: Iterable[int],
    duty_officers: Iterable[int],
    on_duty: Callable[[int], int | None],
    standing: Callable[[int], int | None],
) -> Resolved:
    """Decide who answers for `post`.

    `superiors` are the posts above by reports_to, nearest first; `duty_officers` those of the area and the areas
    above, nearest first, at least one. Both may be lazy: they are read only as far as needed. `on_duty` and
    `standing` return a person fit for duty, or None.
    """
    here = on_duty(post)
    if here is not None:
        return Resolved(post, here, "on_duty")
    here = standing(post)
    if here is not None:
        return Resolved(post, here, "standing")
    skipped = [post]
    last = post
    steps: tuple[tuple[Iterable[int], Reason], ...] = (
        (superiors, "reports_to"),
        (duty_officers, "duty_officer"),
    )
    for candidates, reason in steps:
        for candidate in candidates:
            last = candidate
            if candidate in skipped:
                continue
            found = on_duty(candidate)
            if found is None:
                found = standing(candidate)
            if found is not None:
                return Resolved(candidate, found, reason, tuple(skipped))
            skipped.append(candidate)
    return Resolved(last, None, "nobody", tuple(skipped))
