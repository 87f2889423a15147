"""An alert's life, read as a story: what comes in, what people do, what the list shows."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from chengyun.alerts import actions, queries
from chengyun.alerts.models import Alert, RuleState
from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.transaction import write
from chengyun.messages.models import Message
from chengyun.posture.models import Proposal

pytestmark = pytest.mark.django_db


def test_a_total_over_the_ring_opens_an_alert_that_embeds_what_was_judged(world):
    world.send(c1=100, c2=100, c3=110)
    alert = world.alert("crowd-total")
    assert (alert.level, alert.state, alert.measure, alert.have, alert.of) == (1, "unacknowledged", 310, 3, 3)
    entry = JournalEntry.objects.get(pk=alert.entry)
    assert [(o["ds"], o["v"]) for o in entry.payload["observed"]] == [
        ("c1.people", 100), ("c2.people", 100), ("c3.people", 110)
    ]  # fmt: skip
    assert (entry.payload["set"], entry.payload["version"], entry.payload["mode"]) == (300, 1, "normal")


def test_the_rule_proposes_a_posture_and_nobody_is_asked_twice(world):
    world.send(c1=100, c2=100, c3=110)
    proposal = Proposal.objects.get()
    assert (proposal.mode, proposal.level, proposal.area.code) == ("emergency", 1, "r")
    world.pass_time(seconds=60)
    world.send(c1=100, c2=100, c3=50)
    world.pass_time(seconds=60)
    world.send(c1=100, c2=100, c3=150)
    assert "reopened crowd-total" in world.kinds() or "worsened crowd-total" in world.kinds()
    assert Proposal.objects.filter(state="open").count() == 1


def test_clearing_waits_for_a_person_who_has_not_looked(world):
    world.send(c1=100, c2=100, c3=110)
    world.send(c1=10, c2=10, c3=10)
    world.pass_time(seconds=1)
    world.send(c1=10, c2=10, c3=10)
    assert world.alert("crowd-total").state == "cleared"
    actions.acknowledge(actor=world.at("DUTY"), alert_id=world.alert("crowd-total").pk)
    assert world.alert("crowd-total").state == "closed"


def test_an_acknowledged_alert_is_closed_when_its_condition_goes(world):
    world.send(c1=100, c2=100, c3=110)
    actions.acknowledge(actor=world.at("DUTY"), alert_id=world.alert("crowd-total").pk)
    world.pass_time(seconds=60)
    world.send(c1=10, c2=10, c3=10)
    alert = world.alert("crowd-total")
    assert (alert.state, alert.acknowledged_by) == ("closed", "p-duty")


def test_worsening_asks_for_notice_again(world):
    world.send(c1=100, c2=100, c3=10)
    assert world.alert("crowd-total").threshold == 200
    actions.acknowledge(actor=world.at("DUTY"), alert_id=world.alert("crowd-total").pk)
    world.pass_time(seconds=60)
    world.send(c1=100, c2=100, c3=100)
    alert = world.alert("crowd-total")
    assert (alert.level, alert.state, alert.threshold) == (1, "unacknowledged", 300)
    assert world.kinds()[-1] == "worsened crowd-total"


def test_for_is_a_timer_that_needs_no_further_reading(world):
    world.send(c1=120, c2=1, c3=1)
    world.pass_time(seconds=119)
    assert world.open() == []
    world.pass_time(seconds=10)
    assert world.open() == ["zone-high 3 unacknowledged"]
    assert world.entry("alert.opened").payload["by_time"] is True


def test_a_spike_of_one_minute_raises_nothing(world):
    world.send(c1=120, c2=1, c3=1)
    world.pass_time(seconds=60)
    world.minutes(4, c1=5, c2=1, c3=1)
    assert world.open() == []


def test_a_silent_counter_raises_its_own_alert_and_clears_no_other(world):
    world.send(c1=1, c2=1, c3=300)
    for _ in range(8):
        world.pass_time(seconds=60)
        world.send(c1=1, c2=1)
    assert {"crowd-total 1 unacknowledged", "counter-silent 3 unacknowledged"} <= set(world.open())
    world.send(c3=1)
    assert world.alert("counter-silent").state == "cleared"


def test_a_camera_that_is_down_suppresses_the_silence_of_its_counter(world):
    world.minutes(1, c1=1, c2=1, c3=1, k1=1)
    for _ in range(8):
        world.send(k1=0, c2=1, c3=1)
        world.pass_time(seconds=60)
    down, silent = world.alert("camera-down"), world.alert("counter-silent")
    assert silent.suppressed_by_id == down.pk and silent.hidden == "suppressed"
    assert down.incident_id == silent.incident_id, "one upstream asset, one incident"
    # The camera is well again, the counter is not: after a moment its silence speaks for itself.
    world.minutes(2, k1=1, c2=1, c3=1)
    silent.refresh_from_db()
    assert silent.hidden == "" and silent.state == "unacknowledged"
    assert "released counter-silent" in world.kinds()


def test_what_opened_before_its_cause_is_suppressed_when_the_cause_opens(world):
    world.minutes(1, c1=1, c2=1, c3=1, k1=1)
    world.minutes(7, c2=1, c3=1)
    assert world.alert("counter-silent").hidden == ""
    world.send(k1=0)
    assert world.alert("counter-silent").hidden == "suppressed"


def test_only_a_person_acknowledges_judges_and_shelves(world):
    world.send(c1=100, c2=100, c3=110)
    pk = world.alert("crowd-total").pk
    with pytest.raises(NotAllowed):
        actions.acknowledge(actor=system("bot"), alert_id=pk)
    with pytest.raises(NotAllowed):
        actions.judge(actor=system("bot"), alert_id=pk, verdict="true")
    with pytest.raises(NotAllowed):
        actions.judge(actor=world.at("GS"), alert_id=pk, verdict="true")
    with pytest.raises(NotAllowed):
        actions.shelve(actor=system("bot"), alert_id=pk, reason="known_fault", until=world.after(hours=1))


def test_a_camera_alert_needs_a_case_only_after_a_person_said_true(world):
    world.send(p1=1)
    assert world.entry("alert.opened").payload["needs_case"] is False
    alert = actions.judge(actor=world.at("DUTY"), alert_id=world.alert("parked").pk, verdict="true")
    entry = world.entry("alert.judged")
    assert entry.payload["needs_case"] is True and entry.payload["case_kind"] == "illegal-parking"
    assert (alert.state, alert.judged_by, entry.cause_id) == ("acknowledged", "p-duty", alert.entry)
    with pytest.raises(Conflict):
        actions.judge(actor=world.at("DUTY"), alert_id=alert.pk, verdict="false")


@pytest.mark.parametrize("verdict", ["false", "nothing_to_do"])
def test_judged_away_it_stays_away_until_the_condition_was_gone(world, verdict):
    world.send(p1=1)
    actions.judge(actor=world.at("DUTY"), alert_id=world.alert("parked").pk, verdict=verdict)
    world.minutes(3, p1=1)
    assert world.open() == []
    assert not world.entry("alert.judged").payload["needs_case"]
    world.minutes(1, p1=0)
    world.minutes(1, p1=1)
    assert world.open(but="counter-silent") == ["parked 4 unacknowledged"]


def test_a_duplicate_names_its_original(world):
    world.send(p1=1, c1=100, c2=100, c3=110)
    first, second = world.alert("crowd-total"), world.alert("parked")
    with pytest.raises(Invalid):
        actions.judge(actor=world.at("DUTY"), alert_id=second.pk, verdict="duplicate")
    actions.judge(actor=world.at("DUTY"), alert_id=second.pk, verdict="duplicate", duplicate_of=first.pk)
    assert world.alert("parked").state == "closed"


def test_a_gauge_may_need_its_case_at_once(world):
    world.send(w1=0.2)
    assert world.entry("alert.opened").payload["needs_case"] is True


def test_shelving_ends_by_itself_and_needs_a_reason_and_an_end(world):
    world.send(w1=0.2)
    pk = world.alert("leak").pk
    for reason, until in (
        ("because", world.after(hours=1)),
        ("known_fault", world.after(days=3)),
        ("known_fault", clock.now()),
    ):
        with pytest.raises(Invalid):
            actions.shelve(actor=world.at("DUTY"), alert_id=pk, reason=reason, until=until)
    actions.shelve(actor=world.at("DUTY"), alert_id=pk, reason="known_fault", until=world.after(minutes=30))
    assert world.alert("leak").hidden == "shelved"
    world.pass_time(minutes=29)
    assert world.alert("leak").hidden == "shelved"
    world.pass_time(minutes=2)
    assert (world.alert("leak").hidden, world.alert("leak").state) == ("", "unacknowledged")
    assert list(queries.faults()) == []


def test_shelving_ends_at_once_when_it_worsens(world):
    world.send(w1=0.2)
    actions.shelve(
        actor=world.at("DUTY"),
        alert_id=world.alert("leak").pk,
        reason="known_fault",
        until=world.after(hours=1),
    )
    world.pass_time(seconds=300)
    world.send(w1=0.3)
    assert (world.alert("leak").hidden, world.alert("leak").level) == ("", 2)


def test_out_of_service_is_quiet_listed_and_speaks_up_when_it_is_back(world):
    shift = world.at("LEAD")
    actions.take_out_of_service(
        actor=shift, rule="leak", subject="datastream:w1.depth", area="b", reason="maintenance"
    )
    world.send(w1=0.3)
    assert world.open() == [] and queries.paused_at("/r/")[0]["rule"] == "leak"
    actions.back_in_service(actor=shift, rule="leak", subject="datastream:w1.depth")
    assert world.open() == ["leak 2 unacknowledged"]


def test_two_open_alerts_for_one_subject_are_impossible_in_the_database(world):
    world.send(w1=0.2)
    row = world.alert("leak")
    row.pk = None
    with pytest.raises(IntegrityError), write(), transaction.atomic():
        Alert.objects.bulk_create([row])


def test_a_posture_bends_the_threshold_at_the_next_reading(world):
    from chengyun.posture.models import Policy  # the sample policy states no thresholds

    with write():
        policy = Policy.objects.get(active=True)
        body = policy.body
        body["modes"]["normal"]["policy"]["thresholds"] = {"leak": {"4": 0.05}}
        Policy.objects.filter(pk=policy.pk).update(body=body, digest="other")
        from chengyun.posture.actions.common import put_in_force

        put_in_force()
    world.send(w1=0.06)
    assert world.open() == ["leak 4 unacknowledged"]
    assert world.entry("alert.opened").payload["set"] == 0.05


def test_memory_survives_a_restart_in_the_middle_of_a_for(world):
    from chengyun.alerts import runtime

    world.send(c1=120, c2=1, c3=1)
    runtime.forget()
    world.pass_time(minutes=3)
    assert world.open() == ["zone-high 3 unacknowledged"]
    runtime.forget()
    world.send(c1=1, c2=1, c3=1)
    assert world.open() == ["zone-high 3 cleared"]
    assert RuleState.objects.get(rule="zone-high", subject="datastream:c1.people").data == {}


def test_a_rolled_back_batch_leaves_no_trace_in_memory(world):
    with pytest.raises(RuntimeError), write(), transaction.atomic():
        world.send(w1=0.2)
        raise RuntimeError("disk full")
    assert world.open() == []
    world.send(w1=0.2)
    assert world.open() == ["leak 4 unacknowledged"]


def test_one_message_per_incident_however_many_alerts(world):
    world.send(c1=100, c2=100, c3=110)
    world.minutes(4, c1=200, c2=200, c3=200)
    assert len(world.open()) == 4 and len(world.incidents()) == 1
    about = f"incident:{world.incidents()[0].pk}"
    assert Message.objects.filter(bundle=about, kind="alert.opened").count() == 1


def test_an_incident_takes_the_worst_level_and_ends_after_its_last_alert(world):
    world.send(w1=0.2)
    assert [i.level for i in world.incidents("leak")] == [4]
    world.pass_time(seconds=300)
    world.send(w1=0.5)
    assert [i.level for i in world.incidents("leak")] == [2]
    actions.acknowledge(actor=world.at("DUTY"), alert_id=world.alert("leak").pk)
    world.send(w1=0, at=clock.now() + timedelta(seconds=1))
    assert world.open(but="counter-silent") == [] and len(world.incidents("leak")) == 1
    world.pass_time(minutes=11)
    assert world.incidents("leak") == []
    assert world.entry("incident.closed").payload["peak"] == 2


def test_what_the_sensor_says_of_an_alert(world):
    world.send(w1=0.2)
    pk = world.alert("leak").pk
    assert queries.condition([pk]) == {pk: "raised"}
    world.pass_time(seconds=300)
    world.send(w1=0.0)
    assert queries.condition([pk]) == {pk: "clear"}
    world.pass_time(hours=2)
    assert queries.condition([pk]) == {pk: "silent"}


def test_flood_figures(world):
    for n in range(4):
        world.send(w1=0.2, at=clock.now() + timedelta(seconds=n * 10))
        world.send(w1=0.0, at=clock.now() + timedelta(seconds=n * 10 + 5))
    from chengyun.kernel import scope

    figures = queries.flood(scope.ALL)
    assert figures["alarms"] == 4 and figures["chattering"] == (("leak|datastream:w1.depth", 4),)
    assert world.alert("leak").raises == 4 and Alert.objects.filter(rule__code="leak").count() == 1


def test_several_judgings_of_one_transaction_are_forgotten_together(world):
    with pytest.raises(RuntimeError), write():
        world.send(w1=0.2)
        world.send(p1=1)
        world.send(c1=1)
        raise RuntimeError("database away")
    world.send(c1=1)
    world.send(w1=0.2, p1=1)
    assert sorted(world.open()) == ["leak 4 unacknowledged", "parked 4 unacknowledged"]


def test_the_duty_officer_is_told_in_words_that_say_what_to_do(world):
    from chengyun.messages import texts

    world.send(w1=0.3)
    text = texts.template(Message.objects.get(post__code="DUTY").kind)
    assert "研判" in str(text) and "Acknowledge" in str(text)
