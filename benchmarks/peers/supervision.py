"""The plain pipeline of a notebook: OpenCV decodes every picture, ONNX Runtime detects on two a second, supervision's zone
counts who stands in it. In an environment of its own (install.py supervision).

    python -m benchmarks.peers.supervision CLIP --model yolox_nano.onnx --cameras 4 --seconds 20

One process, one thread a library, as many cameras in turn as are asked for, each paced as live and begun anew at its end.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.peers import common

VERSION = "0.26.1"
PIPELINE = r"""
import json, os, sys, time
os.environ["OMP_NUM_THREADS"] = "1"
import cv2, numpy as np, onnxruntime, supervision as sv
cv2.setNumThreads(1)
clip, model, cameras, seconds = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = options.inter_op_num_threads = 1
session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
name = session.get_inputs()[0].name
MEAN, STD = np.float32([123.675, 116.28, 103.53]), np.float32([58.395, 57.12, 57.375])
cells = {s: np.arange(416 // s) for s in (8, 16, 32)}
grid = np.concatenate([np.stack(np.meshgrid(c, c), -1).reshape(-1, 2) for c in cells.values()])
step = np.concatenate([np.full((c.size**2, 1), s) for s, c in cells.items()])

def detect(picture):
    ratio = 416 / max(picture.shape[:2])
    small = cv2.resize(picture, None, fx=ratio, fy=ratio)
    padded = np.full((416, 416, 3), 114, np.uint8)
    padded[: small.shape[0], : small.shape[1]] = small
    tensor = ((padded[:, :, ::-1].astype(np.float32) - MEAN) / STD).transpose(2, 0, 1)[None]
    out = session.run(None, {name: np.ascontiguousarray(tensor)})[0][0]
    centre, size = (out[:, :2] + grid) * step, np.exp(out[:, 2:4]) * step
    score = out[:, 4] * out[:, 5]
    keep = score > 0.3
    boxes = np.concatenate([centre - size / 2, centre + size / 2], 1)[keep] / ratio
    found = sv.Detections(xyxy=boxes, confidence=score[keep], class_id=np.zeros(keep.sum(), int))
    return found.with_nms(0.5)

class Camera:
    def __init__(self):
        self.film = cv2.VideoCapture(clip, cv2.CAP_FFMPEG, [cv2.CAP_PROP_N_THREADS, 1])
        self.fps = self.film.get(cv2.CAP_PROP_FPS)
        wide, high = int(self.film.get(3)), int(self.film.get(4))
        self.zone = sv.PolygonZone(np.array([[0, 0], [wide, 0], [wide, high], [0, high]]))
        self.begun, self.number, self.looked = time.monotonic(), 0, -1.0
    def step(self, now):
        did = 0
        while self.begun + self.number / self.fps <= now:
            if not self.film.grab():
                self.film.set(cv2.CAP_PROP_POS_FRAMES, 0)
                self.film.grab()
            at, self.number, did = self.number / self.fps, self.number + 1, did + 1
            if at - self.looked >= 0.5:
                self.looked = at
                self.zone.trigger(detect(self.film.retrieve()[1]))
        return did

all_of_them = [Camera() for _ in range(cameras)]
begun = None
start = time.monotonic()
while True:
    now = time.monotonic()
    if begun is None and now - start > 3:
        begun, cpu = now, time.process_time()
    if begun is not None and now - begun >= seconds:
        break
    if not sum(camera.step(now) for camera in all_of_them):
        time.sleep(0.01)
late = max(now - (camera.begun + camera.number / camera.fps) for camera in all_of_them)
print(json.dumps({"cpu": time.process_time() - cpu, "wall": now - begun, "late": late}))
"""


def measure(clip: Path, model: Path, cameras: int, seconds: float) -> dict[str, Any]:
    python = common.HOME / "supervision" / "bin" / "python"
    if not python.is_file():
        raise common.Missing("supervision is not installed: python -m benchmarks.peers.install supervision")
    command = [
        str(python),
        "-c",
        PIPELINE,
        str(clip.resolve()),
        str(model.resolve()),
        str(cameras),
        str(seconds),
    ]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, timeout=seconds + 120)
    spent = json.loads(done.stdout.splitlines()[-1])
    each = spent["cpu"] / spent["wall"] / cameras
    return {
        "version": VERSION,
        "setting": f"{cameras} cameras of {clip.name}, all decoded, two detections a second each",
        "figures": [
            common.figure("CPU a camera-second", 1000 * each, "ms"),
            common.figure("cameras on 2 cores at 70 %", 1.4 / each if each else 0.0, "cameras"),
            common.figure("behind at the end", spent["late"], "s"),
        ],
        "cpu": spent,
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("clip", type=Path)
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--cameras", type=int, default=4)
    parser.add_argument("--seconds", type=float, default=20.0)
    chosen = parser.parse_args()
    sys.exit(
        common.report(
            "supervision", lambda: measure(chosen.clip, chosen.model, chosen.cameras, chosen.seconds)
        )
    )
