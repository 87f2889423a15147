"""One process of a worker: many cameras in one loop, one thread that thinks. It ends with its parent."""

from __future__ import annotations

import os
import resource
import signal
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from chengyun_vision.worker.budget import Budget, Limits
from chengyun_vision.worker.clock import District
from chengyun_vision.worker.later import Later
from chengyun_vision.worker.spool import Writer

_STATS_S, _READINGS_S, _WAIT_S = 1.0, 1.0, 0.1
# A turn of all cameras takes at least so long: with a hundred of them something has come from one at any moment, and asking
# all of them each time would cost more than what came.
_TURN_S = 0.05


@dataclass(frozen=True, slots=True)
class Options:
    """What a process is started with. `models`: ids or files. `share`: of its core that it may use. `settings`: fields of
    `running.Settings` that stand for all its cameras, whatever follows from their rules; to measure with."""

    number: int
    spool: Path
    models: tuple[str, ...]
    copyleft: bool
    share: float
    zone: str
    settings: Mapping[str, Any] = field(default_factory=dict)


def main(parent: Connection, options: Options) -> None:
    """Messages to it: ("cameras", works, orphans by camera), ("clock", sync), ("watch", codes), ("try", number, code, body).
    From it: ("ready", models), ("stats", facts), ("picture", code, jpeg), ("tried", number, answer), ("failed", why)."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ.setdefault(name, "1")
    try:
        _Loop(parent, options).run()
    except (EOFError, BrokenPipeError, ConnectionResetError):
        return  # the parent is gone, and with it the lease


class _Loop:
    def __init__(self, parent: Connection, options: Options) -> None:
        import cv2

        from chengyun_vision import models
        from chengyun_vision.evidence.faces import find_faces
        from chengyun_vision.models.loader import weights_folder
        from chengyun_vision.problem import Problem
        from chengyun_vision.worker.preview import Trials

        cv2.setNumThreads(1)
        self._parent, self._options = parent, options
        self._district = District()
        self._wake = threading.Event()
        self._spool = Writer(options.spool, f"{options.number}.{os.getpid()}")
        self._later = Later()
        self._zone = ZoneInfo(options.zone)
        self._budget = Budget(Limits(share=options.share))
        self._cameras: dict[str, Any] = {}
        self._trials = Trials(self._wake.set)
        self._models: dict[str, Any] = {}
        self._failed: set[str] = set()  # what has been said of it
        self._faces = None
        try:
            for which in options.models:
                model = models.load(which, copyleft=options.copyleft)
                self._models[model.id] = model
            folders = [weights_folder(), *(Path(which).parent for which in options.models)]
            self._faces = next((f for place in folders if (f := find_faces(place)) is not None), None)
        except Problem as problem:
            parent.send(("failed", str(problem)))
            raise EOFError from None
        parent.send(("ready", sorted(self._models)))

    def run(self) -> None:
        stats_at = readings_at = time.monotonic()
        cpu, lag, dropped = time.process_time(), 0.0, False
        while True:
            while self._parent.poll(0):
                self._hear(self._parent.recv())
            self._wake.clear()
            turn, did = time.monotonic(), 0
            for camera in list(self._cameras.values()):
                some, late = self._stepped(camera)
                did += some
                lag = max(lag, late)
                dropped, camera.dropped = dropped or camera.dropped, False
                picture = camera.watched.take()
                if picture is not None:
                    self._parent.send(("picture", camera.code, picture))
            while not self._trials.told.empty():
                self._parent.send(("tried", *self._trials.told.get()))
            now = time.monotonic()
            if now - readings_at >= _READINGS_S:
                readings_at = now
                self._tell_readings()
            if now - stats_at >= _STATS_S:
                used = time.process_time()
                load = (used - cpu) / (now - stats_at)
                self._adapt(now, lag, load, dropped)
                self._parent.send(("stats", self._facts(load, lag)))
                stats_at, cpu, lag, dropped = now, used, 0.0, False
            if not did:
                self._wake.wait(_WAIT_S)
            time.sleep(max(0.0, turn + _TURN_S - time.monotonic()))

    def _stepped(self, camera: Any) -> tuple[int, float]:
        """What breaks at one camera is that camera's trouble: the others of this process go on."""
        try:
            some, late = camera.step()
        except OSError:
            raise  # nothing can be written any more: the parent starts another process, and says so
        except Exception as error:
            camera.health = "failed"
            last = traceback.extract_tb(error.__traceback__)[-1]
            said = f"{camera.code}: {type(error).__name__} at {Path(last.filename).name}:{last.lineno}"
            if said not in self._failed:  # never the error's own words: they may hold an address
                self._failed.add(said)
                print(f"chengyun vision: {said}", file=sys.stderr, flush=True)
            return 0, 0.0
        return some, late

    def _hear(self, message: tuple[Any, ...]) -> None:
        match message:
            case ("cameras", works, orphans):
                self._hold({work["camera"]: work for work in works}, orphans)
            case ("clock", sync):
                self._district.take(sync)
            case ("watch", codes):
                for code in codes:
                    if code in self._cameras:
                        self._cameras[code].watched.ask()
            case ("try", number, code, body):
                self._trials.ask(number, body, self._past(code))

    def _past(self, code: str) -> Any:
        """What a camera saw in the last minutes; None where it is not looked through."""
        from chengyun_vision.worker.preview import Past

        camera = self._cameras.get(code)
        if camera is None:
            return None
        return Past(code, camera.recent.taken(), camera.now(), camera.time, self._zone)

    def _hold(self, works: Mapping[str, Mapping[str, Any]], orphans: Mapping[str, list[Any]]) -> None:
        """Looks through these cameras and no others. One whose work is the same goes on undisturbed."""
        from chengyun_vision.worker.camera import Camera

        before: dict[str, Any] = {}
        for code in list(self._cameras):
            if code not in works or self._cameras[code].work != works[code]:
                before[code] = self._cameras[code].recent
                self._cameras.pop(code).close()
        for code, work in works.items():
            if code not in self._cameras:
                self._cameras[code] = Camera(
                    work,
                    models=self._models,
                    faces=self._faces,
                    district=self._district,
                    spool=self._spool,
                    later=self._later,
                    wake=self._wake,
                    zone=self._zone,
                    orphans=orphans.get(code, ()),
                    before=before.get(code),
                    settings=self._options.settings,
                )

    def _adapt(self, now: float, lag: float, load: float, dropped: bool) -> None:
        count = len(self._cameras)
        self._budget.judge(now, lag=lag, load=load, dropped=dropped, cameras=count)
        for index, camera in enumerate(self._cameras.values()):
            camera.degrade(self._budget.level(index, count))

    def _tell_readings(self) -> None:
        told = []
        for camera in self._cameras.values():
            told += camera.readings
            camera.readings = []
        for begin in range(0, len(told), 1000):
            self._spool.put("readings", told[begin : begin + 1000])

    def _facts(self, load: float, lag: float) -> dict[str, Any]:
        problems: dict[str, str] = {}
        for camera in self._cameras.values():
            problems |= camera.problems
        return {
            "load": load,
            "lag": lag,
            "degraded": self._budget.steps > 0,
            "cameras": [camera.stat() for camera in self._cameras.values()],
            "problems": problems,
            "rss_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
