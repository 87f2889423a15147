"""What a shift hands over of posture, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chengyun.kernel.i18n import T
from chengyun.people import record_text
from chengyun.posture.models import Level, Mode, OfficialWarning, Proposal


def item(row: Mapping[str, Any]) -> str:
    """One item of `queries.to_hand_over`."""
    place = record_text.place(row["area"])
    what = row["what"]
    if what == "unsigned":
        leader, due = record_text.post(row["leader"]), record_text.moment(row["due"])
        return str(
            T(
                f"{place}：待补签，{leader}，期限 {due}",
                f"{place}: to be countersigned by {leader} until {due}",
            )
        )
    if what == "undecided_warning":
        colour = OfficialWarning.Colour(row["colour"]).label
        return str(
            T(
                f"{place}：{colour}预警 {row['kind']}，待决",
                f"{place}: {colour} warning, {row['kind']}, undecided",
            )
        )
    mode = posture(row["mode"], row["level"])
    if what == "proposal":
        state = Proposal.State(row["state"]).label
        return str(T(f"{place}：建议{mode}，{state}", f"{place}: {mode} proposed, {state}"))
    until = record_text.moment(row["expected_end"])
    return str(T(f"{place}：{mode}，预计至 {until}", f"{place}: {mode}, expected until {until}"))


def posture(mode: str, level: int | None) -> str:
    """A mode and level by name."""
    name = str(Mode(mode).label)
    return name if level is None else f"{name} {Level(level).label}"
