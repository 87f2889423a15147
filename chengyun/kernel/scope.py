"""Who may see what: a set of area paths and classes, put into the query itself.

The kernel knows no areas and no people. The people domain registers how a user's scope is found.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

OPEN, SENSITIVE = "open", "sensitive"


@dataclass(frozen=True, slots=True)
class Scope:
    """`paths` are area paths such as `/ryh/g2-01/`; `/` is everything. `classes` are those the viewer is cleared for."""

    paths: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()
    roles: frozenset[str] = frozenset()

    @property
    def everything(self) -> bool:
        return "/" in self.paths

    def reaches(self, area_path: str) -> bool:
        """Whether a place lies within the scope, for what has a place and no class (an area, a building)."""
        return any(area_path.startswith(path) for path in self.paths)

    def covers(self, area_path: str, klass: str = OPEN) -> bool:
        """The same question for one object that is already in hand (a stream's entry, say)."""
        return klass in self.classes and any(area_path.startswith(path) for path in self.paths)


NOTHING = Scope()
ALL = Scope(paths=("/",), classes=frozenset({OPEN, SENSITIVE}))

_resolver: Callable[[Any], Scope] | None = None


def set_resolver(resolver: Callable[[Any], Scope]) -> None:
    global _resolver
    _resolver = resolver


def of(user: Any) -> Scope:
    """The scope of a user; a `Scope` is passed through. Nobody, an unknown or an inactive user sees nothing."""
    if isinstance(user, Scope):
        return user
    if user is None or not getattr(user, "is_active", False) or _resolver is None:
        return NOTHING
    return _resolver(user)


def condition(user: Any, *, area: str | None, klass: str | None) -> Q | None:
    """The filter for `user`, or None where the answer is "nothing at all".

    `area` is the lookup that leads to an area path, `klass` the one that leads to a class; None where a table has none.
    """
    scope = of(user)
    if not scope.paths:
        return None
    where = Q()
    if klass:
        if not scope.classes:
            return None
        where &= Q(**{f"{klass}__in": sorted(scope.classes)})
    if area and not scope.everything:
        reach = Q()
        for path in scope.paths:
            reach |= Q(**{f"{area}__startswith": path})
        where &= reach
    return where
