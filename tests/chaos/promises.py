"""What must hold afterwards, whatever was killed, and whenever."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any

from tests.chaos.installation import Installation
from tests.chaos.load import Gateway


def stored_once(seen: dict[str, Any], gateways: Iterable[Gateway]) -> None:
    """Each acknowledged reading is stored exactly once; one that was not acknowledged at most once, and whole messages."""
    stored = Counter((ds, at_ms, value) for ds, at_ms, value in seen["observations"])
    assert not [row for row, times in stored.items() if times > 1], "stored twice"
    expected: set[tuple[str, int, float]] = set()
    for gateway in gateways:
        assert not gateway.wrong, gateway.wrong[:3]
        for readings in gateway.acknowledged.values():
            expected.update(readings)
        for key, readings in gateway.open.items():
            found = [row for row in readings if row in stored]
            assert len(found) in (0, len(readings)), f"half of message {key} is stored"
            expected.update(found)
    lost = expected - stored.keys()
    assert not lost, f"{len(lost)} acknowledged readings are lost, e.g. {sorted(lost)[:3]}"
    assert not stored.keys() - expected, "stored what nobody sent"
    accepted = sum(n for what, n in seen["counted"] if what == "accepted")
    assert accepted == len(expected), "the counts say something else than the table"


def timers_once(seen: dict[str, Any], lanes: int) -> None:
    """Each tick of each lane fired exactly once, and none is missing."""
    ticks: dict[str, list[int]] = defaultdict(list)
    for lane, payload in seen["ticks"]:
        ticks[lane].append(json.loads(payload)["n"])
    assert len(ticks) == lanes
    for lane, numbers in ticks.items():
        assert numbers == list(range(len(numbers))), f"{lane} skipped or repeated a tick"


def handed_at_least_once(seen: dict[str, Any], at: Installation) -> None:
    """Everything that was to leave arrived outside, once or more often."""
    arrived = set((at.home / "handed").read_text().splitlines())
    due = {f"{lane} {json.loads(payload)['n']}" for lane, payload in seen["ticks"]}
    assert arrived == due
    assert seen["not_handed"] == 0


def sound(seen: dict[str, Any]) -> None:
    """The chain is whole, everything is sealed, no double alert, and `verify` finds nothing."""
    assert seen["faults"] == []
    assert seen["figures"]["chain_ok"] and seen["figures"]["sealed"] == seen["entries"], "not all is sealed"
    assert seen["alerts"] == seen["alerts_opened"] > 0, "alerts without an entry, or entries without an alert"
