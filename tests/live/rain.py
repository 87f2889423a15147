"""Plays the rain of 2021 on the database at hand and prints what a test asks of it: a program of its own, as a replay is."""

import json
import sys
from pathlib import Path

import django


def main(folder: Path) -> None:
    django.setup()
    from django.core.management import call_command

    from chengyun.kernel import clock
    from chengyun.kernel.models import JournalEntry
    from chengyun.live import replay, verify
    from chengyun.live.report import report
    from chengyun.live.scenario import Scenario
    from chengyun.messages.models import Message
    from chengyun.people.models import HandOver
    from chengyun.server import district_folder
    from chengyun.signals.models import IntakeCount, Observation

    call_command("migrate", verbosity=0, interactive=False)
    scenario = Scenario(folder)
    played = replay.play(scenario, load_district=district_folder.load)
    warnings = JournalEntry.objects.filter(kind__startswith="warning.").order_by("id")
    rain = Observation.objects.filter(stream__code="rain-001.rate").order_by("at_ms")
    first_record = HandOver.objects.order_by("id").first()
    with clock.use(clock.Virtual(scenario.meta.end)):
        faults = verify.run(timers_must_be_on_time=False).faults
    print(
        json.dumps(
            {
                "report": report(scenario, played).as_dict(),
                "refused": [f"{row.act}: {row.error}" for row in played.outcomes if row.fault],
                "warnings": [(row.at.isoformat(), row.kind, row.payload["warning"]) for row in warnings],
                "told": sorted(
                    set(Message.objects.filter(kind="warning.undecided").values_list("post__code", flat=True))
                ),
                "responses": JournalEntry.objects.filter(kind="response.recorded").count(),
                "handed_over": [
                    part["items"] for part in first_record.record["sections"] if part["key"] == "modes"
                ],
                "repeats": sum(IntakeCount.objects.filter(what="duplicate").values_list("n", flat=True)),
                "rain": list(rain.values_list("at_ms", "value")),
                "faults": list(faults),
            }
        )
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
