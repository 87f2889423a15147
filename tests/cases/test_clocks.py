"""Warnings, breaches, escalation, posture, self-audit."""

from datetime import timedelta

import pytest

from chengyun.cases import actions, queries
from chengyun.cases.models import Case, Clock
from chengyun.kernel import clock, timers
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.kernel.transaction import write
from chengyun.messages.models import Message
from chengyun.posture.logic import Overrides


def events(case, name="limit"):
    entries = JournalEntry.objects.filter(kind="case.clock", subject=f"case:{case.pk}").order_by("id")
    return [
        (e.payload["event"], e.payload["rung"], e.payload["tell"])
        for e in entries
        if e.payload["clock"] == name
    ]


def test_warning_then_breach_then_up_both_lines(world):
    case = world.through(world.report(), "sign_for")
    row = Clock.objects.get(case=case, overall=True)
    world.pass_time(minutes=89)
    assert events(case) == []
    world.pass_time(minutes=2)
    assert events(case) == [("warning", 0, [])]
    world.pass_time(minutes=30)
    # department line: whom the desk reports to; grid line: who leads the area as A
    assert events(case)[1:] == [("breach", 0, ["CMD", "GL-a"])]
    world.pass_time(hours=1)
    assert events(case)[2:] == [("escalation", 1, ["DUTY"])]
    world.pass_time(hours=1)
    assert events(case)[3:] == [("escalation", 2, ["LEAD"])]
    world.pass_time(hours=24)
    assert len(events(case)) == 4
    row.refresh_from_db()
    assert row.breached_at == row.due_at and row.breached_by.code == "DEPT-cg"
    told = set(Message.objects.filter(kind="case.breach").values_list("post__code", flat=True))
    assert told == {"DEPT-cg", "CMD", "GL-a"}
    assert queries.figures()["escalations"] >= 3


def test_a_desk_that_sleeps_on_its_stage_is_escalated_too(world):
    case = world.report()
    world.pass_time(minutes=16)
    assert [event for event, *_ in events(case, "acceptance")] == ["warning", "breach"]
    row = Clock.objects.get(case=case, name="acceptance")
    assert row.breached_by.code == "DUTY"


def test_what_ran_out_unseen_is_noted_when_the_clock_stops(world):
    case = world.through(world.report(), "sign_for")
    world.clock.advance(seconds=3 * 3600)  # no worker runs
    world.move(case, "settle", "DEPT-cg")
    row = Clock.objects.get(case=case, overall=True)
    assert row.breached_at == row.due_at and row.breached_by.code == "DEPT-cg"


def test_firing_twice_says_it_once(world):
    case = world.through(world.report(), "sign_for")
    row = Clock.objects.get(case=case, overall=True)
    world.pass_time(hours=2, minutes=1)
    before = JournalEntry.objects.count()
    actions.clock_due(actor=system("x"), clock_id=row.pk)
    assert JournalEntry.objects.count() == before


def test_clocks_survive_edits_and_transfers(world):
    case = world.through(world.report(), "dispatch")
    due = Clock.objects.get(case=case, overall=True).due_at
    world.move(case, "sign_for", "DEPT-cg")
    actions.remind(actor=world.at("DUTY"), case_id=case.pk)
    actions.join(actor=world.at("DUTY"), case_id=case.pk, description="又有人报")
    world.move(case, "return", "DEPT-cg", reason="x")
    world.move(case, "redispatch", "DISP", post="DEPT-sw")
    assert Clock.objects.get(case=case, overall=True).due_at == due == Case.objects.get(pk=case.pk).due_at


def test_the_posture_bends_clocks_that_start_after_it(world, monkeypatch):
    from chengyun.posture import queries as posture

    first = world.through(world.report(), "dispatch")
    half = Overrides("emergency", 1, clocks={"*": {"factor": 0.5}}, policy="p")
    monkeypatch.setattr(posture, "effective_at", lambda path: half)
    second = world.through(world.report(), "dispatch")
    assert Clock.objects.get(case=first, overall=True).due_at == clock.now() + timedelta(hours=2)
    row = Clock.objects.get(case=second, overall=True)
    assert row.due_at == clock.now() + timedelta(hours=1)
    assert (row.policy["mode"], row.policy["level"], row.policy["base"]) == (
        "emergency",
        1,
        [2.0, "urgent_hour"],
    )
    why = queries.why_due(row)
    assert why["posture"] == {"mode": "emergency", "level": 1} and why["before_posture"] == [
        2.0,
        "urgent_hour",
    ]


def test_a_posture_may_order_who_gets_it_and_who_is_told(world, monkeypatch):
    from chengyun.posture import queries as posture

    ordered = Overrides("emergency", 1, routes={"*": {"post": "GL-a", "copy": ["CMD"]}})
    monkeypatch.setattr(posture, "effective_at", lambda path: ordered)
    case = world.move(world.move(world.report(), "file", "DUTY"), "dispatch", "DISP")
    assert case.accountable_post.code == "GL-a"
    assert Message.objects.filter(kind="case.copied", post__code="CMD").exists()


