"""Taking datastreams out of service and back, and clearing the quarantine."""

from __future__ import annotations

from fnmatch import fnmatchcase
from typing import Any

from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.signals import judging, store, vocabulary
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


def save_datastream(actor: Actor, *, code: str, cause: int | None = None, **values: Any) -> Datastream:
    """Create or change a datastream: quantity, asset, area, source (rows, asset or None), every_s, late_s, min, max, klass.

    Held to what the folder is held to: a quantity of the vocabulary, bounds within it, nothing that speaks of persons.
    A computed stream (source `balance`) stays as sources.yaml has it.
    """
    with write():
        row = Datastream.objects.select_related("area", "source").filter(code=code).first()
        new = row is None
        row = row or Datastream(code=code)
        area = values["area"] if new or "area" in values else row.area
        actor.require("registry.edit", area.path)
        if not new:
            actor.require("registry.edit", row.area.path)
        fields = sorted(name for name, value in values.items() if new or getattr(row, name) != value)
        before = None if new else row.source.code
        for name in fields:
            setattr(row, name, values[name])
        if not fields and not new:
            return row
        _sound(row, before)
        row.save()
        changed()
        journal.record(
            "datastream.changed",
            subject=f"datastream:{code}",
            area=area.path,
            actor=actor,
            payload={"datastream": code, "fields": fields},
            cause=cause,
            klass=row.klass,
        )
        return row


def _sound(row: Datastream, source_before: str | None) -> None:
    """Raise `Invalid` for what a district's folder would be refused for."""
    refused = vocabulary.refused_terms()
    for name in ("code", "quantity"):
        term = refused.why(getattr(row, name))
        if term is not None:
            raise Invalid(
                "term",
                T(
                    f"“{term}”：信号只说明地点和事物，不涉及个人",
                    f"{term!r}: a signal speaks of places and things, never of persons",
                ),
                field=name,
            )
    known = vocabulary.quantities().get(row.quantity)
    if known is None:
        raise Invalid(
            "quantity", T("词表中没有此物理量", "This quantity is not in the vocabulary"), field="quantity"
        )
    low = known.min if row.min is None else row.min
    high = known.max if row.max is None else row.max
    if not known.min <= low < high <= known.max:
        raise Invalid(
            "bounds",
            T(f"上下限应在 {known.min:g} 至 {known.max:g} 之间，且下限小于上限",
              f"bounds lie within {known.min:g} to {known.max:g}, lower below upper"),
            field="min",
        )  # fmt: skip
    if (row.source.code == "balance") != (source_before == "balance"):
        raise Invalid(
            "computed",
            T("计算得出的数据流由 sources.yaml 设定", "Computed streams are set up in sources.yaml"),
            field="source",
        )


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
