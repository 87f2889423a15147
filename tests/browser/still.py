"""`python -m tests.browser.still SCENARIO UNTIL`: the night in this data folder up to a moment, at which its clock stands.

Nothing moves any more, so that a picture of it is the same each time. Prints {"accounts": {name: password}}.
"""

from __future__ import annotations

import json
import sys
from datetime import datetime
from pathlib import Path


class _Enough(Exception):
    pass


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from chengyun.kernel import clock, sealer
    from chengyun.kernel.actor import system
    from chengyun.live import replay
    from chengyun.live.scenario import Scenario
    from chengyun.people import actions as people
    from chengyun.server import district_folder
    from chengyun.server.time import store_clock

    until = datetime.fromisoformat(sys.argv[2])
    call_command("migrate", verbosity=0, interactive=False)

    def watch(now: datetime) -> None:
        if now >= until:
            raise _Enough

    try:
        replay.play(Scenario(Path(sys.argv[1])), load_district=district_folder.load, watch=watch)
    except _Enough:
        pass
    with clock.use(clock.Virtual(until)):
        accounts = people.create_demo_accounts(actor=system("test"))
        while sealer.seal_pending():
            pass
        # A leash that nobody lets out: the clock of all processes stands here.
        store_clock(virtual0=until, rate=1, leashed=True)
    print(json.dumps({"accounts": dict(accounts)}))


if __name__ == "__main__":
    main()
