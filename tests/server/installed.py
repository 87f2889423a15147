"""`python -m tests.server.installed FOLDER`: a small district that has had a quarter of an hour, as a data folder.

Virtual time: half past four on New Year's Eve. One counter is crowded (an alert), a case was reported and is on its way.
Prints {"case": number, "alert": number}.
"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

START = datetime(2023, 12, 31, 8, 30, tzinfo=UTC)


def main() -> None:
    import django

    django.setup()
    from chengyun.alerts import actions as alerts
    from chengyun.alerts.models import Alert
    from chengyun.cases import actions as cases
    from chengyun.district import queries as district
    from chengyun.kernel import clock
    from chengyun.people import actors
    from chengyun.server import commands, worker
    from chengyun.server.time import store_clock
    from chengyun.signals import actions as signals
    from tests.chaos.district import write_folder

    folder = write_folder(Path(sys.argv[1]))
    with clock.use(clock.Virtual(START)) as virtual:
        commands.init(argparse.Namespace(district=folder, check=False, demo_accounts=False))
        for minute in range(5):
            body = {
                "observations": [{"ds": "c0.people", "at": clock.now().isoformat(), "v": 90 + 10 * minute}]
            }
            signals.receive(source="gw", body=json.dumps(body).encode(), key=f"m-{minute}")
            virtual.advance_to(START + timedelta(minutes=minute + 1))
        alert = Alert.objects.get(rule__code="crowded")
        alerts.acknowledge(actor=actors.at_post("DUTY"), alert_id=alert.pk)
        case = cases.report(
            actor=actors.at_post("GS-0"),
            kind="noise",
            condition="plain",
            area=district.area("m-000"),
            source="citizen",
            description="店外音响很吵 the loudspeakers outside",
            reporter={"name": "张三丰（虚构）", "phone": "13900000000"},
        )
        virtual.advance(seconds=60)
        cases.move(actor=actors.at_post("DUTY"), case_id=case.pk, verb="request_check")
        virtual.advance(seconds=60)
        worker.run_until_idle()
        now = clock.now()
    # Whoever looks at this folder later lives in that night too.
    store_clock(virtual0=now, rate=1)
    print(json.dumps({"case": case.pk, "alert": alert.pk}))


if __name__ == "__main__":
    main()
