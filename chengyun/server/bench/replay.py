"""The whole New Year's Eve, as fast as it goes: setting up the scratch database is not counted, loading the district is."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from chengyun.server.bench import measure

BAR_S = 20.0


def main(quick: bool) -> None:
    walls, total, hashes = [], [], set()
    observations = 0
    with tempfile.TemporaryDirectory() as folder:
        for _ in range(1 if quick else 3):
            out = Path(folder) / "night.json"
            began = time.perf_counter()
            subprocess.run(
                [
                    sys.executable,
                    "-m",
                    "chengyun.server.cli",
                    "replay",
                    "scenarios/nye-2023",
                    "--speed",
                    "max",
                    "--json",
                    str(out),
                ],
                check=True,
                stdout=sys.stderr,
            )
            total.append(time.perf_counter() - began)
            night = json.loads(out.read_text())
            walls.append(night["wall_s"])
            hashes.add(night["journal"]["head_hash"])
            observations = night["observations"]
    measure.finish([
        measure.at_most("replay of nye-2023, median", measure.percentile(walls, 0.5), "s", BAR_S),
        measure.Figure("the command, from start to end", measure.percentile(total, 0.5), "s"),
        measure.Figure("observations in it", observations, "observations"),
        measure.Figure("different head hashes", len(hashes), "hashes", "= 1", len(hashes) == 1),
    ])  # fmt: skip


if __name__ == "__main__":
    main("--quick" in sys.argv)
