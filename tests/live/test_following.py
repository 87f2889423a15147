"""Who follows the journal knows what stands in the tables: at every moment of an evening, entries alone give the state.

One test for all kinds that change a state which is shown: alerts, incidents, cases, posture, shifts.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chengyun.alerts import runtime
from chengyun.alerts.models import Alert, Incident
from chengyun.cases.models import Case
from chengyun.kernel import registry, sealer
from chengyun.kernel.models import JournalEntry, JournalSeal
from chengyun.live import replay
from chengyun.live.scenario import Scenario
from chengyun.people.models import Shift
from chengyun.posture.models import Declaration
from chengyun.server import district_folder
from tests.live import short

pytestmark = pytest.mark.django_db
State = dict[tuple[str, int], Any]


def fetched() -> State:
    """What the tables show now."""
    found: State = {}
    for pk, state, level in Alert.objects.values_list("id", "state", "level"):
        found["alert", pk] = (state, level)
    for pk, state, level in Incident.objects.values_list("id", "state", "level"):
        found["incident", pk] = (state, level)
    for pk, state, post in Case.objects.values_list("id", "state", "accountable_post__code"):
        found["case", pk] = (state, post)
    for pk, mode, level in Declaration.objects.filter(ended_at=None).values_list("id", "mode", "level"):
        found["declaration", pk] = (mode, level)
    for pk in Shift.objects.filter(state__in=["open", "handing_over"]).values_list("id", flat=True):
        found["shift", pk] = "serving"
    return found


def _alert(state: State, entry: JournalEntry, p: dict[str, Any]) -> None:
    if (
        "alert" not in p
        or p["alert"] is None
        or ("alert", p["alert"]) not in state
        and entry.kind != "alert.opened"
    ):
        return
    key = ("alert", p["alert"])
    before = state.get(key, (None, None))
    level = p["level"] if p.get("level") is not None else before[1]
    again = entry.kind in ("alert.opened", "alert.reopened", "alert.worsened")
    state[key] = (p.get("state") or ("unacknowledged" if again else before[0]), level)


def _incident(state: State, entry: JournalEntry, p: dict[str, Any]) -> None:
    state["incident", p["incident"]] = ("closed" if entry.kind == "incident.closed" else "open", p["level"])


def _case(state: State, entry: JournalEntry, p: dict[str, Any]) -> None:
    if "to" in p:
        number = int(entry.subject.partition(":")[2])
        # An entry names the post where it changes.
        post = p["post"] if "post" in p else state["case", number][1]
        state["case", number] = (p["to"], post)


def _posture(state: State, entry: JournalEntry, p: dict[str, Any]) -> None:
    if entry.kind in ("posture.declared", "posture.downgraded"):
        state.pop(("declaration", p.get("follows") or 0), None)
        state["declaration", p["declaration"]] = (p["mode"], p["level"])
    elif entry.kind == "posture.ended":
        state.pop(("declaration", p["declaration"]))


def _shift(state: State, entry: JournalEntry, p: dict[str, Any]) -> None:
    if entry.kind == "shift.opened":
        state["shift", int(entry.subject.partition(":")[2])] = "serving"
    elif entry.kind == "shift.handed_over":
        state.pop(("shift", p["from"]))
        state["shift", p["to"]] = "serving"


FOLLOW: dict[str, Callable[[State, JournalEntry, dict[str, Any]], None]] = {
    "alert": _alert, "incident": _incident, "case": _case, "posture": _posture, "shift": _shift,
}  # fmt: skip


class Follower:
    """Starts from a snapshot at some number and applies the sealed entries after it."""

    def __init__(self) -> None:
        self.seq, _ = sealer.head()
        self.state = fetched()
        self.kinds: set[str] = set()

    def keep_up(self) -> None:
        for seal in JournalSeal.objects.filter(seq__gt=self.seq).order_by("seq").select_related("entry"):
            self.seq = seal.seq
            follow = FOLLOW.get(seal.entry.kind.partition(".")[0])
            if follow is not None:
                self.kinds.add(seal.entry.kind)
                follow(self.state, seal.entry, seal.entry.payload)


def test_a_snapshot_and_the_entries_after_it_are_the_state_now(settings: Any, tmp_path: Path) -> None:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    runtime.forget()
    registry.forget()
    followers: list[Follower] = []
    looks = 0

    def watch(now: datetime) -> None:
        nonlocal looks
        sealer.seal_pending()
        looks += 1
        truth = fetched()
        for follower in followers:
            follower.keep_up()
            assert follower.state == truth, (now, set(follower.state.items()) ^ set(truth.items()))
        # Somebody joins at every so many moments, with what the tables showed then.
        if looks % 25 == 1:
            followers.append(Follower())

    replay.play(Scenario(short.write_scenario(tmp_path)), load_district=district_folder.load, watch=watch)
    assert looks > 100 and len(followers) > 4
    assert {"alert.opened", "alert.cleared", "alert.judged", "case.moved", "posture.ended"} <= followers[
        0
    ].kinds
    assert {"incident.opened", "incident.closed", "case.reported"} <= followers[0].kinds
    runtime.forget()