def test_one_three_five_runs_beside_the_limit(world):
    case = world.through(world.report(kind="crowd-safety", condition="surge"), "dispatch")
    names = set(Clock.objects.filter(case=case, stopped_at=None).values_list("name", flat=True))
    assert {"respond", "arrive", "act", "limit"} <= names
    rows = {row.name: row for row in Clock.objects.filter(case=case)}
    now = clock.now()
    assert [(rows[n].due_at - now).total_seconds() for n in ("respond", "arrive", "act")] == [60, 180, 300]
    world.move(case, "sign_for", "DEPT-cg")
    world.move(case, "arrive", "DEPT-cg")
    world.pass_time(minutes=6)
    broken = set(Clock.objects.filter(case=case).exclude(breached_at=None).values_list("name", flat=True))
    assert broken == {"act"}


def test_the_audit_runs_what_did_not_run_and_says_so(world):
    case = world.through(world.report(), "sign_for")
    with write():
        timers.cancel("case.clock", subject=f"case:{case.pk}", key=None)  # as if a row had been lost
    assert any("no timer" in fault for fault in queries.faults())
    world.pass_time(hours=3)
    assert [event for event, *_ in events(case)][:2] == ["warning", "breach"]
    assert JournalEntry.objects.filter(kind="case.audited").exists()


def test_the_audit_is_silent_when_all_is_well_and_goes_on(world):
    world.pass_time(hours=2)
    assert not JournalEntry.objects.filter(kind="case.audited").exists()
    assert Timer.objects.filter(kind="case.audit").count() == 1


def test_a_provisional_deadline_is_counted_anew_when_the_table_arrives(world, monkeypatch):
    from chengyun.cases import catalogues
    from chengyun.cases.logic import worktime

    known = worktime.national_workday
    catalogues._catalogues.clear()
    unknown = worktime.Calendar.__init__.__defaults__
    assert unknown is not None
    monkeypatch.setattr(catalogues, "Calendar", lambda *a: worktime.Calendar(*a, table=lambda day: None))
    case = world.through(world.report(kind="manhole", condition="damaged"), "dispatch", dept="DEPT-sw")
    row = Clock.objects.get(case=case, overall=True)
    # Monday 1 January would be worked without the table.
    assert row.provisional and row.due_at.isoformat() == "2024-01-01T03:00:00+00:00"
    monkeypatch.setattr(catalogues, "Calendar", lambda *a: worktime.Calendar(*a, table=known))
    catalogues._catalogues.clear()
    actions.audit(actor=system("x"))
    row.refresh_from_db()
    assert not row.provisional and row.due_at.isoformat() == "2024-01-02T03:00:00+00:00"
    assert Case.objects.get(pk=case.pk).due_at == row.due_at
    catalogues._catalogues.clear()


@pytest.mark.parametrize("who", ["DEPT-cg"])
def test_when_nobody_is_at_the_post_the_duty_officer_has_it_and_it_says_so(world, who):
    from chengyun.people.models import Post, Staff

    with write():
        for code in ("DEPT-cg", "CMD"):
            Post.objects.filter(code=code).update(standing=None)
    case = world.move(world.report(), "file", "DUTY")
    case = world.move(case, "dispatch", "DISP", post=who)
    assert case.accountable_post.code == "DUTY"
    said = JournalEntry.objects.filter(kind="case.moved").last().payload
    assert (said["asked"], said["resolved"], said["post"]) == ("DEPT-cg", "duty_officer", "DUTY")
    assert list(queries.orphans()) == []
    with write():
        Staff.objects.update(state="left")
    assert [row["case"] for row in queries.orphans()] == [case.pk]
    assert any("nobody answers" in fault for fault in queries.faults())


def test_a_shift_hands_over_what_is_open_overdue_and_ordered(world):
    from django.utils import translation

    from chengyun.people import record_text
    from chengyun.people.handover import compile_record

    case = world.through(world.report(), "sign_for")
    world.report("CMD", source="leader")
    world.through(world.report(), "close")
    actions.supervise(
        actor=world.at("CMD"),
        case_id=case.pk,
        level="leader",
        reply_by=clock.now() + timedelta(hours=9),
        reason="x",
    )
    world.pass_time(hours=3)

    def compiled(code):
        with write():
            return compile_record(world.areas[code], clock.now())["sections"]

    record = {s["key"]: s["items"] for s in compiled("r")}
    assert {row["case"]: row["post"] for row in record["open_cases"]}[case.pk] == "DEPT-cg"
    assert len(record["open_cases"]) == 2
    assert case.pk in {row["case"] for row in record["overdue"]}
    assert len(record["orders"]) == 2
    with translation.override("en"):
        lines = [line for part in record_text.readable({"sections": compiled("r")}) for line in part.lines]
    assert any(f"#{case.pk}" in line and "DEPT-cg" in line and "due" in line for line in lines)
    assert any("ran out at" in line for line in lines) and any("supervised" in line for line in lines)
    assert any("assigned by a leader" in line for line in lines)
    assert not any("clock:" in line for line in lines), "each item is said in words"
    elsewhere = {s["key"]: s["items"] for s in compiled("b")}
    assert elsewhere["open_cases"] == elsewhere["overdue"] == elsewhere["orders"] == []
