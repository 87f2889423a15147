"""People present (or vehicles, or anything counted) from what goes in and comes out, with baselines.

The only way in which counts at a line become a number present. Flow readings are rates over the reading's interval;
cumulative counters are taken by difference, and one that falls has restarted. A baseline sets the number, and forgets what
happened before it.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Input:
    """One stream of a balance: `sign` +1 in, -1 out; `every_s` is the interval that a flow reading speaks of."""

    stream_id: int
    sign: int
    nature: str
    every_s: int


@dataclass(slots=True)
class State:
    """`at_ms` is the latest event time that counted; `last` maps a cumulative stream to (at ms, count)."""

    value: float = 0.0
    at_ms: int = 0
    baseline_ms: int = 0
    last: dict[int, tuple[int, float]] = field(default_factory=dict)


def apply(state: State, inputs: dict[int, Input], readings: list[tuple[int, int, float]]) -> bool:
    """Add readings (stream id, at ms, value), in any order; returns whether the balance moved on.

    A late flow reading still counts, because it happened; one from before the baseline does not, because the baseline
    includes it. A cumulative count older than the last one is contained in it.
    """
    moved = False
    for stream_id, at_ms, value in sorted(readings, key=lambda reading: reading[1]):
        source = inputs[stream_id]
        if at_ms <= state.baseline_ms and source.nature == "flow":
            continue
        if source.nature == "flow":
            state.value += source.sign * value * source.every_s / 60
        else:
            before = state.last.get(stream_id)
            if before is not None and at_ms <= before[0]:
                continue
            state.last[stream_id] = (at_ms, value)
            if before is None or at_ms <= state.baseline_ms:
                # The first count is where counting starts from; nobody knows how many of them are still here.
                state.at_ms, moved = max(state.at_ms, at_ms), True
                continue
            # A counter that shows less than before was restarted: what it shows now came after that.
            state.value += source.sign * (value - before[1] if value >= before[1] else value)
        state.at_ms, moved = max(state.at_ms, at_ms), True
    return moved


def set_baseline(state: State, *, value: float, at_ms: int) -> None:
    """From `at_ms` on there were `value` present."""
    state.value, state.baseline_ms, state.at_ms = value, at_ms, max(at_ms, state.at_ms)
