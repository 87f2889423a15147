"""Whole lives of cases, open to archive, through the actions: clocks, journal, guards, messages and all. Then again with
many old cases in the table."""

from __future__ import annotations

import os
import sys
from datetime import timedelta
from typing import Any

from chengyun.server.bench import measure

BARS = {"sqlite": 60.0, "postgresql": 40.0}
LIVES, SEEDED = 200, 1_000_000


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    from django.db import connection

    from chengyun.kernel import clock
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people

    people.start_roster(actor=system("bench"))
    roots = [os.getpid(), *measure.database_root()]
    bar = BARS[connection.vendor]
    with clock.use(clock.Virtual(clock.wall())) as virtual:
        _lives(virtual, 10)
        before = [_rate(virtual, roots, 20 if quick else LIVES) for _ in range(1 if quick else 5)]
        figures = [
            measure.at_least(
                "case lives, report to archive", measure.percentile(before, 0.5), "per core-second", bar
            ),
        ]
        seeded = 20_000 if quick else SEEDED
        _seed(seeded)
        after = [_rate(virtual, roots, 20 if quick else LIVES) for _ in range(1 if quick else 5)]
        loss = (1 - measure.percentile(after, 0.5) / measure.percentile(before, 0.5)) * 100
        figures.append(
            measure.Figure(
                f"the same with {seeded} cases in the table",
                measure.percentile(after, 0.5),
                "per core-second",
            )
        )
        figures.append(measure.at_most(f"slower with {seeded} cases", loss, "%", 20))
    measure.finish(figures)


def _rate(virtual: Any, roots: list[int], lives: int) -> float:
    cpu = measure.tree_cpu(*roots)
    _lives(virtual, lives)
    return lives / (measure.tree_cpu(*roots) - cpu)


def _lives(virtual: Any, count: int) -> None:
    """Each step a little later than the one before, and by whoever has to take it."""
    from chengyun.cases import actions
    from chengyun.cases.models import Case
    from chengyun.district import queries as district
    from chengyun.kernel import sealer
    from chengyun.people import actors

    duty, dispatcher, verifier, leader, finder = (
        actors.at_post(code) for code in ("DUTY", "DISP", "VERIFY", "LEAD", "GS-m-015")
    )
    area = district.area("m-015")
    for _ in range(count):
        case = actions.report(
            actor=finder, kind="illegal-parking", condition="blocking", area=area, source="person",
            description="a car on the footpath",
        )  # fmt: skip
        for actor, verb in ((duty, "file"), (dispatcher, "dispatch")):
            virtual.advance(seconds=30)
            actions.move(actor=actor, case_id=case.pk, verb=verb)
        desk = actors.at_post(Case.objects.values_list("accountable_post__code", flat=True).get(pk=case.pk))
        steps: tuple[tuple[Any, str, dict[str, Any]], ...] = (
            (desk, "sign_for", {}), (desk, "handle", {}), (desk, "settle", {}), (verifier, "post_fix_check", {}),
            (leader, "close", {}), (dispatcher, "call_back", {"ok": True}), (leader, "archive", {}),
        )  # fmt: skip
        for actor, verb, args in steps:
            virtual.advance(seconds=30)
            actions.move(actor=actor, case_id=case.pk, verb=verb, **args)
    sealer.seal_pending(limit=1_000_000)


def _seed(count: int) -> None:
    """Copies of an archived case, in bulk: a table as it looks after years."""
    from chengyun.cases.models import Case, Clock, Step
    from chengyun.kernel.transaction import write

    last = Case.objects.order_by("-pk").first()
    assert last is not None
    steps = list(Step.objects.filter(case=last))
    clocks = list(Clock.objects.filter(case=last))
    for start in range(0, count, 10_000):
        with write():
            made = []
            for number in range(min(10_000, count - start)):
                row = Case(
                    **{
                        field.attname: getattr(last, field.attname)
                        for field in Case._meta.concrete_fields
                        if not field.primary_key
                    }
                )
                row.reported_at = last.reported_at - timedelta(minutes=start + number)
                made.append(row)
            Case.objects.bulk_create(made, batch_size=2000)
            if start % 100_000 == 0:
                print(f"  {start:,} of {count:,} cases seeded", file=sys.stderr)
            if start == 0:
                for model, rows in ((Step, steps), (Clock, clocks)):
                    model.objects.bulk_create(
                        [
                            model(
                                **{
                                    f.attname: (
                                        case.pk if f.attname == "case_id" else getattr(row, f.attname)
                                    )
                                    for f in model._meta.concrete_fields
                                    if not f.primary_key
                                }
                            )
                            for case in made
                            for row in rows
                        ],
                        batch_size=2000,
                    )


if __name__ == "__main__":
    main("--quick" in sys.argv)
