"""What few nights hold: merges, pauses, denials, lapses, signals lifted. After each step the tape of that moment is compared
with what the live snapshot showed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chengyun.alerts import actions as alerts
from chengyun.alerts import runtime
from chengyun.alerts.models import Alert, Incident
from chengyun.cases import actions as cases
from chengyun.cases.models import Case
from chengyun.district import queries as district
from chengyun.kernel import clock, journal, registry, scope, sealer, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.models import JournalEntry
from chengyun.live.tape import frames
from chengyun.people import actions as people
from chengyun.people import actors
from chengyun.posture import actions as posture
from chengyun.posture.models import Approval, Proposal
from chengyun.server import district_folder
from chengyun.signals import actions as signals
from tests.chaos.district import write_folder
from tests.live.lookback import Said, details, first_minute, unlike
from tests.live.taping import Shown, differ, follow, live, taped

pytestmark = pytest.mark.django_db
Step = Callable[..., Any]


class Evening:
    """Steps half a minute apart; after each the snapshot is kept, and at the end compared with the tape."""

    def __init__(self, virtual: clock.Virtual) -> None:
        self.virtual = virtual
        self.shots: dict[datetime, Shown] = {}
        self.desks: dict[datetime, Said] = {}
        self.cases: dict[datetime, dict[int, Said]] = {}

    def at(self, post: str) -> Actor:
        return actors.at_post(post)

    def do(self, step: Step, *args: Any, **kwargs: Any) -> Any:
        result = step(*args, **kwargs)
        self.look()
        return result

    def look(self) -> None:
        sealer.seal_pending()
        self.shots[clock.now()] = live()
        self.desks[clock.now()], self.cases[clock.now()] = first_minute(), details()
        self.wait(30)

    def wait(self, seconds: float) -> None:
        until = clock.now() + timedelta(seconds=seconds)
        while (due := timers.next_due()) is not None and due <= until:
            self.virtual.advance_to(max(due, clock.now()))
            timers.fire_due()
        self.virtual.advance_to(until)

    def read(self, stream: str, value: float) -> None:
        at = clock.now()
        body = {"observations": [{"ds": stream, "at": at.isoformat(), "v": value}]}
        self.do(
            signals.receive, source="gw", body=json.dumps(body).encode(), key=f"{stream} {at.isoformat()}"
        )

    def move(self, case: Case, verb: str, who: str, **args: Any) -> None:
        self.do(cases.move, actor=self.at(who), case_id=case.pk, verb=verb, **args)

    def check(self, *kinds: str) -> None:
        """The tape of every moment so far, and that the steps were what they should be."""
        self.look()
        assert set(kinds) <= set(JournalEntry.objects.values_list("kind", flat=True))
        for at, then in self.shots.items():
            assert not differ(taped(at), then), (at, differ(taped(at), then))
            assert not unlike(first_minute(at), self.desks[at]), at
            shown = details(at)
            assert shown.keys() == self.cases[at].keys(), at
            for number, said in shown.items():
                assert not unlike(said, self.cases[at][number]), (at, number)
        ats = sorted(self.shots)
        for since in ats[:: max(1, len(ats) // 4)]:
            assert follow(taped(since), since, ats[-1]) == taped(ats[-1])


@pytest.fixture
def evening(at: clock.Virtual, tmp_path: Path, settings: Any) -> Iterator[Evening]:
    settings.EVIDENCE_ROOT = tmp_path / "evidence"
    runtime.forget()
    registry.forget()
    district_folder.load(write_folder(tmp_path / "small"))
    people.start_roster(actor=system("test"))
    yield Evening(at)
    runtime.forget()
    registry.forget()


def opened(rule: str) -> Alert:
    return Alert.objects.filter(rule__code=rule).exclude(state="closed").latest("pk")


def test_alerts_that_are_shelved_moved_and_put_out_of_service(evening: Evening) -> None:
    duty = evening.at("DUTY")
    evening.read("c0.people", 120)
    evening.read("c4.people", 120)
    long, first = opened("crowded-long"), opened("crowded")
    evening.do(alerts.shelve, actor=duty, alert_id=first.pk, reason="maintenance",
               until=clock.now() + timedelta(minutes=20))  # fmt: skip
    evening.read("c4.people", 170)
    evening.read("c4.people", 120)
    evening.do(alerts.acknowledge, actor=duty, alert_id=first.pk)
    evening.do(alerts.shelve, actor=duty, alert_id=long.pk, reason="nuisance",
               until=clock.now() + timedelta(minutes=20))  # fmt: skip
    evening.do(alerts.unshelve, actor=duty, alert_id=long.pk)
    lead = evening.at("LEAD")
    service = {"rule": "crowded", "subject": first.subject}
    evening.do(alerts.take_out_of_service, actor=lead, area="tst", reason="maintenance", **service)
    evening.do(alerts.back_in_service, actor=lead, **service)
    other = Incident.objects.filter(state="open").exclude(pk=long.incident_id).latest("pk")
    evening.do(alerts.regroup, actor=duty, alert_ids=[long.pk], incident_id=other.pk)
    evening.read("c0.people", 10)
    evening.read("c0.people", 130)
    evening.read("c4.people", 10)
    evening.do(alerts.judge, actor=duty, alert_id=opened("crowded").pk, verdict="nothing_to_do")
    evening.wait(1500)
    evening.check(
        "alert.shelved", "alert.unshelved", "alert.out_of_service", "alert.back_in_service", "alert.regrouped",
        "alert.reopened", "alert.worsened", "alert.eased", "alert.judged", "incident.closed",
    )  # fmt: skip


def test_an_alert_under_its_cause(evening: Evening) -> None:
    """Written into the journal by hand: the small district has no rule that inhibits another."""
    evening.read("c0.people", 120)
    evening.read("c1.people", 120)
    one, two = Alert.objects.order_by("pk")[:2]
    from chengyun.alerts.actions import common
    from chengyun.kernel.transaction import write

    def change(kind: str, by: Alert | None) -> None:
        with write():
            alert = common.load(two.pk)
            alert.suppressed_by = by
            common.note(system("test"), alert, kind, {"by": one.pk}, None)
            alert.save()

    evening.do(change, "alert.suppressed", one)
    evening.do(change, "alert.released", None)
    evening.check("alert.suppressed", "alert.released")


def test_cases_that_are_merged_paused_and_sent_back(evening: Evening) -> None:
    def report(kind: str = "noise", **more: Any) -> Case:
        return evening.do(
            cases.report, actor=evening.at("GS-0"), kind=kind, condition="plain", area="m-000",
            description="测试", **more,
        )  # fmt: skip

    one, two, three = report(), report(), report()
    evening.move(two, "merge", "DUTY", into=one.pk)
    evening.move(three, "merge", "DUTY", into=one.pk)
    evening.move(two, "unmerge", "DUTY", reason="两件事")
    evening.move(one, "file", "DUTY")
    evening.move(one, "dispatch", "DISP")
    evening.move(one, "sign_for", "DEPT-sw")
    evening.move(one, "join", "DEPT-sw", post="GL-0")
    evening.move(one, "request_extension", "DEPT-sw", reason="待料")
    colleague = replace(evening.at("DEPT-sw"), ref="p-colleague")
    evening.do(cases.move, actor=colleague, case_id=one.pk, verb="review_extension")
    evening.move(one, "approve_extension", "DISP")
    evening.move(one, "request_suspension", "DEPT-sw", reason="待料", until=clock.now() + timedelta(days=2))
    evening.move(one, "approve_suspension", "LEAD")
    evening.wait(3600)
    evening.move(one, "resume", "LEAD")
    evening.move(two, "file", "DUTY")
    evening.move(two, "dispatch", "DISP")
    evening.move(two, "return", "DEPT-sw", reason="非本单位")
    evening.check("case.moved", "case.reported")
    assert {
        s["reports"] for shot in evening.shots.values() for n, s in shot.items() if n == f"case:{one.pk}"
    } == {1, 2, 3}


def test_words_that_are_denied_lapse_and_are_spent(evening: Evening) -> None:
    root = district.root()

    def propose(level: int) -> Proposal:
        found: Proposal = evening.do(
            posture.propose,
            actor=evening.at("DUTY"),
            area=root,
            mode="emergency",
            level=level,
            evidence=["alert:1"],
        )
        return found

    def ask(row: Proposal) -> Approval:
        duty = evening.at("DUTY")
        evening.do(posture.ask, actor=duty, proposal_id=row.pk, leader_post="CMD")
        found: Approval = evening.do(
            posture.record_approval, actor=duty, proposal_id=row.pk, leader_post="CMD", spoken_at=clock.now()
        )
        return found

    def declare(**more: Any) -> Any:
        return evening.do(
            posture.declare, matter="测试", measures=["man_posts"], expected_end=clock.now() + timedelta(minutes=90),
            **more,
        )  # fmt: skip

    first = propose(2)
    denied = ask(first)
    evening.do(posture.countersign, actor=evening.at("CMD"), approval_id=denied.pk, agrees=False)
    ask(first)
    evening.wait(7200)
    approved = ask(first)
    evening.do(
        posture.propose, actor=evening.at("DUTY"), area=root, mode="emergency", level=2, evidence=["alert:2"]
    )
    spare = propose(3)
    ask(spare)
    made = declare(actor=evening.at("DUTY"), proposal_id=first.pk)
    evening.do(posture.countersign, actor=evening.at("CMD"), approval_id=approved.pk)
    raised = declare(actor=evening.at("CMD"), area=root, mode="emergency", level=1)
    assert raised.follows_id == made.pk
    evening.do(posture.extend, actor=evening.at("CMD"), declaration_id=raised.pk,
               expected_end=clock.now() + timedelta(hours=3))  # fmt: skip
    lower = evening.do(
        posture.downgrade, actor=evening.at("CMD"), declaration_id=raised.pk, level=3, reason="好转"
    )
    last = propose(2)
    evening.do(posture.decline, actor=evening.at("CMD"), proposal_id=last.pk, reason="不需要")
    evening.do(posture.end, actor=evening.at("CMD"), declaration_id=lower.pk, reason="结束")
    evening.check(
        "posture.denied", "posture.approval_expired", "posture.superseded", "posture.countersigned", "posture.downgraded",
        "posture.extended", "posture.declined", "posture.ended", "posture.undecided", "posture.evidence",
    )  # fmt: skip


def test_signals_and_responses_from_outside(evening: Evening) -> None:
    root, duty = district.root(), evening.at("DUTY")

    def receive(number: str) -> Any:
        return evening.do(
            posture.receive_warning, actor=system("cap"), area=root, issuer="气象台", external_id=number,
            kind="rainstorm", colour="red", text="暴雨红色预警", issued_at=clock.now(),
        )  # fmt: skip

    one, two = receive("1"), receive("2")
    evening.wait(3600)
    evening.do(posture.decide_warning, actor=duty, warning_id=one.pk, reason="已安排")
    evening.do(posture.lift_warning, actor=system("cap"), warning_id=one.pk)
    evening.do(posture.lift_warning, actor=system("cap"), warning_id=two.pk)
    evening.check("warning.received", "warning.undecided", "warning.decided", "warning.lifted")


def test_without_readings_the_minutes_speak_and_then_nothing(evening: Evening) -> None:
    from chengyun.kernel.transaction import write
    from chengyun.signals import store

    for value in (10, 20, 30):
        evening.read("c0.people", value)
        evening.wait(60)
    evening.wait(120)
    sealer.seal_pending()
    at = clock.now()
    first = frames.state(scope.ALL, at)
    assert first["values_from"] == "observations" and first["values"]["value"] == [30]
    with write():
        store.forget_observations(1 << 30, 1000)
    second = frames.state(scope.ALL, at)
    assert second["values_from"] == "minutes" and second["values"]["value"] == [30]
    piece = frames.piece(scope.ALL, at - timedelta(minutes=10), at, 10)
    assert (piece["values_from"], piece["step_s"]) == ("minutes", 60)
    assert [f["values"]["value"] for f in piece["frames"] if f["values"]] == [[10], [20], [30]]
    with write():
        store.forget("minutes", 1 << 50)
    last = frames.state(scope.ALL, at)
    assert last["values_from"] == "none" and last["values"]["ids"] == []
    assert journal.last_id() > 0 and last["rows"]["shift"], "what happened is shown all the same"
