"""The supervisor: restarts what dies, stops all, and takes its children with it when it is killed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from chengyun.server.supervisor import Supervisor

SLEEPER = "import time; time.sleep(600)"


def until(condition: Callable[[], bool], what: str, seconds: float = 30) -> None:
    pause, end = threading.Event(), time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, what
        pause.wait(0.02)


def running(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_what_dies_is_started_again_and_all_is_stopped(capfd):
    supervisor = Supervisor()
    supervisor.add("sleeper", sys.executable, "-c", SLEEPER)
    supervisor.start()
    first = supervisor.children[0].process
    assert first is not None
    first.kill()
    first.wait()
    supervisor.tend()
    second = supervisor.children[0].process
    assert second is not None and second.pid != first.pid and running(second.pid)
    assert "starting it again" in capfd.readouterr().err
    supervisor.stop()
    assert not running(second.pid)


def test_one_that_keeps_dying_is_started_more_and_more_rarely():
    supervisor = Supervisor()
    supervisor.add("broken", sys.executable, "-c", "raise SystemExit(3)")
    supervisor.start()
    for _ in range(2):
        process = supervisor.children[0].process
        assert process is not None
        process.wait()
        supervisor.tend()
    assert supervisor.children[0].process is None, "the second death in a row is answered with a pause"
    assert supervisor.children[0].start_after > time.monotonic()


def test_children_end_when_the_supervisor_is_killed():
    script = (
        "import sys, time\n"
        "from chengyun.server.supervisor import Supervisor\n"
        "s = Supervisor()\n"
        f"s.add('sleeper', sys.executable, '-c', {SLEEPER!r})\n"
        "s.start()\n"
        "print(s.children[0].process.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "chengyun.server.settings"}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert running(child)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    until(lambda: not running(child), "the child outlived its killed supervisor")
