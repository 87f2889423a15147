"""Whole lives of cases, open to archive, through the actions: clocks, journal, guards, messages and all. Then again with
many old cases in the table.

Before and after are minutes apart, and a shared machine changes its speed within minutes: how much slower it is with many
cases is told of lives for each turn of a plain loop that is timed beside them.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from chengyun.server.bench import measure

BARS = {"sqlite": 60.0, "postgresql": 40.0}
# A step every few seconds: all lives together must not outlast the roster that is drawn up at the start.
LIVES, SEEDED, STEP_S = 200, 1_000_000, 3


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    from django.db import connection

    from chengyun.kernel import clock
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people

    people.start_roster(actor=system("bench"))
    roots = [os.getpid(), *measure.database_root()]
    measure.one_core(*roots)
    bar = BARS[connection.vendor]
    with clock.use(clock.Virtual(clock.wall())) as virtual:
        _lives(virtual, 10)
        before = [_rate(virtual, roots, 20 if quick else LIVES) for _ in range(1 if quick else 5)]
        figures = [
            measure.at_least("case lives, report to archive", _median(before), "per core-second", bar),
        ]
        seeded = 20_000 if quick else SEEDED
        _seed(seeded)
        after = [_rate(virtual, roots, 20 if quick else LIVES) for _ in range(1 if quick else 5)]
        loss = (1 - _steady(after) / _steady(before)) * 100
        figures.append(
            measure.Figure(f"the same with {seeded} cases in the table", _median(after), "per core-second")
        )
        figures.append(measure.at_most(f"slower with {seeded} cases", loss, "%", 20))
    measure.finish(figures)


def _rate(virtual: Any, roots: list[int], lives: int) -> tuple[float, float]:
    """Lives per core-second, and how fast the core was meanwhile."""
    fast, cpu = measure.speed(), measure.tree_cpu(*roots)
    _lives(virtual, lives)
    rate = lives / (measure.tree_cpu(*roots) - cpu)
    return rate, (fast + measure.speed()) / 2


def _median(rates: list[tuple[float, float]]) -> float:
    return measure.percentile([rate for rate, _ in rates], 0.5)


def _steady(rates: list[tuple[float, float]]) -> float:
    return measure.percentile([rate / fast for rate, fast in rates], 0.5)


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
            virtual.advance(seconds=STEP_S)
            actions.move(actor=actor, case_id=case.pk, verb=verb)
        desk = actors.at_post(Case.objects.values_list("accountable_post__code", flat=True).get(pk=case.pk))
        steps: tuple[tuple[Any, str, dict[str, Any]], ...] = (
            (desk, "sign_for", {}), (desk, "handle", {}), (desk, "settle", {}), (verifier, "post_fix_check", {}),
            (leader, "close", {}), (dispatcher, "call_back", {"ok": True}), (leader, "archive", {}),
        )  # fmt: skip
        for actor, verb, args in steps:
            virtual.advance(seconds=STEP_S)
            actions.move(actor=actor, case_id=case.pk, verb=verb, **args)
    sealer.seal_pending(limit=1_000_000)


# Of each so many seeded cases one has its steps, clocks and assignment too: enough that what a move asks of those tables
# meets millions of old rows, and quick enough to make.
WITH_ROWS = 5
_SERIES = {
    "postgresql": "generate_series(1, {count}) AS series(n)",
    "sqlite": "(WITH RECURSIVE series(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM series WHERE n < {count}) "
    "SELECT n FROM series)",
}


def _seed(count: int) -> None:
    """Copies of an archived case and of its rows, made inside the database: a table as it looks after years."""
    from django.db import connection

    from chengyun.cases.models import Assignment, Case, Clock, Step
    from chengyun.kernel.transaction import write

    last = Case.objects.order_by("-pk").first()
    assert last is not None
    series = _SERIES[connection.vendor].format(count=count)
    earlier = {
        "postgresql": "reported_at - n * interval '1 minute'",
        "sqlite": "datetime(reported_at, '-' || n || ' minutes')",
    }[connection.vendor]
    with write(), connection.cursor() as cursor:
        columns = _columns(Case)
        chosen = ", ".join(earlier if name == '"reported_at"' else name for name in columns)
        cursor.execute(
            f"INSERT INTO cases_case ({', '.join(columns)}) SELECT {chosen} FROM cases_case CROSS JOIN {series} "
            f"WHERE id = {last.pk} ORDER BY n DESC"
        )
        for model in (Step, Clock, Assignment):
            columns, table = _columns(model), model._meta.db_table
            chosen = ", ".join("c.id" if name == '"case_id"' else f"r.{name}" for name in columns)
            cursor.execute(
                f"INSERT INTO {table} ({', '.join(columns)}) SELECT {chosen} FROM cases_case c CROSS JOIN {table} r "
                f"WHERE r.case_id = {last.pk} AND c.id > {last.pk} AND c.id % {WITH_ROWS} = 0"
            )
            print(f"  {cursor.rowcount:,} rows of {table} seeded", file=sys.stderr)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            # Autovacuum would have done it long since.
            cursor.execute("VACUUM ANALYZE")


def _columns(model: Any) -> list[str]:
    from django.db import connection

    quote = connection.ops.quote_name
    return [quote(field.column) for field in model._meta.concrete_fields if not field.primary_key]


if __name__ == "__main__":
    main("--quick" in sys.argv)
