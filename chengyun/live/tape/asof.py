"""The row of a thing as it was at a number: today's row with everything replaced that may have changed since.

Per kind the fields are of three sorts, and a test sees to it that each field is in one of them: FACTS never change, KNOWN
are given by the journal (some by tables whose rows say from when to when they held), and the rest nobody knows: null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from chengyun.alerts.models import Alert
from chengyun.kernel import sql
from chengyun.kernel.models import JournalEntry
from chengyun.live import rows
from chengyun.live.rows.places import grounds, spots
from chengyun.live.rows.shapes import Row
from chengyun.live.tape.casework import Casework
from chengyun.live.tape.following import State, hidden, is_open, loud
from chengyun.live.tape.shapes import TapeAlertRow, TapeCaseRow, TapeIncidentRow

_PLACE = frozenset("id area area_zh area_en path klass".split())
_SPOT = frozenset("lon lat".split())

FACTS: Mapping[str, frozenset[str]] = {
    "alert": _PLACE | _SPOT | frozenset(
        "rule name_zh name_en subject asset since opened_at unit camera entry".split()
    ),
    "incident": _PLACE | frozenset("cause name_zh name_en opened_at entry".split()),
    "case": _PLACE | _SPOT | frozenset("kind kind_zh kind_en source urgent reported_at incident".split()),
    "proposal": _PLACE | _SPOT | frozenset("mode level incident proposed_at proposed_by entry".split()),
    "declaration": _PLACE | _SPOT | frozenset(
        "mode level incident matter measures since by post post_zh post_en proposal follows entry".split()
    ),
    "approval": _PLACE | _SPOT | frozenset(
        "purpose proposal leader spoken_at recorded_at due_at expires_at entry".split()
    ),
    "warning": _PLACE | _SPOT | frozenset(
        "issuer external_id kind colour text issued_at received_at".split()
    ),
    "response": _PLACE | _SPOT | frozenset("level matter authority document declared_at".split()),
    "shift": _PLACE | _SPOT | frozenset("pattern code starts_at ends_at".split()),
}  # fmt: skip
KNOWN: Mapping[str, frozenset[str]] = {
    "alert": frozenset(
        "open level peak state hidden verdict acknowledged_at cleared_at closed_at shelved_until shelve_reason "
        "suppressed_by measure threshold have of raises incident".split()
    ),
    "incident": _SPOT | frozenset("open level peak state alerts unacknowledged closed_at".split()),
    "case": frozenset(
        "open condition state state_zh state_en post post_zh post_en assigned department due_at closed_at reports returns "
        "merged_into".split()
    ),
    "proposal": frozenset("open state evidence times asked asked_at alarms closed_at".split()),
    "declaration": frozenset("open expected_end ended_at ended".split()),
    "approval": frozenset("open declaration overdue_at expired_at state settled_at".split()),
    "warning": frozenset("open state alarms declaration decided_at lifted_at".split()),
    "response": frozenset("open ended_at".split()),
    "shift": frozenset("open state opened_at closed_at overdue_since hand_over".split()),
}  # fmt: skip
SHAPES: Mapping[str, type[Row]] = {
    "alert": TapeAlertRow,
    "incident": TapeIncidentRow,
    "case": TapeCaseRow,
    "proposal": rows.ProposalRow,
    "declaration": rows.DeclarationRow,
    "approval": rows.ApprovalRow,
    "warning": rows.WarningRow,
    "response": rows.ResponseRow,
    "shift": rows.ShiftRow,
}


class Ledger:
    """The facts of some subjects, read once; `row` then gives any of them as any state says it was."""

    def __init__(self, subjects: Iterable[str]) -> None:
        self._today = rows.of(subjects)
        self._assets = _assets([row.id for row in self._today.values() if isinstance(row, rows.IncidentRow)])
        self._cases = Casework([row.id for row in self._today.values() if isinstance(row, rows.CaseRow)])
        self._middles = {ground.path: ground for ground in grounds().values()}

    def row(self, state: State, subject: str) -> Row | None:
        """The row as the state says; None for what had not begun, and for what is not there any more."""
        today, now = self._today.get(subject), state.get(subject)
        if today is None or now is None:
            return None
        kind, _, number = subject.partition(":")
        shape = SHAPES[kind]
        fields: dict[str, Any] = dict.fromkeys(shape.model_fields)
        fields |= {name: getattr(today, name) for name in FACTS[kind]}
        fields |= {name: now[name] for name in KNOWN[kind] & now.keys()}
        fields["open"] = is_open(kind, now)
        more = _MORE.get(kind)
        if more is not None:
            fields |= more(self, state, now, today)
        return shape.model_construct(**fields)

    def _alert(self, state: State, now: dict[str, Any], today: Row) -> dict[str, Any]:
        return {"hidden": hidden(now)}

    def _incident(self, state: State, now: dict[str, Any], today: Row) -> dict[str, Any]:
        """Counts, and the spot, follow the alerts that are in it then."""
        alerts = [(state[name]["level"], int(name[6:]), name) for name in now["members"] if name in state]
        open_ones = [alert for alert in alerts if state[alert[2]]["state"] != "closed"]
        at: Any = self._middles.get(today.path)
        if open_ones:
            # An incident stands where its gravest alert does.
            asset = self._assets.get(min(open_ones)[1])
            at = at if asset is None else spots().get(asset, at)
        noisy = sum(loud(state[name]) for _, _, name in alerts)
        return {"unacknowledged": noisy, "lon": at.lon if at else None, "lat": at.lat if at else None}

    def _case(self, state: State, now: dict[str, Any], today: Row) -> dict[str, Any]:
        return self._cases.fields(today.id, now)

    def _shift(self, state: State, now: dict[str, Any], today: Row) -> dict[str, Any]:
        planned = today.ends_at if isinstance(today, rows.ShiftRow) else None
        return {"overdue_since": planned if now["overdue"] else None}


def _assets(incidents: Sequence[int]) -> dict[int, int | None]:
    """The asset of each alert that is in some incidents now, or was moved from one to another."""
    found: dict[int, int | None] = {}
    for part in sql.parts(incidents):
        found |= dict(Alert.objects.filter(incident_id__in=part).values_list("pk", "asset_id"))
    if incidents:
        moved = JournalEntry.objects.filter(kind="alert.regrouped").values_list("subject", flat=True)
        for part in sql.parts([int(subject[6:]) for subject in moved]):
            found |= dict(Alert.objects.filter(pk__in=part).values_list("pk", "asset_id"))
    return found


_MORE: Mapping[str, Callable[[Ledger, State, dict[str, Any], Row], dict[str, Any]]] = {
    "alert": Ledger._alert,
    "incident": Ledger._incident,
    "case": Ledger._case,
    "shift": Ledger._shift,
}
