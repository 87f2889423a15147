"""`python -m tests.chaos.look`: what stands in the database, as JSON, with the product's own `verify`."""

from __future__ import annotations

import json


def main() -> None:
    import django

    django.setup()
    from chengyun.alerts.models import Alert
    from chengyun.kernel.models import JournalEntry, OutboxItem, Timer
    from chengyun.live import verify
    from chengyun.signals.models import Ingested, IntakeCount, Observation

    report = verify.run(timers_must_be_on_time=False)
    seen = {
        "observations": list(Observation.objects.values_list("stream__code", "at_ms", "value")),
        "messages": Ingested.objects.count(),
        "counted": list(IntakeCount.objects.values_list("what", "n")),
        "ticks": list(
            JournalEntry.objects.filter(kind="probe.ticked")
            .order_by("id")
            .values_list("subject", "payload_text")
        ),
        "armed": Timer.objects.filter(kind="probe.tick").count(),
        "not_handed": OutboxItem.objects.filter(handed_at=None).count(),
        "alerts": Alert.objects.count(),
        "alerts_opened": JournalEntry.objects.filter(kind="alert.opened").count(),
        "entries": JournalEntry.objects.count(),
        "faults": report.faults,
        "figures": report.figures,
    }
    print(json.dumps(seen, default=str))


if __name__ == "__main__":
    main()
