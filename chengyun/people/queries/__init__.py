"""Reads: who answers for what, which shift runs, where those on duty are, and what a viewer gets to see."""

from chengyun.people.queries.duty import (
    REASONS,
    Accountable,
    accountable,
    accountable_many,
    answering,
    chain,
    duty_officer,
    held_by,
    holders,
    leader,
    on_duty,
    post,
    post_for,
    post_of,
)
from chengyun.people.queries.own import preferences
from chengyun.people.queries.places import Position, kind_names, own_position, positions, posts_on_map
from chengyun.people.queries.promises import faults
from chengyun.people.queries.seen import duties, hand_overs, posts, shifts, source_of_token, staff
from chengyun.people.queries.turns import (
    SIGNING_KINDS,
    next_shift,
    next_then,
    running_shift,
    signers,
    signing_posts,
)

__all__ = [
    "REASONS",
    "SIGNING_KINDS",
    "Accountable",
    "Position",
    "accountable",
    "accountable_many",
    "answering",
    "chain",
    "duties",
    "duty_officer",
    "faults",
    "hand_overs",
    "holders",
    "kind_names",
    "leader",
    "next_shift",
    "next_then",
    "on_duty",
    "own_position",
    "positions",
    "post",
    "post_for",
    "post_of",
    "posts",
    "posts_on_map",
    "preferences",
    "running_shift",
    "held_by",
    "shifts",
    "signers",
    "signing_posts",
    "source_of_token",
    "staff",
]
