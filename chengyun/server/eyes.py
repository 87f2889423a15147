"""The camera worker as a process beside the platform's own: where its libraries are installed, and somebody wants it."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

from chengyun.alerts import actions as alerts
from chengyun.alerts.models import Rule
from chengyun.kernel.actor import system
from chengyun.kernel.packs import Pack
from chengyun.people import actions as people
from chengyun.server.supervisor import Supervisor
from chengyun.video import pack as video
from chengyun.video.actions import load_video

TOKEN = "CHENGYUN_VISION_TOKEN"
SOURCE = "vision"
LIBRARIES = ("numpy", "cv2", "av", "onnxruntime")
# Suggested (建议值): as long as the worker of one machine looks on while the server is away; nobody else would.
ALONE_S = 600
# Faster than this a night leaves a worker no time to say that it is alive: its silence of minutes is a second of ours.
TELLING_RATE = 10.0
SILENCE = "analysis-silent"


def missing() -> list[str]:
    """Libraries of the camera worker that are not installed here."""
    return [name for name in ("chengyun_vision", *LIBRARIES) if find_spec(name) is None]


def add(supervisor: Supervisor, *, port: int, name: str, processes: int) -> None:
    """One worker for this machine; its token stands in the supervisor's environment. It gives way to all others."""
    polite = ["nice", "-n", "10"] if shutil.which("nice") else []
    supervisor.add(
        "vision", *polite, sys.executable, "-m", "chengyun_vision.cli", "work", "--server", f"http://127.0.0.1:{port}",
        "--name", name, "--processes", str(processes), "--alone", str(ALONE_S),
    )  # fmt: skip


def of_demo(
    district: Path, port: int, rate: float, environment: dict[str, str], say: Callable[[str], None]
) -> Supervisor:
    """The worker of the demonstration, to be started once the platform listens; an empty supervisor where there is none."""
    supervisor = Supervisor(dict(environment))
    folder = district / "demo"
    if not (folder / video.FILE).is_file():
        return supervisor
    if lacking := missing():
        say(
            f"cameras are not analysed: {', '.join(lacking)} not installed (pip install -r requirements-vision.lock)"
        )
        return supervisor
    pack = Pack(folder)
    data = video.read(pack)
    pack.check()
    load_video(system("demo"), data=data)
    if rate > TELLING_RATE:
        for code in Rule.objects.filter(code=SILENCE, retired=False).values_list("code", flat=True):
            alerts.retire_rule(actor=system("demo"), code=code)
    supervisor.environment[TOKEN] = people.issue_token(actor=system("demo"), source=SOURCE)
    add(supervisor, port=port, name="demo", processes=1)
    return supervisor
