"""How many statements a move costs. A baseline: more than this is a decision, not an accident."""

from functools import partial

from django.db import connection
from django.test.utils import CaptureQueriesContext

from chengyun.cases.models import Case
from chengyun.live import recording

# Including the savepoint of the test (in production the transaction), the journal, timers and messages.
BASELINE = {
    "report": 13, "file": 13, "dispatch": 19, "sign_for": 8, "handle": 6, "settle": 14, "post_fix_check": 14, "close": 10,
    "call_back": 6, "archive": 6,
}  # fmt: skip


def statements(run):
    with CaptureQueriesContext(connection) as seen:
        result = run()
    return len(seen), result


def test_the_cost_of_each_move(world, monkeypatch):
    # What the doors note of a person's action beside it is not the case's.
    monkeypatch.setattr(recording._busy, "on", True, raising=False)
    actors = {code: world.at(code) for code in world.posts}
    monkeypatch.setattr(type(world), "at", lambda self, code: actors[code])
    world.through(world.report(), "archive")  # fills the caches
    found = {}
    found["report"], case = statements(world.report)
    steps = [
        ("file", "DUTY", {}), ("dispatch", "DISP", {}), ("sign_for", "DEPT-cg", {}), ("handle", "DEPT-cg", {}),
        ("settle", "DEPT-cg", {}), ("post_fix_check", "VERIFY", {}), ("close", "LEAD", {}),
        ("call_back", "DISP", {"ok": True}), ("archive", "LEAD", {}),
    ]  # fmt: skip
    for verb, who, args in steps:
        found[verb], _ = statements(partial(world.move, case, verb, who, **args))
    assert Case.objects.get(pk=case.pk).state == "archived"
    over = {verb: (n, BASELINE[verb]) for verb, n in found.items() if n > BASELINE[verb]}
    assert not over, f"more statements than the baseline: {over}; all: {found}"


def test_a_list_costs_the_same_however_long(world):
    from chengyun.cases import queries
    from chengyun.kernel.scope import ALL

    def board():
        return queries.board(ALL, limit=50)

    for _ in range(2):
        world.report()
    board()
    few, _ = statements(board)
    for _ in range(10):
        world.report()
    many, found = statements(board)
    assert few == many and len(found["cases"]) == 12


def test_a_million_cases_cost_no_more(world):
    """The statements of a move find their rows by index: no scan of cases, steps, clocks or assignments."""
    case = world.through(world.report(), "settle")
    with CaptureQueriesContext(connection) as seen:
        world.move(case, "post_fix_check", "VERIFY")
        world.move(case, "close", "LEAD")
    if connection.vendor != "sqlite":
        return
    for query in seen.captured_queries:
        sql = query["sql"]
        if "cases_" in sql and not sql.startswith(("INSERT", "SAVEPOINT", "RELEASE")):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + sql)
                plan = " ".join(str(row[-1]) for row in cursor.fetchall())
            assert "SCAN" not in plan, (sql[:120], plan)
    assert Case.objects.count() == 1
