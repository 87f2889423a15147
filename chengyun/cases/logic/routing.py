"""Who gets a case: first asked (首问), designated (指定), fallback (兜底). Always ends with a named owner, and says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

ORDER = ("posture", "first_asked", "designated", "fallback")


@dataclass(frozen=True, slots=True)
class Route:
    """`post`, or else `department` or `post_kind` to be looked up for the place; `rule` says which rule chose it."""

    rule: str
    post: str | None = None
    department: str | None = None
    post_kind: str | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """The district's routing table. `designated`: kind -> department or post, nearest area first."""

    first_asked: frozenset[str] = frozenset()
    designated: Sequence[Mapping[str, Any]] = ()
    fallback: Sequence[Mapping[str, Any]] = ({"post_kind": "duty_officer"},)
    max_returns: int = 2


def candidates(
    table: Table,
    kind: str,
    area_path: str,
    *,
    first_post: str | None = None,
    posture_post: str | None = None,
) -> list[Route]:
    """Routes in the order in which they are tried; the last is the duty officer, so that there is always one."""
    found: list[Route] = []
    if posture_post:
        found.append(Route("posture", post=posture_post))
    if first_post and ("*" in table.first_asked or kind in table.first_asked):
        found.append(Route("first_asked", post=first_post))
    rows = [row for row in table.designated if _fits(row, kind, area_path)]
    # The row that speaks of the smallest place goes first; "*" as a kind after one that is named.
    rows.sort(key=lambda row: (-len(str(row.get("area_path") or "")), "*" in row["kinds"]))
    found += [
        Route("designated", row.get("post"), row.get("department"), row.get("post_kind")) for row in rows
    ]
    return found + fallbacks(table, area_path)


def fallbacks(table: Table, area_path: str) -> list[Route]:
    """The fallback owners, nearest first; ends with the duty officer."""
    rows = [row for row in table.fallback if area_path.startswith(str(row.get("area_path") or ""))]
    found = [Route("fallback", row.get("post"), row.get("department"), row.get("post_kind")) for row in rows]
    return [*found, Route("fallback", post_kind="duty_officer")]


def _fits(row: Mapping[str, Any], kind: str, area_path: str) -> bool:
    kinds = row["kinds"]
    return (kind in kinds or "*" in kinds) and area_path.startswith(str(row.get("area_path") or ""))
