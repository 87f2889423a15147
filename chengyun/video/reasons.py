"""What a live view inherits as its reason, as far as this domain knows it; tasks are the cases' to tell."""

from __future__ import annotations

from typing import Any

from chengyun.alerts.models import Alert, Incident
from chengyun.district import queries as district
from chengyun.kernel import clock
from chengyun.people import queries as people
from chengyun.people.models import Duty
from chengyun.video import needs


@needs.reason("incident")
def incident(user: Any, ref: str, area: str) -> bool:
    found = _number(ref)
    return found is not None and Incident.objects.visible_to(user).filter(pk=found, state="open").exists()


@needs.reason("alert")
def alert(user: Any, ref: str, area: str) -> bool:
    found = _number(ref)
    rows = Alert.objects.visible_to(user).exclude(state="closed")
    return found is not None and rows.filter(pk=found).exists()


@needs.reason("shift")
def shift(user: Any, ref: str, area: str) -> bool:
    """Whoever is on duty looks through cameras as part of it, while a shift runs."""
    if getattr(user, "pk", None) is None or people.running_shift(district.root()) is None:
        return False
    now = clock.now()
    serving = Duty.objects.filter(staff__user=user, state="serving", starts_at__lte=now)
    return serving.exclude(ends_at__lte=now).exists()


def _number(ref: str) -> int | None:
    return int(ref) if ref.isascii() and ref.isdigit() and len(ref) < 19 else None
