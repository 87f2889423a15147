"""What people judged of an algorithm's alerts, by binding: never by who judged."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Min

from chengyun.alerts.models import Alert
from chengyun.video.logic.wilson import Share, share
from chengyun.video.models import Binding, BindingStream

# What the subject of an alert begins with that is one event by itself.
EVENT = "camera-event:"


@dataclass(frozen=True, slots=True)
class Measured:
    """`true` of `judged` (true or false alarms) with the interval; `duplicate` and `nothing_to_do` stand beside, `open` wait
    for a verdict. `since`: when the first of them was opened."""

    share: Share
    duplicate: int = 0
    nothing_to_do: int = 0
    open: int = 0
    since: datetime | None = None

    @property
    def judged(self) -> int:
        return self.share.judged

    @property
    def true(self) -> int:
        return self.share.true


NONE = Measured(share(0, 0))


def of_binding(row: Binding, since: datetime | None = None) -> Measured:
    return of_bindings([row.pk], since).get(row.pk, NONE)


def of_bindings(ids: Iterable[int], since: datetime | None = None) -> dict[int, Measured]:
    """Binding id -> what was judged of it, of alerts opened since then; those without any alert are missing."""
    wanted = set(ids)
    counts: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    first: dict[int, datetime] = {}

    def add(binding: int, verdict: str | None, n: int, at: datetime) -> None:
        counts[binding][verdict or "open"] += n
        first[binding] = min(first.get(binding, at), at)

    subjects = {
        f"datastream:{code}": binding
        for binding, code in BindingStream.objects.filter(binding__in=wanted).values_list(
            "binding", "stream__code"
        )
    }
    codes = list(subjects)
    for start in range(0, len(codes), 500):
        rows = Alert.objects.filter(subject__in=codes[start : start + 500])
        if since is not None:
            rows = rows.filter(opened_at__gte=since)
        for subject, verdict, n, at in (
            rows.values_list("subject", "verdict").annotate(n=Count("pk"), at=Min("opened_at")).order_by()
        ):
            add(subjects[subject], verdict, n, at)
    # Those that are alerts by themselves; of old events the row has gone, and the binding stands beside the alert.
    for way in ("video_events__binding", "event_alert__binding"):
        rows = Alert.objects.filter(subject__startswith=EVENT, **{f"{way}__in": wanted})
        if since is not None:
            rows = rows.filter(opened_at__gte=since)
        for binding, verdict, n, at in (
            rows.values_list(way, "verdict")
            .annotate(n=Count("pk", distinct=True), at=Min("opened_at"))
            .order_by()
        ):
            add(binding, verdict, n, at)
    return {
        binding: Measured(
            share(found["true"], found["true"] + found["false"]),
            found["duplicate"],
            found["nothing_to_do"],
            found["open"],
            first[binding],
        )
        for binding, found in counts.items()
    }


def together(parts: Iterable[Measured]) -> Measured:
    """What was judged of several bindings, as one."""
    found = list(parts)
    moments = [part.since for part in found if part.since is not None]
    return Measured(
        share(sum(p.true for p in found), sum(p.judged for p in found)),
        sum(p.duplicate for p in found),
        sum(p.nothing_to_do for p in found),
        sum(p.open for p in found),
        min(moments, default=None),
    )
