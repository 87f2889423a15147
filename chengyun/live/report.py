"""What a night came to, as data: read from the journal and the tables after a replay."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from chengyun.alerts import queries as alerts
from chengyun.cases import queries as cases
from chengyun.kernel import sealer
from chengyun.kernel.models import JournalEntry
from chengyun.live.replay import Played
from chengyun.live.scenario import Scenario

POSTURE_KINDS = ("posture.declared", "posture.downgraded", "posture.ended")


@dataclass(frozen=True, slots=True)
class Report:
    """The shape of `chengyun replay --json`; replay.schema.json says the same for other programs."""

    scenario: str
    observations: int
    alerts: list[dict[str, Any]]
    posture: list[dict[str, Any]]
    cases: dict[str, Any]
    orphans: int
    journal: dict[str, Any]
    wall_s: float

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def report(scenario: Scenario, played: Played) -> Report:
    """Read the result of a night that was just played on this process's database."""
    chain = sealer.check()
    return Report(
        scenario=scenario.meta.code,
        observations=played.receipts["accepted"],
        alerts=alerts.history(),
        posture=posture_steps(),
        cases=cases.figures(),
        orphans=len(list(cases.orphans())),
        journal={"entries": chain.entries, "chain_ok": chain.ok, "head_hash": chain.head_hash},
        wall_s=round(played.wall_s, 3),
    )


def posture_steps() -> list[dict[str, Any]]:
    """Each change of mode or level that a person declared: when, where, what, by whom (a random id). `declaration` numbers
    it, `follows` is the one that it takes the place of."""
    steps = []
    for entry in JournalEntry.objects.filter(kind__in=POSTURE_KINDS).order_by("id"):
        payload = entry.payload
        steps.append(
            {
                "at": entry.at.isoformat(),
                "kind": entry.kind,
                "area": entry.area,
                "declaration": payload.get("declaration"),
                "follows": payload.get("follows"),
                "mode": payload.get("mode"),
                "level": payload.get("level"),
                "by": entry.actor,
            }
        )
    return steps
