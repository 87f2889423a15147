"""Reads of signals. Those that take a user are narrowed to what the user may see; the others answer the platform."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db.models import Q, QuerySet, Sum

from chengyun.kernel import clock
from chengyun.kernel.errors import NotFound
from chengyun.kernel.i18n import T
from chengyun.people.models import SourceToken
from chengyun.signals.logic import times
from chengyun.signals.models import (
    Datastream,
    InputLog,
    IntakeCount,
    MinuteFigure,
    Observation,
    Quarantine,
    Source,
)
from chengyun.signals.totals import Total, total

__all__ = [
    "Input",
    "Total",
    "datastream",
    "datastreams",
    "inputs",
    "intake",
    "minute_figures",
    "observations",
    "quarantine",
    "source_of_token",
    "sources",
    "total",
]

# Suggested: a page of raw observations reaches back at most so far; longer spans are what minute figures are for.
OBSERVATION_SPAN_MINUTES = 24 * 60


def source_of_token(token: str) -> str | None:
    """The code of the source that a bearer token was issued for; None if it is unknown, revoked or expired."""
    now = clock.now()
    return (
        SourceToken.objects.filter(sha256=sha256(token.encode()).hexdigest(), revoked_at=None)
        .filter(Q(expires_at=None) | Q(expires_at__gt=now))
        .values_list("source", flat=True)
        .first()
    )


def datastreams(user: Any) -> QuerySet[Datastream]:
    """With the latest value; of the user's areas and classes."""
    found: QuerySet[Datastream] = Datastream.objects.visible_to(user)
    return found.select_related("area", "asset", "source", "latest")


def datastream(user: Any, code: str) -> Datastream:
    """One of them. Raises `NotFound`, also for one outside the user's scope."""
    found = datastreams(user).filter(code=code).first()
    if found is None:
        raise NotFound(
            "no_datastream", T(f"没有数据流 {code}", f"There is no datastream {code}"), field="code"
        )
    return found


def observations(user: Any, code: str, *, since: datetime, until: datetime) -> list[Observation]:
    """Single observations with an event time in [since, until), newest first, at most a day of them."""
    stream = datastream(user, code)
    first, last = times.to_ms(since), times.to_ms(until)
    first = max(first, last - OBSERVATION_SPAN_MINUTES * 60_000)
    # Naming the minutes makes each a short look-up in the key instead of a scan over everybody's readings.
    minutes = list(range(first // 60_000, last // 60_000 + 1))
    found = Observation.objects.filter(
        minute__in=minutes, stream_id=stream.pk, at_ms__gte=first, at_ms__lt=last
    )
    return sorted(found, key=lambda row: (row.at_ms, row.message, row.idx), reverse=True)


def minute_figures(user: Any, code: str, *, since: datetime, until: datetime) -> QuerySet[MinuteFigure]:
    """The roll-up in [since, until), oldest first."""
    stream = datastream(user, code)
    first, last = times.to_ms(since) // 60_000, times.to_ms(until) // 60_000
    return MinuteFigure.objects.filter(stream_id=stream.pk, minute__gte=first, minute__lt=last).order_by(
        "minute"
    )


def quarantine() -> QuerySet[Quarantine]:
    """What was not taken. It has no area, because what it speaks of may not exist: for those with signal.quarantine."""
    return Quarantine.objects.all()


def intake(since: datetime) -> list[dict[str, Any]]:
    """What each source's readings met with since a moment: source, what, n."""
    minute = times.to_ms(since) // 60_000
    return list(
        IntakeCount.objects.filter(minute__gte=minute)
        .values("source", "what")
        .annotate(n=Sum("n"))
        .order_by("source", "what")
    )


def sources() -> QuerySet[Source]:
    return Source.objects.order_by("code")


@dataclass(frozen=True, slots=True)
class Input:
    """One message as it came; `form` (json, senml, raw) is how its sender named it."""

    at: datetime
    source: str
    form: str
    key: str | None
    body: bytes


def inputs(start: datetime, end: datetime) -> Iterator[Input]:
    """What arrived in [start, end), in the order of arrival, from the input log."""
    rows = InputLog.objects.filter(
        arrived_ms__gte=times.to_ms(start), arrived_ms__lt=times.to_ms(end)
    ).order_by("id")
    for row in rows.iterator(chunk_size=500):
        body = bytes(row.body)
        yield Input(
            times.from_ms(row.arrived_ms),
            row.source,
            row.form,
            row.key,
            zlib.decompress(body) if row.packed else body,
        )
