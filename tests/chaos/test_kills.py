"""kill -9 of any process at any moment, under load: nothing acknowledged is lost, nothing happens twice."""

from __future__ import annotations

import random

import pytest

from tests.chaos import promises
from tests.chaos.installation import Installation
from tests.chaos.load import Gateway
from tests.chaos.prepare import LANES
from tests.chaos.waiting import let_pass, until


@pytest.mark.parametrize("kills", [10, pytest.param(100, marks=pytest.mark.soak)])
def test_nothing_acknowledged_is_lost_and_nothing_happens_twice(
    installation: Installation, kills: int
) -> None:
    rng = random.Random(f"kills {kills}")
    installation.start()
    gateways = [Gateway(installation, name) for name in ("a", "b")]
    for gateway in gateways:
        gateway.start()
    killed = []
    for _ in range(kills):
        # The platform has recovered from the last one when it has acknowledged some more.
        more = sum(len(gateway.acknowledged) for gateway in gateways) + rng.randint(4, 20)
        until(
            lambda more=more: sum(len(gateway.acknowledged) for gateway in gateways) >= more,
            f"the platform to take messages again after {killed[-1:]}",
            within_s=60,
            meanwhile=installation.tend,
        )
        let_pass(rng.uniform(0, 0.04))
        killed.append(installation.kill(rng))
    for gateway in gateways:
        gateway.stop()
    installation.answers()
    installation.end_lanes()
    seen = installation.look()
    print(sorted(killed), [dict(gateway.answers) for gateway in gateways], seen["figures"])
    assert not installation.died
    promises.stored_once(seen, gateways)
    promises.timers_once(seen, LANES)
    promises.handed_at_least_once(seen, installation)
    promises.sound(seen)
