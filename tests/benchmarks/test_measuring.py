"""The yardstick itself: CPU of whole process trees, percentiles, medians, and a peer that is not there."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from benchmarks import compare, cpu
from benchmarks.peers import common

BURN = "import time\nend = time.process_time() + 0.2\nwhile time.process_time() < end: pass\n"
# Burns, has a child that burns and ends, then one that burns and stays.
TREE = f"""
import subprocess, sys
burn = {BURN!r}
subprocess.run([sys.executable, "-c", burn])
stays = subprocess.Popen([sys.executable, "-c", burn + "print('ready', flush=True)\\nimport sys; sys.stdin.read()"],
                         stdin=subprocess.PIPE, stdout=subprocess.PIPE)
stays.stdout.readline()
exec(burn)
print("ready", flush=True)
sys.stdin.read()
"""


def test_children_that_ended_and_children_that_run_both_count() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen([sys.executable, "-c", TREE], stdin=pipe, stdout=pipe) as parent:
        assert parent.stdout is not None and parent.stdout.readline() == b"ready\n"
        spent = cpu.seconds([parent.pid])
        assert len(cpu.tree([parent.pid])) == 2
        parent.communicate()
    # Three times 0.2 s, and the start of three interpreters.
    assert 0.55 <= spent <= 1.5


def test_a_tree_that_is_gone_spends_nothing() -> None:
    assert cpu.seconds([2**22 + 1]) == 0.0


def test_a_meter_counts_only_between_start_and_stop() -> None:
    end = time.process_time() + 0.1
    while time.process_time() < end:
        pass
    meter = cpu.Meter(me=[os.getpid()])
    meter.start()
    spent = meter.stop()
    assert spent["me"] < 0.08 and spent["total"] == spent["me"]


@pytest.mark.parametrize(("share", "value"), [(0.5, 50), (0.99, 99), (1.0, 100), (0.0, 1)])
def test_percentiles_are_values_that_occurred(share: float, value: int) -> None:
    assert common.percentile(range(1, 101), share) == value


def say(folder: Path, name: str, code: int, values: list[float]) -> str:
    """A command that prints one value after the other, a run each, and ends with `code`."""
    state = folder / name
    script = folder / f"{name}.py"
    script.write_text(
        f"import json, pathlib, sys\np = pathlib.Path({str(state)!r})\n"
        f"n = int(p.read_text()) if p.exists() else 0\np.write_text(str(n + 1))\n"
        f"print(json.dumps({{'figures': [{{'what': 'x', 'value': {values!r}[n], 'unit': 's'}}]}}))\nsys.exit({code})\n"
    )
    return f"python {script}"


def test_runs_are_interleaved_and_medians_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ours, theirs = say(tmp_path, "ours", 0, [3, 1, 9]), say(tmp_path, "theirs", 0, [5, 5, 6])
    absent = say(tmp_path, "absent", common.NOT_INSTALLED, [0, 0, 0])
    assert compare.main(["--repeats", "3", ours, theirs, absent]) == 0
    said = capsys.readouterr()
    assert [line.rpartition("/")[2] for line in said.err.splitlines()][:4] == [
        "ours.py",
        "theirs.py",
        "absent.py",
        "ours.py",
    ]
    first, second, third = json.loads(said.out)["runs"]
    assert first["figures"] == [{"what": "x", "value": 3, "unit": "s", "low": 1, "high": 9, "runs": 3}]
    assert second["figures"][0]["value"] == 5
    assert third["installed"] is False and (tmp_path / "absent").read_text() == "1"


def test_a_peer_that_is_not_installed_says_how_to_get_it(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.peers.node_red"],
        cwd=common.REPOSITORY,
        env={**os.environ, "CHENGYUN_PEERS": str(tmp_path), "PATH": str(tmp_path)},
        capture_output=True,
    )
    assert done.returncode == common.NOT_INSTALLED
    said = json.loads(done.stdout)
    assert said["installed"] is False and "install" in said["why"]
