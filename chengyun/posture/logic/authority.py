"""Who may declare what: a table of cells mode x level, each with the roles that may and the echelon that commands.

The table is data of the district. What it does not mention nobody may declare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cell:
    """`who` holds role names, which for posts are their kinds; `posts` narrows it to named posts where not empty.

    `approval` is for how many minutes after a leader spoke somebody may declare on it.
    """

    who: frozenset[str]
    echelon: str
    posts: frozenset[str] = frozenset()
    approval: int = 0


@dataclass(frozen=True, slots=True)
class Table:
    cells: Mapping[tuple[str, int | None], Cell]

    def cell(self, mode: str, level: int | None) -> Cell | None:
        return self.cells.get((mode, level))


def may_declare(table: Table, mode: str, level: int | None, roles: Iterable[str], post: str | None) -> bool:
    """Whether somebody with these roles at this post has the authority. Area and clearance are checked by the caller.

    decision table (first row that fits):
      cell missing                       -> no
      no role of the cell                -> no
      cell names posts, and not this one -> no
      otherwise                          -> yes
    """
    cell = table.cell(mode, level)
    if cell is None or cell.who.isdisjoint(roles):
        return False
    return not cell.posts or post in cell.posts
