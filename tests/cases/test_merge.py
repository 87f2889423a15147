"""The way back from a merge: the case stands on its own again, with its clocks, whoever had it, and all of its alerts."""

from datetime import timedelta

import pytest

from chengyun.cases import actions, queries
from chengyun.cases.models import Assignment, Case, CaseAlert, Clock, ClockPause, Step
from chengyun.kernel import clock
from chengyun.kernel.errors import Refused
from chengyun.kernel.models import JournalEntry, Timer
from tests.cases.test_alerts import alert


def refused(code, run, *args, **kwargs):
    with pytest.raises(Refused) as found:
        run(*args, **kwargs)
    assert found.value.code == code and str(found.value.reason) and found.value.hint


def merged(world, *, dispatched=False):
    main, case = world.report(), world.report()
    if dispatched:
        case = world.through(case, "dispatch")
    case = world.move(case, "merge", "DISP" if dispatched else "DUTY", into=main.pk)
    assert case.state == "merged" and case.accountable_post is None
    return main, case


def test_it_is_somebodys_again_where_it_was(world):
    main, case = merged(world)
    assert Case.objects.get(pk=main.pk).reports == 2
    refused("reason_needed", world.move, case, "unmerge", "DUTY")
    case = world.move(case, "unmerge", "DUTY", reason="两处不同")
    case = Case.objects.get(pk=case.pk)
    assert (case.state, case.is_open, case.accountable_post.code) == ("reported", True, "DUTY")
    assert case.merged_into_id is None and case.closed_at is None and case.resume_state == ""
    assert Case.objects.get(pk=main.pk).reports == 1
    entry = JournalEntry.objects.get(pk=Step.objects.filter(case=case).last().entry)
    assert (entry.payload["verb"], entry.payload["other"]) == ("unmerge", main.pk)
    assert queries.faults() == []
    assert world.through(case, "archive").state == "archived"
    assert world.through(main, "archive").state == "archived"


def test_its_clocks_stood_still_and_run_on(world):
    main, case = world.report(), world.through(world.report(), "dispatch")
    before = {row.name: row.due_at for row in Clock.objects.filter(case=case, stopped_at=None)}
    world.pass_time(minutes=10)
    world.move(case, "merge", "DISP", into=main.pk)
    assert not Clock.objects.filter(case=case, stopped_at=None).exists()
    world.pass_time(minutes=50)
    case = world.move(case, "unmerge", "DISP", reason="两处不同")
    after = {row.name: row.due_at for row in Clock.objects.filter(case=case, stopped_at=None)}
    assert set(after) == {"limit", "signing"}
    assert after == {name: due + timedelta(minutes=50) for name, due in before.items()}
    assert Case.objects.get(pk=case.pk).due_at == after["limit"]
    assert set(ClockPause.objects.values_list("reason", flat=True)) == {"merged"}
    assert Timer.objects.filter(kind="case.clock", subject=f"case:{case.pk}").count() == 2
    why = queries.why_due(Clock.objects.get(case=case, overall=True))
    assert [span["kind"] for span in why["spans"]] == ["counting", "paused", "counting"]
    assert (case.accountable_post.code, case.lead_post.code) == ("DEPT-cg", "DEPT-cg")
    assert Assignment.objects.get(case=case, role="lead", ends_at=None).post.code == "DEPT-cg"
    world.pass_time(minutes=21)
    signing = Clock.objects.get(case=case, name="signing")
    assert signing.breached_at == after["signing"], "what was left of the limit is all there is"


def test_what_ran_out_before_the_merge_stays_so(world):
    main, case = world.report(), world.through(world.report(), "dispatch")
    world.pass_time(hours=3)
    broken = Clock.objects.get(case=case, overall=True).breached_at
    assert broken
    world.move(case, "merge", "DISP", into=main.pk)
    world.pass_time(hours=1)
    world.move(case, "unmerge", "DISP", reason="两处不同")
    assert Clock.objects.get(case=case, overall=True).breached_at == broken


def test_only_while_the_main_case_is_open(world):
    main, case = merged(world)
    world.through(main, "close")
    refused("main_case_closed", world.move, case, "unmerge", "DUTY", reason="两处不同")
    world.move(main, "reopen", "LEAD", reason="未解决")
    assert world.move(case, "unmerge", "DUTY", reason="两处不同").state == "reported"
    refused("wrong_state", world.move, case, "unmerge", "DUTY", reason="再一次")


def test_the_main_case_gives_back_the_alerts_it_took_over_and_keeps_its_own(world):
    rows = [alert(world, f"gauge-{n}") for n in range(3)]
    main = world.report(kind="ponding", condition=None, alert_ids=[rows[0].pk, rows[1].pk])
    case = world.report(kind="ponding", condition=None, alert_ids=[rows[1].pk, rows[2].pk])
    actions.join(actor=world.at("GS-m"), case_id=case.pk, description="又有人报")
    linked = lambda row: set(CaseAlert.objects.filter(case=row).values_list("alert_id", flat=True))  # noqa: E731
    world.move(case, "merge", "DUTY", into=main.pk)
    assert linked(main) == {row.pk for row in rows} and Case.objects.get(pk=main.pk).reports == 3
    actions.join(actor=world.at("GS-m"), case_id=main.pk, description="还有人报")
    world.move(case, "unmerge", "DUTY", reason="两处不同")
    assert linked(main) == {rows[0].pk, rows[1].pk} and linked(case) == {rows[1].pk, rows[2].pk}
    assert Case.objects.get(pk=main.pk).reports == 2


def test_merged_twice_and_taken_back_twice(world):
    main, case = merged(world)
    for minutes in (10, 20):
        world.pass_time(minutes=5)
        case = world.move(case, "unmerge", "DUTY", reason="两处不同")
        acceptance = Clock.objects.get(case=case, name="acceptance", stopped_at=None)
        assert acceptance.due_at >= clock.now()
        if minutes == 10:
            case = world.move(case, "merge", "DUTY", into=main.pk)
    assert acceptance.due_at == case.reported_at + timedelta(minutes=15 + 10)


def test_nobody_without_the_right_takes_a_merge_back(world):
    _, case = merged(world)
    for who in ("GS-m", "DEPT-cg", "VERIFY"):
        refused("not_allowed", world.move, case, "unmerge", who, reason="x")
