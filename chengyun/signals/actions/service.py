"""Taking datastreams out of service and back, and clearing the quarantine."""

from __future__ import annotations

from fnmatch import fnmatchcase

from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.signals import judging, store
from chengyun.signals.models import Datastream, Quarantine


def changed() -> None:
    """Have every process read the registry anew. Only inside `write()`."""
    store.set_registry_token(judging.token())


def set_service(
    actor: Actor, *, datastream: str, in_service: bool, reason: str, cause: int | None = None
) -> Datastream:
    """Take a datastream out of service (its readings are set apart, its silence says nothing) or put it back."""
    with write():
        row = Datastream.objects.select_related("area").filter(code=datastream).first()
        if row is None or not actor.may("registry.edit", row.area.path):
            actor.require("registry.edit")
            raise NotFound(
                "no_datastream",
                T(f"没有数据流 {datastream}", f"There is no datastream {datastream}"),
                field="datastream",
            )
        if row.in_service == in_service:
            return row
        row.in_service = in_service
        row.save()
        changed()
        journal.record(
            "datastream.service_changed",
            subject=f"datastream:{datastream}",
            area=row.area.path,
            actor=actor,
            payload={
                "datastream": datastream,
                "in_service": in_service,
                "reason_digest": seal_text(reason)[1],
            },
            cause=cause,
            klass=row.klass,
        )
        return row


def set_source_service(
    actor: Actor, *, source: str, pattern: str, in_service: bool, reason: str, cause: int | None = None
) -> int:
    """The same for all datastreams of a source whose codes match a pattern (`pond-*.depth`). Returns how many changed."""
    with write():
        actor.require("registry.edit")
        rows = [
            row
            for row in Datastream.objects.filter(source__code=source).exclude(in_service=in_service)
            if fnmatchcase(row.code, pattern)
        ]
        if not rows:
            return 0
        for row in rows:
            row.in_service = in_service
        Datastream.objects.bulk_update(rows, ["in_service"], batch_size=500)
        changed()
        journal.record(
            "source.service_changed",
            subject=f"source:{source}",
            actor=actor,
            payload={
                "source": source,
                "pattern": pattern[:80],
                "in_service": in_service,
                "count": len(rows),
                "reason_digest": seal_text(reason)[1],
            },
            cause=cause,
        )
        return len(rows)


def clear_quarantine(
    actor: Actor, *, source: str, reason: str, area: str = "", cause: int | None = None
) -> int:
    """Remove the items of one source and reason once somebody has looked at them; the counts stay. Returns how many."""
    with write():
        actor.require("signal.quarantine", area)
        gone, _ = Quarantine.objects.filter(source=source, reason=reason).delete()
        journal.record(
            "signals.quarantine_cleared",
            subject=f"source:{source}"[:80],
            actor=actor,
            payload={"source": source[:60], "reason": reason[:32], "count": gone},
            cause=cause,
        )
        return gone
