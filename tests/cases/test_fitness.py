"""Whoever answers for an open case is fit and present, or the case is handed on and it says so."""

import pytest

from chengyun.cases import queries
from chengyun.cases.models import Assignment, Case, Step
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.transaction import write
from chengyun.messages.models import Message
from chengyun.people.models import Post, Staff


def gone(*codes):
    with write():
        Post.objects.filter(code__in=codes).update(standing=None)


def closed(*codes):
    with write():
        Post.objects.filter(code__in=codes).update(in_service=False)


def holder(case):
    return Case.objects.get(pk=case.pk).accountable_post.code


def test_a_post_that_lost_its_person_loses_its_cases(world):
    case = world.through(world.report(), "sign_for")
    gone("DEPT-cg", "CMD")
    world.pass_time(minutes=11)
    case = Case.objects.get(pk=case.pk)
    assert (case.accountable_post.code, case.lead_post.code) == ("DUTY", "DUTY")
    entry = JournalEntry.objects.get(kind="case.reassigned")
    assert entry.payload == {
        "post": "DUTY", "asked": "DEPT-cg", "resolved": "duty_officer", "why": "no_person",
    }  # fmt: skip
    assert entry.id == Step.objects.get(case=case, verb="handed_on").entry
    assert Assignment.objects.get(case=case, role="lead", ends_at=None).post.code == "DUTY"
    assert Message.objects.filter(kind="case.handed_on", post__code="DUTY").exists()
    said = JournalEntry.objects.filter(kind="case.audited").last().payload
    assert (said["handed_on"], said["orphans"]) == (1, 0)
    assert queries.faults() == []
    # Not a second time, and the new holder can go on.
    world.pass_time(minutes=30)
    assert JournalEntry.objects.filter(kind="case.reassigned").count() == 1
    case = world.move(case, "return", "DUTY", reason="该单位无人")
    assert world.move(case, "redispatch", "DISP", post="DEPT-sw").accountable_post.code == "DEPT-sw"


def test_who_is_only_away_keeps_the_case_and_the_post_above_answers(world):
    case = world.through(world.report(), "sign_for")
    gone("DEPT-cg")
    world.pass_time(minutes=30)
    assert holder(case) == "DEPT-cg" and not JournalEntry.objects.filter(kind="case.reassigned").exists()
    assert list(queries.orphans()) == []


@pytest.mark.parametrize(
    ("upto", "post", "to"), [("sign_for", "DEPT-cg", "CMD"), ("settle", "VERIFY", "LEAD")]
)
def test_a_closed_post_hands_its_cases_to_the_one_above(world, upto, post, to):
    case = world.through(world.report(), upto)
    assert holder(case) == post
    closed(post)
    world.pass_time(minutes=11)
    assert holder(case) == to
    entry = JournalEntry.objects.get(kind="case.reassigned").payload
    assert (entry["asked"], entry["post"], entry["why"]) == (post, to, "closed")


def test_a_handlers_case_goes_on_without_the_handler(world):
    case = world.through(world.report(), "sign_for", dept="DEPT-sw")
    case = world.move(case, "assign_handler", "DEPT-sw", post="DEPT-sw-H")
    closed("DEPT-sw-H")
    world.pass_time(minutes=11)
    case = Case.objects.get(pk=case.pk)
    assert (case.accountable_post.code, case.lead_post.code, case.has_handler) == (
        "DEPT-sw",
        "DEPT-sw",
        False,
    )
    assert not Assignment.objects.filter(case=case, role="handler", ends_at=None).exists()


def test_where_nobody_answers_the_alarm_goes_up_and_the_case_stays(world):
    case = world.through(world.report(), "sign_for")
    with write():
        Staff.objects.update(state="left")
    world.pass_time(minutes=11)
    assert holder(case) == "DEPT-cg"
    told = set(Message.objects.filter(kind="case.unattended").values_list("post__code", flat=True))
    assert told == {"DUTY", "CMD"}
    said = JournalEntry.objects.filter(kind="case.audited").last().payload
    assert (said["handed_on"], said["orphans"], said["unattended"]) == (0, 1, ["DEPT-cg"])
    assert any("nobody answers" in fault for fault in queries.faults())
    with write():
        Staff.objects.filter(ref="p-duty").update(state="active")
    world.pass_time(minutes=10)
    assert holder(case) == "DUTY" and queries.faults() == []


def test_many_cases_of_one_post_are_all_handed_on(world):
    cases = [world.through(world.report(), "dispatch") for _ in range(5)]
    closed("DEPT-cg")
    gone("CMD")
    world.pass_time(minutes=11)
    assert {holder(case) for case in cases} == {"DUTY"}
    assert JournalEntry.objects.filter(kind="case.reassigned").count() == 5
