"""Node-RED 4.1.8 and Mosquitto: readings in over MQTT, a threshold rule with hysteresis, alerts out over MQTT.

    python -m benchmarks.peers.node_red --per-message 10 --seconds 10

The rule and its state are a function node with a Map: in memory, acknowledged on arrival, nothing stored. CPU: Node-RED and
the broker; the publishers are apart. The run ends when Node-RED says that it has judged every reading that was sent.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

from benchmarks import cpu
from benchmarks.peers import common

VERSION = "4.1.8"
HOW = "python -m benchmarks.peers.install node-red"
STREAMS = 1000
PUBLISHER = Path(__file__).with_name("publisher.py")

# The same rule as ours: raise at `set`, lower again below `clear`; in between nothing changes.
RULE = """
const open = context.get('open') || new Map();
const readings = Array.isArray(msg.payload) ? msg.payload : [msg.payload];
const out = [];
for (const r of readings) {
  let state = null;
  if (r.v >= 80 && !open.has(r.n)) { open.set(r.n, r.t); state = 'open'; }
  else if (r.v < 70 && open.has(r.n)) { open.delete(r.n); state = 'clear'; }
  if (state) out.push({topic: 'alerts', payload: {n: r.n, state, t: r.t}});
}
context.set('open', open);
flow.set('judged', (flow.get('judged') || 0) + readings.length);
return [out];
"""
TELL = "return {topic: 'judged', payload: {judged: flow.get('judged') || 0}};"


def flow(broker: int) -> list[dict[str, Any]]:
    """The nodes: mqtt in -> rule -> mqtt out, and a question that is answered with the number judged so far.

    A node without x and y is taken for a configuration node, and does not run.
    """
    mqtt_in = {"type": "mqtt in", "z": "tab", "qos": "1", "datatype": "json", "broker": "broker", "inputs": 0}
    mqtt_out = {
        "type": "mqtt out",
        "z": "tab",
        "topic": "",
        "qos": "1",
        "retain": "false",
        "broker": "broker",
        "wires": [],
    }
    function = {
        "type": "function",
        "z": "tab",
        "outputs": 1,
        "timeout": 0,
        "noerr": 0,
        "initialize": "",
        "finalize": "",
        "libs": [],
    }
    return [
        {"id": "tab", "type": "tab", "label": "bench", "disabled": False},
        {
            "id": "broker",
            "type": "mqtt-broker",
            "broker": "127.0.0.1",
            "port": str(broker),
            "clientid": "rule",
            "autoConnect": True,
            "usetls": False,
            "protocolVersion": "4",
            "keepalive": "60",
            "cleansession": True,
        },
        {**mqtt_in, "id": "in", "x": 100, "y": 100, "topic": "obs/#", "wires": [["rule"]]},
        {**function, "id": "rule", "x": 300, "y": 100, "func": RULE, "wires": [["out"]]},
        {**mqtt_in, "id": "ask", "x": 100, "y": 200, "topic": "ask", "wires": [["tell"]]},
        {**function, "id": "tell", "x": 300, "y": 200, "func": TELL, "wires": [["out"]]},
        {**mqtt_out, "id": "out", "x": 500, "y": 100},
    ]


class Watcher:
    """Counts alerts, and asks how many readings have been judged."""

    def __init__(self, port: int) -> None:
        self.alerts, self.judged = 0, -1
        self._client = mqtt.Client(mqtt.CallbackAPIVersion.VERSION2, client_id="watcher")
        self._client.on_message = self._message
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([("alerts", 0), ("judged", 1)])
        self._client.loop_start()

    def _message(self, client: mqtt.Client, data: object, message: mqtt.MQTTMessage) -> None:
        if message.topic == "judged":
            self.judged = json.loads(message.payload)["judged"]
        else:
            self.alerts += 1

    def ask(self) -> int:
        self._client.publish("ask", "{}", qos=1)
        time.sleep(0.1)
        return self.judged

    def close(self) -> None:
        self._client.disconnect()
        self._client.loop_stop()


def measure(per_message: int, seconds: float, publishers: int) -> dict[str, Any]:
    node = common.program("node", "apt install nodejs (18.5 or newer)")
    mosquitto = common.program("mosquitto", "apt install mosquitto")
    red = common.HOME / "node-red" / "node_modules" / "node-red" / "red.js"
    if not red.exists():
        raise common.Missing(f"Node-RED is not installed in {common.HOME}: {HOW}")
    with common.folder() as home:
        port, web, log = common.free_port(), common.free_port(), home / "log"
        (home / "mosquitto.conf").write_text(
            f"listener {port} 127.0.0.1\nallow_anonymous true\nmax_queued_messages 0\nmax_inflight_messages 2000\n"
        )
        (home / "flows.json").write_text(json.dumps(flow(port)))
        (home / "settings.js").write_text(
            f"module.exports = {{uiHost: '127.0.0.1', uiPort: {web}, flowFile: 'flows.json', httpAdminRoot: false, "
            "logging: {console: {level: 'error', metrics: false, audit: false}}, telemetry: {enabled: false}};\n"
        )
        with common.process([mosquitto, "-c", home / "mosquitto.conf"], log) as broker:
            common.until(lambda: common.listening(port), "Mosquitto listening", log)
            with common.process(
                [node, red, "--userDir", home, "--settings", home / "settings.js"], log
            ) as engine:
                watcher = Watcher(port)
                common.until(lambda: watcher.ask() == 0, "Node-RED running the flow", log, 30.0)
                meter = cpu.Meter(node_red=[engine.pid], broker=[broker.pid])
                meter.start()
                sent = _publish(port, per_message, seconds, publishers, log)
                common.until(lambda: watcher.ask() >= sent, "every reading judged", log, 30.0)
                spent = meter.stop()
                watcher.close()
    messages = sent / per_message
    core = max(spent["total"], 0.01)
    return {
        "version": VERSION,
        "setting": f"{per_message} reading(s) a message, QoS 1, {STREAMS} streams, {publishers} publishers, in memory",
        "figures": [
            common.figure("observations per core-second", sent / core, "1/s"),
            common.figure("messages per core-second", messages / core, "1/s"),
            common.figure(
                "messages per core-second, broker apart", messages / max(spent["node_red"], 0.01), "1/s"
            ),
            common.figure("messages per second of wall time", messages / spent["wall"], "1/s"),
            common.figure("observations sent", sent, "observations"),
            common.figure("alerts raised and cleared", watcher.alerts, "alerts"),
        ],
        "cpu": spent,
    }


def _publish(port: int, per_message: int, seconds: float, publishers: int, log: Path) -> int:
    """Run the publishers to their end; how many readings the broker has acknowledged."""
    counts: list[int] = [0] * publishers

    def run(number: int) -> None:
        target = log.with_name(f"sent-{number}")
        command = [sys.executable, PUBLISHER, port, per_message, seconds, STREAMS, number, target]
        with common.process(command, log) as child:
            child.wait(seconds + 20)
        counts[number] = int(target.read_text())

    threads = [threading.Thread(target=run, args=(number,)) for number in range(publishers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


if __name__ == "__main__":
    chosen = common.options(
        __doc__ or "",
        per_message=(int, 10, "readings in one message"),
        publishers=(int, 2, "publishing processes"),
    )
    sys.exit(
        common.report("node-red", lambda: measure(chosen.per_message, chosen.seconds, chosen.publishers))
    )
