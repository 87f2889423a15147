"""From alert to case, and no closing against a sensor."""

from datetime import UTC, datetime

import pytest

from chengyun.alerts import queries as alert_queries
from chengyun.alerts.models import Alert, Incident, Rule, RuleVersion
from chengyun.cases import actions, queries
from chengyun.cases.models import Case, CaseAlert
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.transaction import write

AT = datetime(2023, 12, 29, 8, 59, tzinfo=UTC)


@pytest.fixture
def sensors(monkeypatch):
    """What the sensors say; the test changes it."""
    said: dict[int, str] = {}
    monkeypatch.setattr(alert_queries, "condition", lambda ids: {pk: said.get(pk, "clear") for pk in ids})
    return said


def alert(world, subject="gauge-1", **more):
    with write():
        rule, _ = Rule.objects.get_or_create(code="ponding-depth", name_zh="积水", name_en="Ponding")
        version, _ = RuleVersion.objects.get_or_create(
            rule=rule, number=1, defaults={"body": {}, "digest": "", "valid": True, "at": AT, "by": "t"}
        )
        return Alert.objects.create(
            rule=rule, version=version, subject=subject, area=world.areas["m"], level=2, peak=2,
            since=AT, opened_at=AT, last_at=AT, **more,
        )  # fmt: skip


def opened(world, row, kind="ponding", *, incident=None, event="alert.opened", **more):
    payload = {
        "alert": row.pk, "rule": "ponding-depth", "needs_case": True, "case_kind": kind, "case_condition": None,
        "incident": incident, "camera": False, "level": 2, **more,
    }  # fmt: skip
    if event == "alert.opened":
        payload |= {"hidden": "", "proposes": False}
    with write():
        return journal.record(
            event,
            subject=f"alert:{row.pk}",
            area=world.areas["m"].path,
            actor=system("rules"),
            payload=payload,
        )


def test_an_alert_becomes_a_case_with_its_cause(world):
    row = alert(world)
    entry = opened(world, row)
    case = Case.objects.get()
    assert (case.kind, case.source, case.condition, case.source_ref) == (
        "ponding",
        "sensor",
        "deep",
        f"alert:{row.pk}",
    )
    assert CaseAlert.objects.get().alert_id == row.pk
    assert JournalEntry.objects.get(kind="case.reported").cause_id == entry.id


def test_a_case_made_by_hand_belongs_to_the_incident_of_its_alerts(world):
    with write():
        one, other = (
            Incident.objects.create(
                cause_key=f"pond@{n}",
                area=world.areas["m"],
                level=2,
                peak=2,
                opened_at=AT,
                name_zh="积水",
                name_en="Ponding",
            )
            for n in (1, 2)
        )
    rows = [alert(world, f"g{n}", incident=incident) for n, incident in enumerate((one, one, other))]

    def report(*chosen):
        given = {"kind": "ponding", "area": world.areas["m"], "source": "sensor"}
        return actions.report(actor=world.at("DUTY"), **given, alert_ids=[row.pk for row in chosen])

    case = report(rows[0])
    assert case.incident == one.pk
    # Somebody else does the same a moment later: one case, counted twice.
    assert report(rows[1]).pk == case.pk and Case.objects.count() == 1
    assert report(rows[1], rows[2]).incident is None


def test_no_case_from_a_camera_without_a_persons_true(world):
    row = alert(world, camera=True)
    opened(world, row, "smoke", camera=True)
    assert not Case.objects.exists()
    opened(world, row, "smoke", camera=True, event="alert.judged", verdict="false", state="closed")
    assert not Case.objects.exists()
    opened(world, row, "smoke", camera=True, event="alert.judged", verdict="true", state="acknowledged")
    assert Case.objects.get().source == "camera"


def test_one_incident_and_kind_is_one_case(world):
    rows = [alert(world, f"gauge-{n}") for n in range(5)]
    for row in rows:
        opened(world, row, incident=77)
    opened(world, rows[0], incident=77)  # said again: nothing new
    case = Case.objects.get()
    assert case.reports == 5 and CaseAlert.objects.filter(case=case).count() == 5
    opened(world, alert(world, "gauge-9"), incident=78)
    assert Case.objects.count() == 2


def test_a_rule_with_an_unknown_kind_neither_stops_the_alert_nor_stays_unseen(world):
    row = alert(world)
    opened(world, row, "no-such-kind")
    assert not Case.objects.exists() and Alert.objects.count() == 1
    assert JournalEntry.objects.get(kind="case.refused").payload["code"] == "unknown_kind"
    assert any("no-such-kind" in fault for fault in queries.faults())


@pytest.mark.parametrize(
    ("state", "code"),
    [("raised", "sensor_disagrees"), ("silent", "sensor_silent"), ("unknown", "sensor_silent")],
)
def test_it_is_not_closed_while_the_sensor_disagrees_or_is_silent(world, sensors, state, code):
    row = alert(world)
    opened(world, row)
    case = world.move(Case.objects.get(), "file", "DUTY")
    world.move(case, "dispatch", "DISP")
    for verb in ("sign_for", "settle"):
        world.move(case, verb, "DEPT-sw")
    sensors[row.pk] = state
    with pytest.raises(Conflict) as refused:
        world.move(case, "post_fix_check", "VERIFY")
    assert refused.value.code == code and "photo_onsite" in str(refused.value.hint)
    sensors[row.pk] = "clear"
    world.move(case, "post_fix_check", "VERIFY")
    sensors[row.pk] = state
    with pytest.raises(Conflict):
        world.move(case, "close", "LEAD")
    jpeg = b"\xff\xd8\xff" + b"0" * 50
    actions.add_evidence(actor=world.at("DEPT-sw"), case_id=case.pk, kind="photo_onsite", content=jpeg)
    with pytest.raises(Conflict):
        world.move(case, "close", "LEAD")
    actions.second_sign(actor=world.at("DUTY"), case_id=case.pk)
    assert world.move(case, "close", "LEAD").state == "closed"
    repair = Case.objects.get(kind="sensor-repair")
    assert repair.source == "system" and CaseAlert.objects.filter(case=repair, alert=row).exists()
    said = JournalEntry.objects.filter(kind="case.moved", subject=f"case:{case.pk}").last()
    assert said.payload["sensors"] == {str(row.pk): state}
    assert (
        JournalEntry.objects.filter(kind="case.reported", subject=f"case:{repair.pk}").get().cause_id
        == said.id
    )


def test_merge_and_split_lose_no_alert(world):
    rows = [alert(world, f"gauge-{n}") for n in range(4)]
    for row in rows[:2]:
        opened(world, row, "noise", incident=1)
    for row in rows[2:]:
        opened(world, row, "noise", incident=2)
    one, two = Case.objects.order_by("id")
    world.move(two, "merge", "DUTY", into=one.pk)
    have = lambda case: set(CaseAlert.objects.filter(case=case).values_list("alert_id", flat=True))  # noqa: E731
    assert have(one) == {row.pk for row in rows} and have(two) == {row.pk for row in rows[2:]}
    assert set(CaseAlert.objects.filter(case=one, via=two).values_list("alert_id", flat=True)) == have(two)
    world.move(one, "split", "DUTY", reason="两处不同", alert_ids=[rows[3].pk])
    part = Case.objects.get(split_from=one)
    assert have(part) == {rows[3].pk} and have(one) == {row.pk for row in rows}
    assert clock.now() == part.reported_at and part.accountable_post is not None
