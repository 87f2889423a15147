"""Installs the peers that Debian does not package, in the exact versions that the figures name, below var/peers.

    python -m benchmarks.peers.install node-red alerta supervision

Others come from Debian: apt install prometheus-alertmanager mosquitto postgresql motion
"""

from __future__ import annotations

import subprocess
import sys

from benchmarks.peers import alerta, common, node_red, supervision


def install_node_red() -> None:
    npm = common.program("npm", "apt install npm")
    target = common.HOME / "node-red"
    target.mkdir(parents=True, exist_ok=True)
    options = ["--no-audit", "--no-fund", "--omit=dev"]
    subprocess.run([npm, "install", "--prefix", target, *options, f"node-red@{node_red.VERSION}"], check=True)


def install_alerta() -> None:
    target = common.HOME / "alerta"
    subprocess.run([sys.executable, "-m", "venv", target], check=True)
    wanted = [f"alerta-server=={alerta.VERSION}", "gunicorn", "psycopg2-binary"]
    subprocess.run([target / "bin" / "pip", "install", "--quiet", *wanted], check=True)


def install_supervision() -> None:
    target = common.HOME / "supervision"
    subprocess.run([sys.executable, "-m", "venv", target], check=True)
    wanted = [f"supervision=={supervision.VERSION}", "onnxruntime", "opencv-python-headless<5"]
    subprocess.run([target / "bin" / "pip", "install", "--quiet", *wanted], check=True)


def main(names: list[str]) -> int:
    known = {"node-red": install_node_red, "alerta": install_alerta, "supervision": install_supervision}
    if not names or set(names) - set(known):
        print(__doc__, file=sys.stderr)
        return 2
    for name in names:
        known[name]()
        print(f"{name} is in {common.HOME}", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
