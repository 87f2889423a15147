"""Observations through the real doors: HTTP batches of 1,000, and (where Mosquitto is) MQTT messages of 10.

Stored, judged by the sample district's rules, acknowledged after the commit. One web process; CPU seconds of it, both
workers and the database count, the load generator's do not.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from chengyun.server.bench import measure, mqtt, platform
from chengyun.server.bench.platform import BATCH

BAR = 40_000.0


def main(quick: bool) -> None:
    measure.prepare(district="districts/ruyihu")
    from chengyun.kernel import clock
    from chengyun.signals.models import Observation

    with platform.running(web_processes=1) as at:
        rates, sent, walls = [], 0, []
        for _ in range(1 if quick else 5):
            bodies = platform.bodies(at.streams, clock.now(), 60 if quick else 100)
            cpu, began = measure.tree_cpu(*at.roots), time.perf_counter()
            platform.send(at.port, at.key, bodies)
            # What the workers still owe for this load (the roll-up) is paid within the second.
            time.sleep(1.0)
            walls.append(len(bodies) * BATCH / (time.perf_counter() - began - 1.0))
            rates.append(len(bodies) * BATCH / (measure.tree_cpu(*at.roots) - cpu))
            sent += len(bodies) * BATCH
        stored = Observation.objects.count()
        moment = clock.now().isoformat(timespec="milliseconds")
        rows = mqtt.figures(at.streams, moment, at.roots[1:], 500 if quick else 10_000)
    measure.finish([
        measure.at_least("HTTP batch 1,000, stored and judged", measure.percentile(rates, 0.5), "obs/core-second", BAR),
        measure.Figure("the same in real time, one connection", measure.percentile(walls, 0.5), "observations/s"),
        measure.Figure("all acknowledged observations stored", float(stored >= sent), "1 = yes", "= 1", stored >= sent),
        *rows,
    ])  # fmt: skip


if __name__ == "__main__":
    os.chdir(Path(__file__).resolve().parents[3])
    main("--quick" in sys.argv)
