"""The posts of the district as memory keeps them: who stands above whom, who is responsible where.

No names and no telephone numbers: of a person only the number, the ref and the state are kept.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from chengyun.kernel import registry
from chengyun.people.models import AreaLeader, Post, PostArea, RoleGrant, Staff


@dataclass(frozen=True, slots=True)
class Person:
    """What is kept of a person: `user_id` of their log-in, `department` as a code."""

    id: int
    ref: str
    state: str
    user_id: int | None
    department: str | None


@dataclass(frozen=True, slots=True)
class Directory:
    """Shared: hand out copies of its rows. `reach` is the area paths of a post, its own first; `kinds` posts in service;
    `grants` (role, area path) of a log-in, `standing_at` the posts that a person holds standing."""

    posts: dict[int, Post]
    by_code: dict[str, Post]
    reach: dict[int, tuple[str, ...]]
    kinds: dict[str, tuple[Post, ...]]
    leaders: dict[tuple[str, str], int]
    people: dict[int, Person]
    by_user: dict[int, Person]
    grants: dict[int, tuple[tuple[str, str], ...]]
    standing_at: dict[int, tuple[int, ...]]
    _nearest: dict[tuple[str, str, str | None], tuple[int, ...]] = field(default_factory=dict)

    def above(self, post_id: int) -> Iterator[int]:
        """The posts above by reports_to, nearest first."""
        passed, current = {post_id}, self.posts[post_id].reports_to_id
        while current is not None and current not in passed:
            passed.add(current)
            yield current
            current = self.posts[current].reports_to_id

    def standing(self, post_id: int) -> int | None:
        """The person who answers for a post where no roster says otherwise."""
        person = self.people.get(self.posts[post_id].standing_id or 0)
        return person.id if person is not None and person.state == "active" else None

    def nearest(self, path: str, kind: str, department: str | None = None) -> tuple[int, ...]:
        """Posts in service of a kind whose areas contain `path`, nearest first; of equals the lower code."""
        key = (path, kind, department)
        found = self._nearest.get(key)
        if found is None:
            rank: dict[int, tuple[int, str]] = {}
            for row in self.kinds.get(kind, ()):
                if department is not None and (row.department is None or row.department.code != department):
                    continue
                covers = [len(place) for place in self.reach[row.id] if path.startswith(place)]
                if covers:
                    rank[row.id] = (-max(covers), row.code)
            found = self._nearest[key] = tuple(sorted(rank, key=rank.__getitem__))
        return found


def ancestors(path: str) -> list[str]:
    """The path itself and all above it, nearest first: `/a/b/` -> [`/a/b/`, `/a/`]."""
    parts = [part for part in path.split("/") if part]
    return ["/" + "/".join(parts[:count]) + "/" for count in range(len(parts), 0, -1)]


def current() -> Directory:
    """The directory as it stands in the database. Changing a post, a person or an area makes it anew."""
    return registry.cached(("people", "district"), "directory", _read)


def _read() -> Directory:
    rows = list(Post.objects.select_related("area", "department").defer("area__geometry").order_by("code"))
    reach: dict[int, tuple[str, ...]] = {row.id: (row.area.path,) for row in rows}
    for post_id, path in PostArea.objects.order_by("id").values_list("post_id", "area__path"):
        reach[post_id] += (path,)
    kinds: dict[str, list[Post]] = defaultdict(list)
    standing_at: dict[int, tuple[int, ...]] = {}
    for row in rows:
        if row.in_service:
            kinds[row.kind].append(row)
        if row.standing_id is not None:
            standing_at[row.standing_id] = (*standing_at.get(row.standing_id, ()), row.id)
    people = {
        person.id: person
        for person in (
            Person(*row)
            for row in Staff.objects.values_list("id", "ref", "state", "user_id", "department__code")
        )
    }
    grants: dict[int, tuple[tuple[str, str], ...]] = {}
    for user_id, role, path in RoleGrant.objects.order_by("id").values_list("user_id", "role", "area__path"):
        grants[user_id] = (*grants.get(user_id, ()), (role, path))
    return Directory(
        {row.id: row for row in rows},
        {row.code: row for row in rows},
        reach,
        {kind: tuple(those) for kind, those in kinds.items()},
        {
            (path, role): post_id
            for path, role, post_id in AreaLeader.objects.values_list("area__path", "role", "post_id")
        },
        people,
        {person.user_id: person for person in people.values() if person.user_id is not None},
        grants,
        standing_at,
    )
