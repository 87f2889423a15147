"""What raising one alert costs: a baseline of statements, each of which finds its rows by index."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from chengyun.alerts import actions, queries
from chengyun.kernel.actor import system

pytestmark = pytest.mark.django_db
# Including the savepoint of the test (in production the transaction), both entries, incident, message and timer. More than
# this is a decision, not an accident.
BASELINE = {"opened": 15, "folded": 6}


def raised(*subjects: str) -> list[str]:
    """The statements that it took."""
    rows = [{"rule": "gateway", "subject": subject, "area": "a"} for subject in subjects]
    with CaptureQueriesContext(connection) as seen:
        actions.raise_many(actor=system("gateway"), rows=rows)
    return [query["sql"] for query in seen.captured_queries]


def test_one_alert_costs_no_more_than_the_baseline(world):
    raised("meter:0")  # fills the caches
    found = {"opened": len(raised("meter:1")), "folded": len(raised("meter:1"))}
    assert all(found[what] <= most for what, most in BASELINE.items()), found


def test_an_alert_among_thousands_costs_what_the_second_costs(world):
    raised("meter:0")
    few = raised("meter:1")
    raised(*(f"meter:{n}" for n in range(2, 3000)))
    many = raised("meter:3000")
    assert len(many) == len(few)
    (incident,) = world.incidents()
    assert incident.alert_count == 3001 and list(queries.faults()) == []
    if connection.vendor != "sqlite":
        return
    for sql in many:
        if (
            "alerts_" in sql
            and not sql.startswith(("INSERT", "SAVEPOINT", "RELEASE"))
            and "times:" not in sql
        ):
            with connection.cursor() as cursor:
                cursor.execute("EXPLAIN QUERY PLAN " + sql)
                plan = " ".join(str(row[-1]) for row in cursor.fetchall())
            assert "SCAN" not in plan, (sql[:160], plan)
            if "MIN(level)" in sql:
                assert "alert_open_in_incident" in plan, plan
