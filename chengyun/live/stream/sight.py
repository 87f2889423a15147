"""What one viewer may see of the stream: areas and classes, posts they are on duty at, where they may read the journal.

A sight is a value: viewers with the same rights have equal ones, so what a batch of entries means is found once for all of
them. Its digest is part of the stream's generation, because what was sent under other rights cannot be continued.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from chengyun.kernel import clock, scope, sql
from chengyun.kernel.canonical import dumps
from chengyun.live.rows import CaseRow, Row
from chengyun.people import actors
from chengyun.people import queries as people
from chengyun.people.models import Staff


@dataclass(frozen=True, slots=True)
class Sight:
    """`posts` are codes; `journal` the area paths where entries may be read that change no row."""

    scope: scope.Scope
    posts: frozenset[str] = frozenset()
    journal: tuple[str, ...] = ()

    @property
    def nothing(self) -> bool:
        return not self.scope.paths and not self.posts

    def sees(self, row: Row) -> bool:
        """Whether a row is the viewer's to see: by area and class, or because one of their posts has the case."""
        return self.scope.covers(row.path, row.klass) or self.has(row)

    def has(self, row: Row) -> bool:
        """Whether one of the viewer's own posts answers for a case or has to work on it."""
        if not isinstance(row, CaseRow) or not self.posts:
            return False
        return (row.open and row.post in self.posts) or not self.posts.isdisjoint(row.assigned)

    def reads(self, area: str, klass: str) -> bool:
        """Whether an entry that changes no row may be told."""
        return self.scope.covers(area, klass) and area.startswith(self.journal)

    @property
    def digest(self) -> str:
        held = [self.scope.paths, sorted(self.scope.classes), sorted(self.posts), self.journal]
        return sha256(dumps(held)).hexdigest()[:8]


def of(viewer: Any) -> Sight:
    """The sight of a user as their rights are now; a Scope is taken as it is, without posts."""
    if isinstance(viewer, scope.Scope):
        return Sight(viewer, journal=viewer.paths)
    held = scope.of(viewer)
    if not getattr(viewer, "is_active", False):
        return Sight(held)
    actor = actors.of_user(viewer)
    journal = [path for path, _ in actor.grants if actor.may("journal.read", path)]
    return Sight(held, frozenset(_own_posts(viewer)), tuple(sorted(journal)))


def _own_posts(user: Any) -> Iterable[str]:
    person = Staff.objects.filter(user=user, state="active").values_list("pk", flat=True).first()
    return [] if person is None else [post.code for post in people.held_by(person, clock.now())]


def generation(sight: Sight) -> str:
    """Names the journal and the view of it that a stream's numbers belong to; opaque to clients.

    The first seal's hash tells one database's journal from another's.
    """
    return f"{journal_name()}{sight.digest}"


def journal_name() -> str:
    """Eight digits of the first seal's chain hash; zeros while nothing is sealed."""
    first = sql.scalar("SELECT chain_hash FROM kernel_journalseal WHERE seq = 1")
    return str(first)[:8] if first else "0" * 8
