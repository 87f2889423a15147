"""Whatever comes in and whatever people do: the promises of an alert hold, and a gauge's alert equals a model."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from chengyun.alerts import actions, queries, runtime
from chengyun.alerts.models import Alert
from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Refused
from chengyun.kernel.models import JournalEntry
from tests.alerts.conftest import START, World

SEVERITY = {None: 9, 4: 4, 2: 2}
SUBJECT = "datastream:w1.depth"


def depth_level(value: float, before: int | None) -> int | None:
    """The gauge's rule without any machinery: raise at or above, return below, no hysteresis."""
    return 2 if value >= 0.27 else 4 if value >= 0.15 else None


class Watch(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.time = clock.use(clock.Virtual(START))
        self.world.clock = self.time.__enter__()
        runtime.forget()
        self.level: int | None = None
        self.muted = False

    def teardown(self) -> None:
        self.time.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        runtime.forget()

    @rule(value=st.sampled_from([0.0, 0.1, 0.15, 0.2, 0.27, 0.5]))
    def water(self, value: float) -> None:
        self.world.pass_time(seconds=1)
        self.world.send(w1=value)
        after = depth_level(value, self.level)
        if after is None or SEVERITY[after] < SEVERITY[self.level]:
            self.muted = False
        self.level = after

    @rule(
        values=st.dictionaries(
            st.sampled_from(["c1", "c2", "c3", "k1", "k2", "p1"]), st.integers(0, 1), min_size=1
        )
    )
    def others(self, values: dict[str, int]) -> None:
        self.world.pass_time(seconds=1)
        self.world.send(**{name: v * 150 if name[0] == "c" else v for name, v in values.items()})

    @rule(seconds=st.sampled_from([10, 60, 130, 400, 4000]))
    def nothing_comes(self, seconds: int) -> None:
        cleared = JournalEntry.objects.filter(kind="alert.cleared").count()
        self.world.pass_time(seconds=seconds)
        assert JournalEntry.objects.filter(kind="alert.cleared").count() == cleared, (
            "silence cleared an alert"
        )

    @rule(n=st.integers(0, 3), level=st.sampled_from([3, 4]))
    def source_raises(self, n: int, level: int) -> None:
        row = {"rule": "gateway", "subject": f"m:{n}", "area": "a", "level": level}
        actions.raise_many(actor=system("gw"), rows=[row, row])

    @rule(n=st.integers(0, 3))
    def source_ends(self, n: int) -> None:
        actions.end_many(actor=system("gw"), keys=[("gateway", f"m:{n}")])

    @rule(pick=st.integers(0, 9), who=st.sampled_from(["DUTY", "DISP", "GS", "software"]))
    def acknowledge(self, pick: int, who: str) -> None:
        self._try(who, pick, actions.acknowledge)

    @rule(
        pick=st.integers(0, 9),
        who=st.sampled_from(["DUTY", "GS", "software"]),
        verdict=st.sampled_from(["true", "false", "nothing_to_do"]),
    )
    def judge(self, pick: int, who: str, verdict: str) -> None:
        alert = self._try(who, pick, actions.judge, verdict=verdict)
        if alert is not None and alert.subject == SUBJECT and alert.rule.code == "leak" and verdict != "true":
            self.muted = self.level is not None

    @rule(
        pick=st.integers(0, 9),
        who=st.sampled_from(["DUTY", "software"]),
        minutes=st.sampled_from([-1, 1, 30, 3000]),
    )
    def shelve(self, pick: int, who: str, minutes: int) -> None:
        self._try(
            who, pick, actions.shelve, reason="known_fault", until=clock.now() + timedelta(minutes=minutes)
        )

    @rule()
    def restart(self) -> None:
        runtime.forget()

    def _try(self, who: str, pick: int, verb, **args):  # type: ignore[no-untyped-def]
        rows = list(Alert.objects.exclude(state="closed").order_by("pk"))
        if not rows:
            return None
        actor = system("software") if who == "software" else self.world.at(who)
        try:
            done = verb(actor=actor, alert_id=rows[pick % len(rows)].pk, **args)
        except Refused:
            return None
        assert who in ("DUTY", "DISP"), f"{who} was let through"
        return done

    @invariant()
    def nothing_promised_is_broken(self) -> None:
        assert list(queries.faults()) == []

    @invariant()
    def one_open_alert_per_rule_and_subject(self) -> None:
        keys = list(Alert.objects.exclude(state="closed").values_list("rule", "subject"))
        assert len(keys) == len(set(keys))

    @invariant()
    def the_gauge_equals_the_model(self) -> None:
        row = Alert.objects.filter(rule__code="leak", subject=SUBJECT).exclude(state="closed").first()
        active = row is not None and row.state in ("unacknowledged", "acknowledged")
        expected = self.level is not None and not self.muted
        assert active == expected
        if active:
            assert row.level == self.level

    @invariant()
    def shelving_ends(self) -> None:
        for alert in Alert.objects.exclude(state="closed").exclude(shelved_until=None):
            assert alert.shelved_until > clock.now()

    @invariant()
    def people_are_on_record(self) -> None:
        for alert in Alert.objects.exclude(acknowledged_at=None):
            assert alert.acknowledged_by.startswith("p-")
        for entry in JournalEntry.objects.filter(
            kind__in=("alert.acknowledged", "alert.judged", "alert.shelved")
        ):
            assert entry.actor.startswith("p-")

    @invariant()
    def an_incident_takes_the_worst_of_its_open_alerts(self) -> None:
        for incident in self.world.incidents():
            levels = incident.alerts.exclude(state="closed").values_list("level", flat=True)
            assert not levels or incident.level == min(levels)


def test_alerts_keep_their_promises(world: World) -> None:
    Watch.world = world
    run_state_machine_as_test(
        Watch,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
