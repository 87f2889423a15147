"""A case from report to archive."""

from datetime import timedelta

import pytest

from chengyun.cases import queries
from chengyun.cases.models import Assignment, Case, Clock, Step
from chengyun.kernel import clock
from chengyun.kernel.models import JournalEntry, Timer


def test_the_main_path(world):
    case = world.report()
    assert (case.state, case.accountable_post.code) == ("reported", "DUTY")
    case = world.through(case, "archive")
    case = Case.objects.get(pk=case.pk)
    assert case.state == "archived" and not case.is_open and case.accountable_post is None
    assert [step.verb for step in Step.objects.filter(case=case).order_by("id")] == [
        "report", "file", "dispatch", "sign_for", "handle", "settle", "post_fix_check", "close", "call_back", "archive",
    ]  # fmt: skip
    assert not Clock.objects.filter(case=case, stopped_at=None).exists()
    assert not Timer.objects.filter(subject=f"case:{case.pk}").exists()
    assert not Assignment.objects.filter(case=case, ends_at=None).exists()
    assert list(queries.orphans()) == [] and queries.faults() == []
    assert queries.figures() == {"by_state": {"archived": 1}, "on_time": 1, "escalations": 0}


def test_each_step_has_one_holder_and_each_entry_its_cause(world):
    case = world.through(world.report(), "close")
    holders = [s.holder.code if s.holder else None for s in Step.objects.filter(case=case).order_by("id")]
    assert holders == ["DUTY", "DISP", "DEPT-cg", "DEPT-cg", "DEPT-cg", "VERIFY", "LEAD", None]
    chain = list(JournalEntry.objects.filter(subject=f"case:{case.pk}").order_by("id"))
    assert [entry.cause_id for entry in chain] == [None, *[entry.id for entry in chain[:-1]]]


def test_the_limit_is_the_conditions_and_starts_at_dispatch(world):
    case = world.move(world.report(), "file", "DUTY")
    assert not Clock.objects.filter(case=case, overall=True).exists()
    world.pass_time(minutes=5)
    dispatched = clock.now()
    case = world.move(case, "dispatch", "DISP")
    row = Clock.objects.get(case=case, overall=True)
    assert row.due_at == dispatched + timedelta(hours=2) == Case.objects.get(pk=case.pk).due_at
    assert row.policy["source"] == "condition noise/shop"


def test_working_time_jumps_the_long_weekend(world):
    case = world.report(kind="manhole", condition="damaged")
    world.through(case, "dispatch", dept="DEPT-sw")
    row = Clock.objects.get(case=case, overall=True)
    # 4 working hours from Friday 17:00: one today, three on Tuesday 2 January; 1 January is a holiday.
    assert row.due_at.isoformat() == "2024-01-02T03:00:00+00:00"
    why = queries.why_due(row)
    assert why["counted_s"] == 4 * 3600 and why["limit"].startswith("4 ")
    assert {span["kind"] for span in why["spans"]} == {"counting", "off"}


@pytest.mark.parametrize(("who", "verb"), [("DEPT-sw", "sign_for"), ("DISP", "close"), ("GS-m", "file")])
def test_only_who_may(world, who, verb):
    from chengyun.kernel.errors import NotAllowed, Refused

    case = world.through(world.report(), "dispatch")
    with pytest.raises(Refused) as refused:
        world.move(case, verb, who)
    assert isinstance(refused.value, NotAllowed) or refused.value.code == "wrong_state"
