"""Prometheus Alertmanager (Debian): from the POST of an alert to the webhook that announces it.

    python -m benchmarks.peers.alertmanager --rate 200 --seconds 10

Every alert is its own group and nothing waits (group_wait 0), which is the fastest that it goes. It keeps everything in
memory, so this is a ceiling for latency, not a like-for-like of something durable.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from typing import Any

from benchmarks import cpu
from benchmarks.peers import common

CONFIG = """
route:
  receiver: hook
  group_by: ['...']
  group_wait: 0s
  group_interval: 1m
  repeat_interval: 1h
receivers:
  - name: hook
    webhook_configs:
      - url: http://127.0.0.1:{port}/
        send_resolved: false
"""


def measure(rate: float, seconds: float) -> dict[str, Any]:
    binary = common.program("prometheus-alertmanager", "apt install prometheus-alertmanager")
    with common.folder() as home:
        hook, web, log, notes = common.free_port(), common.free_port(), home / "log", home / "notes.json"
        (home / "config.yml").write_text(CONFIG.format(port=hook))
        receiver = [sys.executable, "-m", "benchmarks.peers.receiver", str(hook), notes, "id"]
        server = [
            binary,
            f"--config.file={home / 'config.yml'}",
            f"--storage.path={home / 'data'}",
            f"--web.listen-address=127.0.0.1:{web}",
            "--cluster.listen-address=",
            "--log.level=error",
        ]
        with common.process(server, log) as peer:
            with common.process(receiver, log):
                common.until(lambda: common.listening(hook), "the receiver listening", log)
                common.until(lambda: common.listening(web), "Alertmanager listening", log)
                _send(web, "warm", rate, 1.0)
                meter = cpu.Meter(alertmanager=[peer.pid])
                meter.start()
                sent = _send(web, "a", rate, seconds)
                time.sleep(1.0)  # the last ones are on their way
                spent = meter.stop()
            received: dict[str, int] = json.loads(notes.read_text())
    late = [(received[name] - at) / 1e6 for name, at in sent.items() if name in received]
    if not late:
        raise RuntimeError("no alert came out of Alertmanager")
    return {
        "version": "as packaged by Debian",
        "setting": f"{rate:g} alerts/s for {seconds:g} s, one group per alert, group_wait 0, in memory",
        "figures": [
            common.figure("alert to webhook p50", common.percentile(late, 0.50), "ms"),
            common.figure("alert to webhook p99", common.percentile(late, 0.99), "ms"),
            common.figure("alerts sent", len(sent), "alerts"),
            common.figure("alerts lost", len(sent) - len(late), "alerts"),
            common.figure("alerts per core-second", len(sent) / max(spent["total"], 0.01), "1/s"),
        ],
        "cpu": spent,
    }


def _send(port: int, prefix: str, rate: float, seconds: float) -> dict[str, int]:
    """POST alerts one by one at a steady rate; name -> monotonic nanoseconds just before it was sent.

    The moment is when the alert was due, so that a slow answer counts against all that had to wait behind it.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    sent: dict[str, int] = {}
    began = time.monotonic_ns()
    for number in range(int(rate * seconds)):
        due = began + int(number * 1e9 / rate)
        pause = (due - time.monotonic_ns()) / 1e9
        if pause > 0:
            time.sleep(pause)
        name = f"{prefix}-{number}"
        body = json.dumps([{"labels": {"alertname": "crowd", "id": name, "area": f"g3-{number % 61:02d}"}}])
        sent[name] = due if pause <= 0 else time.monotonic_ns()
        connection.request("POST", "/api/v2/alerts", body, {"Content-Type": "application/json"})
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise RuntimeError(f"Alertmanager answered {answer.status}")
    connection.close()
    return sent


if __name__ == "__main__":
    chosen = common.options(__doc__ or "", rate=(float, 200.0, "alerts per second"))
    sys.exit(common.report("prometheus-alertmanager", lambda: measure(chosen.rate, chosen.seconds)))
