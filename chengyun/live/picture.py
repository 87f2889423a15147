"""What a console starts from: the open rows and the points within a viewer's sight, as of a number of the seal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from chengyun.alerts.models import Alert, Incident
from chengyun.cases import queries as cases
from chengyun.kernel import clock, registry, sealer
from chengyun.live import rows
from chengyun.live.stream import sight
from chengyun.people.models import Shift
from chengyun.posture import logic
from chengyun.posture.models import Approval, Declaration, DeclaredResponse, OfficialWarning, Proposal
from chengyun.signals.models import Datastream
from chengyun.signals.vocabulary import quantities

# Per kind, the rows that stand. What a row's `open` says and what is asked for here are the same (a test compares them).
STANDING: Mapping[str, Callable[[Any], Any]] = {
    "alert": lambda viewer: Alert.objects.visible_to(viewer).exclude(state="closed"),
    "incident": lambda viewer: Incident.objects.visible_to(viewer).filter(state="open"),
    "case": lambda viewer: cases.cases(viewer).filter(is_open=True),
    "proposal": lambda viewer: Proposal.objects.visible_to(viewer).filter(state__in=logic.OPEN),
    "declaration": lambda viewer: Declaration.objects.visible_to(viewer).filter(ended_at=None),
    "approval": lambda viewer: Approval.objects.visible_to(viewer).filter(state="open"),
    "warning": lambda viewer: OfficialWarning.objects.visible_to(viewer).filter(lifted_at=None),
    "response": lambda viewer: DeclaredResponse.objects.visible_to(viewer).filter(ended_at=None),
    "shift": lambda viewer: Shift.objects.visible_to(viewer).filter(state__in=Shift.RUNNING),
}


@registry.steady()
def snapshot(viewer: Any) -> dict[str, Any]:
    """Generation, number, clock and rows. The number is read before the rows: an entry after it may show again what the
    rows show already, and none is missing."""
    seq, _ = sealer.head()
    return {
        "gen": sight.generation(sight.of(viewer)),
        "seq": seq,
        "clock": clock_now(),
        "rows": {kind: standing(kind, viewer) for kind in STANDING},
    }


def standing(kind: str, viewer: Any) -> list[rows.Row]:
    """The rows of one kind that stand and that `viewer` may see."""
    return list(rows.KINDS[kind](_numbers(STANDING[kind](viewer))))


def _numbers(found: Any) -> Iterable[int]:
    return found.select_related(None).order_by("pk").values_list("pk", flat=True)


def clock_now() -> dict[str, Any]:
    """The district's time, and how fast it runs."""
    return {"now": clock.now(), "rate": clock.rate()}


_POINT = (
    "pk", "code", "quantity", "every_s", "asset__code", "asset__lon", "asset__lat", "latest__value", "latest__at_ms",
)  # fmt: skip


def points(viewer: Any) -> dict[str, list[Any]]:
    """Datastreams in service that belong to something with a place, by column."""
    found = Datastream.objects.visible_to(viewer).filter(in_service=True, asset__isnull=False)
    known = quantities()
    columns: list[tuple[Any, ...]] = list(zip(*found.order_by("pk").values_list(*_POINT), strict=True))
    ids, codes, kinds, every, assets, lon, lat, value, at_ms = columns or [()] * len(_POINT)
    return {
        "ids": list(ids),
        "codes": list(codes),
        "assets": list(assets),
        "lon": list(lon),
        "lat": list(lat),
        "quantity": list(kinds),
        "unit": [known[kind].unit for kind in kinds],
        "every_s": list(every),
        "value": list(value),
        "at_ms": list(at_ms),
    }
