"""What the district's own data says to do: when a case may be closed, and the measures that a posture knows."""

from __future__ import annotations

from collections.abc import Iterable

from chengyun.cases import queries as cases
from chengyun.kernel import scope
from chengyun.live.card.shapes import CaseChoice, ClosingOut, MeasureBrief, PlanOut
from chengyun.posture import queries as posture


def plan(seen: scope.Scope, path: str, kinds: Iterable[str], choices: Iterable[CaseChoice]) -> PlanOut:
    """For the kinds of case it is or would be. `plan` stays null until a plan is loaded: null says so."""
    named = {choice.kind: choice.condition for choice in choices}
    wanted = [*named, *(kind for kind in kinds if kind not in named)]
    known = {kind.code: kind for kind in cases.kinds()}
    closing = []
    for code in wanted:
        kind = known.get(code)
        if kind is None:
            continue
        one = kind.condition(named.get(code) or "")
        for condition in [one] if one else kind.conditions.values():
            row = cases.condition_out(condition)
            closing.append(
                ClosingOut(
                    kind=code,
                    kind_zh=kind.name[0],
                    kind_en=kind.name[1],
                    condition=condition.code,
                    **{name: row[name] for name in _SHOWN},
                )
            )
    return PlanOut(plan=None, closing=closing, measures=_measures(seen, path))


_SHOWN = ("filing_zh", "filing_en", "closing_zh", "closing_en", "limit_zh", "limit_en")


def _measures(seen: scope.Scope, path: str) -> list[MeasureBrief]:
    """Those with a code; first those that were ordered with what is in force at a place."""
    declared: dict[str, None] = {}
    for row in posture.declarations(seen, in_force=True):
        if path.startswith(row.area.path) or row.area.path.startswith(path):
            declared |= dict.fromkeys(row.measures)
    names = posture.policy().get("measures", {})
    order = [*(code for code in declared if code in names), *(code for code in names if code not in declared)]
    return [
        MeasureBrief(code=code, zh=names[code][0], en=names[code][1], declared=code in declared)
        for code in order
    ]
