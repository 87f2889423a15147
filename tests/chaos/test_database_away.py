"""The database is stopped for a while: callers are told so, nothing is half stored, and all goes on afterwards."""

from __future__ import annotations

import pytest

from tests.chaos import promises
from tests.chaos.installation import Installation
from tests.chaos.load import Gateway
from tests.chaos.prepare import LANES
from tests.chaos.waiting import let_pass, until
from tests.postgres import Cluster

PROBLEM = "application/problem+json"


@pytest.mark.parametrize("outage_s", [3, pytest.param(30, marks=pytest.mark.soak)])
def test_an_outage_is_answered_clearly_and_outlived(
    on_postgres: Installation, cluster: Cluster, outage_s: float
) -> None:
    at = on_postgres
    at.start()
    gateways = [Gateway(at, name) for name in ("a", "b")]
    for gateway in gateways:
        gateway.start()
    until(
        lambda: all(len(gateway.acknowledged) > 5 for gateway in gateways), "some messages", meanwhile=at.tend
    )
    before = at.victims()
    cluster.stop("immediate")
    try:
        answer = at.post([("c0.people", 1_700_000_000_000, 1.0)], "during")
        assert (answer.status, answer.kind, answer.body["code"]) == (503, PROBLEM, "storage_unavailable")
        assert answer.body["detail"] and answer.body["hint"], "says neither what nor what to do"
        # Whoever looks at a page, or asks with a session, is told the same; the login needs the database too.
        for path in ("/api/people/me", "/admin/"):
            answer = at.ask("GET", path, Cookie="sessionid=abcdefghijklmnopqrstuvwxyz012345")
            assert (answer.status, answer.kind) == (503, PROBLEM), path
        let_pass(outage_s)
    finally:
        cluster.start()
    went_on = sum(len(gateway.acknowledged) for gateway in gateways) + 10
    until(
        lambda: sum(len(gateway.acknowledged) for gateway in gateways) >= went_on,
        "messages taken again",
        meanwhile=at.tend,
    )
    for gateway in gateways:
        gateway.stop()
    at.tend()
    assert at.died == [] and at.victims() == before, "a process did not outlive the outage"
    ticks = len(at.look()["ticks"])
    until(lambda: len(at.look()["ticks"]) > ticks, "timers to fire again", meanwhile=at.tend)
    at.end_lanes()
    seen = at.look()
    promises.stored_once(seen, gateways)
    promises.timers_once(seen, LANES)
    promises.handed_at_least_once(seen, at)
    promises.sound(seen)
    assert any(gateway.answers["503"] for gateway in gateways)


def test_a_server_started_while_the_database_is_away_answers_503_and_recovers(
    on_postgres: Installation, cluster: Cluster
) -> None:
    cluster.stop("fast")
    try:
        on_postgres.start()
        answer = on_postgres.post([("c0.people", 1_700_000_000_000, 1.0)], "early")
        assert (answer.status, answer.body["code"]) == (503, "storage_unavailable")
    finally:
        cluster.start()
    until(
        lambda: on_postgres.post([("c0.people", 1_700_000_000_000, 1.0)], "early").status == 200, "an answer"
    )
    until(lambda: on_postgres.look()["ticks"], "timers to fire", meanwhile=on_postgres.tend)
    assert on_postgres.died == []
