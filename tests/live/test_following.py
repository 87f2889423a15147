"""Who follows the journal knows what stands in the tables: at every moment of an evening, entries alone give the state.

One test for all kinds that change a row which is shown: the function that follows them is the one that the tape uses, and
what it gives is compared with the live rows field by field.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from chengyun.alerts import runtime
from chengyun.kernel import registry, scope, sealer
from chengyun.live import picture, replay
from chengyun.live.rows import Row
from chengyun.live.scenario import Scenario
from chengyun.live.tape import asof, journal
from chengyun.live.tape.following import State, follow, hidden, is_open
from chengyun.server import district_folder
from tests.live import short

pytestmark = pytest.mark.django_db


def standing() -> dict[str, Row]:
    """The live rows that stand now."""
    found = picture.snapshot(scope.ALL)["rows"]
    return {f"{kind}:{row.id}": row for kind in found for row in found[kind]}


def begun(shown: dict[str, Row]) -> State:
    """The state from which somebody follows on who starts from a snapshot."""
    state: State = {}
    for subject, row in shown.items():
        kind = subject.partition(":")[0]
        fields = row.model_dump()
        state[subject] = fields
        if kind == "alert":
            fields |= {"out": row.hidden == "out_of_service", "suppressed": row.suppressed_by is not None}
        elif kind == "case":
            fields |= {"took": 0, "noticed": []}
        elif kind == "shift":
            fields["overdue"] = row.overdue_since is not None
        elif kind == "incident":
            ours = [name for name, other in shown.items() if getattr(other, "incident", None) == row.id]
            fields["members"] = {name for name in ours if name.startswith("alert:")}
    return state


# What a row shows of others, or of spans that the tables keep.
DERIVED = frozenset({
    "open", "hidden", "unacknowledged", "lon", "lat", "assigned", "department", "due_at", "overdue_since", "state_zh",
    "state_en", "post_zh", "post_en",
})  # fmt: skip


def told(state: State) -> dict[str, Any]:
    """What stands according to the entries."""
    found = {}
    for subject, now in state.items():
        kind = subject.partition(":")[0]
        if is_open(kind, now):
            names = asof.KNOWN[kind] - DERIVED
            found[subject] = {name: now[name] for name in names} | (
                {"hidden": hidden(now)} if kind == "alert" else {}
            )
    return found


def shown(now: dict[str, Row]) -> dict[str, Any]:
    """The same of the live rows."""
    found = {}
    for subject, row in now.items():
        kind = subject.partition(":")[0]
        names = asof.KNOWN[kind] - DERIVED | ({"hidden"} if kind == "alert" else set())
        found[subject] = {name: getattr(row, name) for name in names}
    return found


class Follower:
    """Starts from a snapshot at some number and applies the sealed entries after it."""

    def __init__(self) -> None:
        self.seq, _ = sealer.head()
        self.state = begun(standing())
        self.kinds: set[str] = set()

    def keep_up(self) -> None:
        for said in journal.between(self.seq, sealer.head()[0]):
            self.seq = said.seq
            if follow(self.state, said):
                self.kinds.add(said.kind)


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
        truth = shown(standing())
        for follower in followers:
            follower.keep_up()
            assert told(follower.state) == truth, now
        # Somebody joins at every so many moments, with what the tables showed then.
        if looks % 25 == 1:
            followers.append(Follower())

    replay.play(Scenario(short.write_scenario(tmp_path)), load_district=district_folder.load, watch=watch)
    assert looks > 100 and len(followers) > 4
    kinds = followers[0].kinds
    assert {"alert.opened", "alert.cleared", "alert.judged", "case.moved", "posture.ended"} <= kinds
    assert {"incident.opened", "incident.closed", "case.reported"} <= kinds
    runtime.forget()
