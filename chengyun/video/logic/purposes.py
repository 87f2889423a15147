"""Whether an algorithm may look through a camera: its purpose lies inside the legal basis and inside the owner's terms.

The same rule as the camera worker's own, over the same table; a test holds the two against each other.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Said:
    """A reason in both languages, with the field it belongs to."""

    field: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Purposes:
    """`names`: purpose -> (zh, en). `bases`: legal basis -> purposes that it covers, `basis_names` by name."""

    names: Mapping[str, tuple[str, str]]
    bases: Mapping[str, frozenset[str]]
    basis_names: Mapping[str, tuple[str, str]] = field(default_factory=dict)


def bases_of(legal_basis: str) -> tuple[str, ...]:
    """The codes in a camera's `legal_basis`; several are joined by +."""
    return tuple(part.strip() for part in legal_basis.split("+") if part.strip())


def covered(table: Purposes, legal_basis: str) -> frozenset[str]:
    """What the legal bases allow together; one that is not in the table covers nothing."""
    return frozenset(p for basis in bases_of(legal_basis) for p in table.bases.get(basis, ()))


def allowed(table: Purposes, legal_basis: str, terms: Collection[str] | None) -> frozenset[str]:
    """What a camera may be used for."""
    return covered(table, legal_basis) & frozenset(terms or ())


def may_bind(
    table: Purposes, purpose: str, *, camera: str, legal_basis: str, owner: str, terms: Iterable[str] | None
) -> Said | None:
    """None where it may; otherwise the first reason why not."""
    if purpose not in table.names:
        return Said(
            "preset",
            f"用途 {purpose!r} 不在用途表内。",
            f"the purpose {purpose!r} is not in the table of purposes.",
        )
    zh, en = table.names[purpose][0], table.names[purpose][1].lower()
    held = bases_of(legal_basis)
    if not held:
        return Said(
            "preset", f"摄像机 {camera} 没有登记法律依据。", f"camera {camera} has no legal basis on record."
        )
    if purpose not in covered(table, legal_basis):
        return Said(
            "preset",
            f"摄像机 {camera} 登记的法律依据（{'、'.join(held)}）不含“{zh}”用途。",
            f"the legal basis of camera {camera} ({', '.join(held)}) does not cover {en}.",
        )
    owner = owner or "?"
    if terms is None:
        return Said(
            "preset",
            f"摄像机 {camera} 的权属方（{owner}）没有登记使用约定。",
            f"the owner of camera {camera} ({owner}) has no terms of use on record.",
        )
    if purpose not in terms:
        return Said(
            "preset",
            f"摄像机 {camera} 的权属方（{owner}）不允许“{zh}”用途。",
            f"the owner of camera {camera} ({owner}) does not allow {en}.",
        )
    return None
