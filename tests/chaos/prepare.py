"""`python -m tests.chaos.prepare FOLDER`: what `chengyun init` and `chengyun token` do, and the probe's lanes.

Prints {"token": key of the source gw, "accounts": {username: password}}. One process instead of three.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

LANES = 4


def main() -> None:
    import django

    django.setup()
    from chengyun.kernel.actor import system
    from chengyun.people import actions as people
    from chengyun.server import commands
    from tests.chaos.probe.apps import start_lanes

    commands.init(argparse.Namespace(district=Path(sys.argv[1]), check=False, demo_accounts=False))
    accounts = dict(people.create_demo_accounts(actor=system("test")))
    token = people.issue_token(actor=system("test"), source="gw")
    start_lanes(LANES)
    print(json.dumps({"token": token, "accounts": accounts}))


if __name__ == "__main__":
    main()
