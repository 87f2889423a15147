"""Motion (Debian): what a camera costs that decodes every picture and looks for changed pixels.

    python -m benchmarks.peers.motion CLIP --cameras 4 --seconds 20

The clip plays in its own time and begins anew at its end, as ours does. Motion judges `--fps` pictures a second (2, as ours
looks), saves nothing, and has no detector, no rules and no masking beside it.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path
from typing import Any

from benchmarks import cpu
from benchmarks.peers import common

CONFIG = """
daemon off
setup_mode off
webcontrol_port 0
stream_port 0
picture_output off
movie_output off
snapshot_interval 0
log_level 4
"""
CAMERA = """
camera_id {number}
netcam_url file://{clip}
width {width}
height {height}
framerate {fps}
threshold {threshold}
"""


def measure(clip: Path, cameras: int, seconds: float, fps: int) -> dict[str, Any]:
    import av

    binary = common.program("motion", "apt install motion")
    with av.open(str(clip)) as container:
        context = container.streams.video[0].codec_context
        width, height = context.width, context.height
    with common.folder() as home:
        names = []
        for number in range(1, cameras + 1):
            name = home / f"camera{number}.conf"
            name.write_text(
                CAMERA.format(
                    number=number, clip=clip.resolve(), width=width, height=height, fps=fps,
                    threshold=round(0.001 * width * height),
                )
            )  # fmt: skip
            names.append(f"camera {name}")
        (home / "motion.conf").write_text(CONFIG + "\n".join(names) + "\n")
        log = home / "log"
        with common.process([binary, "-n", "-c", home / "motion.conf", "-l", log], log) as peer:
            time.sleep(5.0)
            meter = cpu.Meter(motion=[peer.pid])
            meter.start()
            time.sleep(seconds)
            spent = meter.stop()
            if peer.poll() is not None:
                raise RuntimeError(f"motion ended\n{log.read_text(errors='replace')[-2000:]}")
    each = spent["total"] / spent["wall"] / cameras
    return {
        "version": "4.5.1, as packaged by Debian",
        "setting": f"{cameras} cameras of {clip.name}, {fps} pictures a second judged, nothing saved, no detector",
        "figures": [
            common.figure("CPU a camera-second", 1000 * each, "ms"),
            common.figure("cameras on 2 cores at 70 %", 1.4 / each if each else 0.0, "cameras"),
        ],
        "cpu": spent,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--fps", type=int, default=2)
    chosen = parser.parse_args()
    sys.exit(
        common.report("motion", lambda: measure(chosen.clip, chosen.cameras, chosen.seconds, chosen.fps))
    )
