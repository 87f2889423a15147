"""The chain that led to a thing: its own entries, and through each cause those of what caused it, back to the signal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chengyun.kernel import journal
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the answer; `depth` says how far from the thing that was asked about."""

    depth: int
    entry: JournalEntry

    def as_dict(self) -> dict[str, Any]:
        entry = self.entry
        return {
            "depth": self.depth,
            "entry": entry.id,
            "at": entry.at.isoformat(),
            "kind": entry.kind,
            "label": str(journal.kinds[entry.kind].label) if entry.kind in journal.kinds else entry.kind,
            "subject": entry.subject,
            "actor": entry.actor,
            "area": entry.area,
            "payload": entry.payload,
            "cause": entry.cause_id,
        }


def explain(
    kind: str, identity: str, viewer: Any, *, until: datetime | None = None, limit: int = 500
) -> list[Step]:
    """The steps from the first cause to the latest entry of `kind:identity`, in the order in which they happened.

    `viewer` is a user or a Scope; entries outside it are left out, as everywhere, and so are those after `until`. Raises
    NotFound where nothing is left.
    """
    visible = JournalEntry.objects.visible_to(viewer)
    if until is not None:
        visible = visible.filter(at__lte=until)
    found: dict[int, Step] = {}
    subjects = {f"{kind}:{identity}"}
    queue = [(f"{kind}:{identity}", 0)]
    while queue and len(found) < limit:
        subject, depth = queue.pop(0)
        for entry in visible.filter(subject=subject).order_by("id")[:limit]:
            found.setdefault(entry.id, Step(depth, entry))
            if entry.cause_id is None:
                continue
            cause = visible.filter(pk=entry.cause_id).first()
            if cause is None:
                continue
            found.setdefault(cause.id, Step(depth + 1, cause))
            # The cause's own history explains it; what happened to that subject afterwards does not.
            if cause.subject not in subjects and depth < 6:
                subjects.add(cause.subject)
                queue.append((cause.subject, depth + 1))
    if not found:
        raise NotFound(
            "nothing_recorded",
            T(f"日志中没有 {kind}:{identity}", f"The journal holds nothing about {kind}:{identity}"),
            hint=T(
                "请核对类型与编号，例如 case 12。", "Check the kind and the number, for example: case 12."
            ),
        )
    return [found[key] for key in sorted(found)]
