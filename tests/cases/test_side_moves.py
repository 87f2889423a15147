"""Returns, rework, extension, suspension, joint handling, merge and split, forced closing: what each may and may not."""

from datetime import timedelta

import pytest

from chengyun.cases import actions, queries
from chengyun.cases.models import Assignment, Case, CaseText, Clock, ClockPause, Step
from chengyun.kernel import clock
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed, Refused
from chengyun.kernel.models import JournalEntry, Timer


def refused(code, run, *args, **kwargs):
    with pytest.raises(Refused) as found:
        run(*args, **kwargs)
    assert found.value.code == code and str(found.value.reason) and found.value.hint
    return found.value


def overall(case):
    return Clock.objects.get(case=case, overall=True)


# Urgent kinds: dispatched first, filed within 30 minutes


def test_an_urgent_case_is_dispatched_on_place_and_kind_alone(world):
    case = world.report(kind="ponding", condition=None, description="")
    case = world.move(case, "dispatch", "DISP")
    assert case.state == "dispatched" and case.filed_at is None and case.accountable_post.code == "DEPT-sw"
    filing = Clock.objects.get(case=case, name="filing")
    assert filing.due_at == case.reported_at + timedelta(minutes=30)
    for verb in ("sign_for", "handle", "settle"):
        case = world.move(case, verb, "DEPT-sw")
    case = world.move(case, "post_fix_check", "VERIFY")
    refused("filing_not_completed", world.move, case, "close", "LEAD")
    refused("condition_needed", world.move, case, "complete_filing", "DUTY")
    case = world.move(case, "complete_filing", "DUTY", condition="deep")
    assert case.filed_at and Clock.objects.get(case=case, name="filing").stopped_at
    assert world.move(case, "close", "LEAD").state == "closed"


def test_late_filing_of_an_urgent_case_is_noted(world):
    case = world.move(world.report(kind="ponding", condition=None), "dispatch", "DISP")
    world.pass_time(minutes=31)
    assert Clock.objects.get(case=case, name="filing").breached_at == case.reported_at + timedelta(minutes=30)


def test_other_kinds_are_filed_first(world):
    refused("not_filed", world.move, world.report(), "dispatch", "DISP")


def test_a_public_report_is_checked_before_it_is_filed(world):
    case = world.report("DUTY", source="citizen")
    refused("check_before_filing", world.move, case, "file", "DUTY")
    case = world.move(case, "request_check", "DUTY")
    assert case.accountable_post.code == "GS-m"
    case = world.move(case, "pre_filing_check", "GS-m", ok=False)
    refused("check_before_filing", world.move, case, "file", "DUTY")
    assert world.move(case, "decline", "DUTY", reason="不属实").state == "declined"


def test_filing_checks_are_data(world):
    case = world.report("DUTY", kind="manhole", condition="damaged", description="", area=world.areas["a"])
    found = refused("filing_incomplete", world.move, case, "file", "DUTY")
    assert found.field == "described"
    refused("filing_incomplete", world.move, case, "file", "DUTY", description="人行道上")
    case = world.report(kind="manhole", condition="damaged", description="")
    assert world.move(case, "file", "DUTY", description="人行道上").state == "filed"


# Returns


def test_a_return_needs_a_reason_and_keeps_everything(world):
    case = world.through(world.report(), "sign_for")
    refused("reason_needed", world.move, case, "return", "DEPT-cg")
    before = overall(case).due_at
    case = world.move(case, "return", "DEPT-cg", reason="不属于我单位")
    assert (case.state, case.returns, case.accountable_post.code) == ("returned", 1, "DISP")
    assert (
        overall(case).due_at == before and overall(case).stopped_at is None
    )  # the clock runs on while they dispute
    assert CaseText.objects.filter(case=case, what="return", text="不属于我单位").exists()
    assert not JournalEntry.objects.filter(payload_text__contains="不属于").exists()
    refused("no_forward_after_return", world.move, case, "close", "LEAD")
    case = world.move(case, "redispatch", "DISP", post="DEPT-sw")
    assert case.accountable_post.code == "DEPT-sw" and overall(case).due_at == before


def test_the_ping_pong_ends_with_the_fallback_owner(world):
    case = world.through(world.report(), "dispatch")
    case = world.move(case, "return", "DEPT-cg", reason="不是我们的")
    case = world.move(case, "redispatch", "DISP", post="DEPT-sw")
    case = world.move(case, "return", "DEPT-sw", reason="也不是我们的")
    assert (case.state, case.accountable_post.code, case.final_owner) == ("dispatched", "GL-a", True)
    refused("fallback_owner", world.move, case, "return", "GL-a", reason="不要")
    assert queries.faults() == []


def test_the_ledger_says_who_held_it_and_how_long(world):
    case = world.through(world.report(), "dispatch")
    world.pass_time(minutes=7)
    world.move(case, "return", "DEPT-cg", reason="x")
    world.pass_time(minutes=3)
    world.move(case, "redispatch", "DISP", post="DEPT-sw")
    held = queries.holder_times(case)
    assert [span["post"] for span in held] == ["DUTY", "DISP", "DEPT-cg", "DISP", "DEPT-sw"]
    assert held[2]["until"] - held[2]["since"] == timedelta(minutes=7)
    assert held[3]["until"] - held[3]["since"] == timedelta(minutes=3)
    assert held[-1]["until"] is None


def test_an_assigned_handler_is_revoked_before_a_return(world):
    case = world.through(world.report(), "sign_for", dept="DEPT-sw")
    case = world.move(case, "assign_handler", "DEPT-sw", post="DEPT-sw-H")
    assert case.accountable_post.code == "DEPT-sw-H"
    refused("handler_assigned", world.move, case, "return", "DEPT-sw-H", reason="x")
    case = world.move(case, "revoke_handler", "DEPT-sw")
    assert case.accountable_post.code == "DEPT-sw"
    refused("other_department", world.move, case, "assign_handler", "DEPT-sw", post="DEPT-cg")
    assert world.move(case, "return", "DEPT-sw", reason="x").state == "returned"


# Who may what


def test_who_settles_neither_verifies_nor_closes(world):
    from dataclasses import replace

    case = world.through(world.report(), "settle")
    fixer = world.at("DEPT-cg")
    # Somebody who handled it and is a verifier too: the person counts, not the hat.
    both = replace(world.at("VERIFY"), ref=fixer.ref)
    refused("fixer_cannot_verify", actions.move, actor=both, case_id=case.pk, verb="post_fix_check")
    case = world.move(case, "post_fix_check", "VERIFY")
    both = replace(world.at("LEAD"), ref=fixer.ref)
    refused("fixer_cannot_verify", actions.move, actor=both, case_id=case.pk, verb="close")
    refused("fixer_cannot_verify", actions.second_sign, actor=both, case_id=case.pk)


def test_some_kinds_are_verified_by_another_organisation(world):
    from dataclasses import replace

    case = world.report(kind="smoke", condition="visible")
    case = world.through(case, "settle", dept="DEPT-zfzd")
    same = replace(world.at("VERIFY"), organisation="zfzd")
    refused("same_organisation", actions.move, actor=same, case_id=case.pk, verb="post_fix_check")
    assert world.move(case, "post_fix_check", "VERIFY").state == "verified"


def test_only_the_accountable_post_acts(world):
    case = world.through(world.report(), "dispatch")
    refused("not_the_holder", world.move, case, "sign_for", "DEPT-sw")


def test_the_platform_itself_settles_nothing(world):
    from chengyun.kernel.actor import system

    case = world.through(world.report(), "settle")
    refused("person_needed", actions.move, actor=system("x"), case_id=case.pk, verb="post_fix_check")


def test_unknown_things_are_named(world):
    case = world.report()
    refused("unknown_verb", world.move, case, "vanish", "DUTY")
    refused("unknown_argument", world.move, case, "file", "DUTY", hurry=True)
    refused("unknown_kind", world.report, kind="mass-incident")
    refused("unknown_condition", world.report, condition="nope")
    with pytest.raises(Refused):
        actions.move(actor=world.at("DUTY"), case_id=10**6, verb="file")


# Rework and reopening


def test_rework_goes_back_to_the_same_post_and_the_clock_goes_on(world):
    case = world.through(world.report(), "sign_for")
    world.pass_time(minutes=30)
    world.move(case, "settle", "DEPT-cg")
    world.pass_time(minutes=20)
    case = world.move(case, "fail_verification", "VERIFY", reason="未清理")
    row = overall(case)
    assert (case.state, case.accountable_post.code, case.reworks) == ("handling", "DEPT-cg", 1)
    assert row.due_at == row.started_at + timedelta(
        hours=2, minutes=20
    )  # the check took 20 minutes of nobody's limit
    assert ClockPause.objects.get(clock=row).reason == "in_check"
    case = world.move(case, "settle", "DEPT-cg")
    world.move(case, "post_fix_check", "VERIFY")
    assert world.move(case, "close", "LEAD").state == "closed"
    assert Clock.objects.filter(case=case, overall=True).count() == 1


def test_a_closed_case_may_be_opened_again(world):
    case = world.through(world.report(), "call_back")
    world.pass_time(hours=5)
    case = world.move(case, "reopen", "LEAD", reason="又出现")
    assert (
        case.is_open
        and case.closed_at is None
        and case.reopens == 1
        and case.accountable_post.code == "DEPT-cg"
    )
    assert overall(case).breached_at is None and queries.faults() == []
    case = world.move(case, "settle", "DEPT-cg")
    assert case.accountable_post.code == "VERIFY"


# Extension and suspension


def test_two_extensions_by_three_different_persons(world):
    case = world.through(world.report(), "sign_for")
    for round_ in (1, 2):
        world.move(case, "request_extension", "DEPT-cg", reason="设备未到")
        refused("review_first", world.move, case, "approve_extension", "DISP")
        refused("same_person", world.move, case, "review_extension", "DEPT-cg")
        actions.move(actor=world.at("DEPT-sw"), case_id=case.pk, verb="review_extension")
        case = world.move(case, "approve_extension", "DISP")
        row = overall(case)
        assert row.due_at == row.started_at + timedelta(hours=2 * (1 + round_))
    refused("extensions_used", world.move, case, "request_extension", "DEPT-cg", reason="再来")


def test_an_extension_is_asked_for_in_time(world):
    case = world.through(world.report(), "sign_for")
    world.pass_time(hours=2, minutes=1)
    refused("extension_too_late", world.move, case, "request_extension", "DEPT-cg", reason="晚了")


def test_suspension_stops_the_clock_once_and_ends_by_itself(world):
    case = world.through(world.report(), "sign_for")
    world.pass_time(minutes=15)
    until = clock.now() + timedelta(days=30)
    refused("bad_end", world.move, case, "request_suspension", "DEPT-cg", reason="x")
    refused(
        "bad_end",
        world.move,
        case,
        "request_suspension",
        "DEPT-cg",
        reason="x",
        until=clock.now() + timedelta(days=400),
    )
    world.move(case, "request_suspension", "DEPT-cg", reason="季节原因", until=until)
    case = world.move(case, "approve_suspension", "CMD")
    assert (
        case.state == "suspended" and overall(case).due_at is None and case.accountable_post.code == "DEPT-cg"
    )
    world.pass_time(days=29)
    assert not overall(case).breached_at
    world.pass_time(days=1)
    case = Case.objects.get(pk=case.pk)
    assert case.state == "signed" and overall(case).due_at == until + timedelta(minutes=105)
    refused(
        "suspended_before",
        world.move,
        case,
        "request_suspension",
        "DEPT-cg",
        reason="x",
        until=until + timedelta(days=9),
    )


# Joint handling


def test_co_handlers_report_before_the_lead_settles(world):
    case = world.through(world.report(), "sign_for")
    case = world.move(case, "join", "DEPT-cg", post="DEPT-sw")
    refused("joined_already", world.move, case, "join", "DEPT-cg", post="DEPT-sw")
    refused("co_handlers_open", world.move, case, "settle", "DEPT-cg")
    refused("not_a_co_handler", world.move, case, "co_settle", "DEPT-zfzd")
    case = world.move(case, "co_settle", "DEPT-sw")
    assert case.accountable_post.code == "DEPT-cg"
    case = world.move(case, "settle", "DEPT-cg")
    assert (
        case.state == "settled" and not Assignment.objects.filter(case=case, role="co", ends_at=None).exists()
    )


# Merge and split, forced closing


def test_a_merged_case_passes_its_reports_on(world):
    one, two = world.report(), world.report()
    two = world.move(two, "merge", "DUTY", into=one.pk)
    one = Case.objects.get(pk=one.pk)
    assert (two.state, two.merged_into_id, one.reports) == ("merged", one.pk, 2)
    third = world.report()
    refused("bad_target", world.move, third, "merge", "DUTY", into=two.pk)
    refused("bad_target", world.move, third, "merge", "DUTY", into=third.pk)


def test_closing_by_force_needs_a_second_person(world):
    case = world.through(world.report(), "handle")
    refused("second_signer_needed", world.move, case, "force_close", "LEAD", reason="长期无法处置")
    actions.second_sign(actor=world.at("DUTY"), case_id=case.pk)
    case = world.move(case, "force_close", "LEAD", reason="长期无法处置")
    assert case.state == "closed" and case.forced


def test_settled_on_the_spot_is_still_checked_by_others(world):
    case = world.move(world.report(kind="waste", condition=None), "self_settle", "GS-m")
    assert case.self_settled and case.accountable_post.code == "VERIFY"
    case = world.move(case, "post_fix_check", "VERIFY")
    refused("filing_not_completed", world.move, case, "close", "LEAD")
    world.move(case, "complete_filing", "LEAD")
    assert world.move(case, "close", "LEAD").state == "closed"


# Reminder, supervision, appeal


def test_a_supervision_is_ended_only_by_its_issuer(world):
    case = world.through(world.report(), "dispatch")
    actions.remind(actor=world.at("DUTY"), case_id=case.pk)
    row = actions.supervise(
        actor=world.at("CMD"),
        case_id=case.pk,
        level="leader",
        reply_by=clock.now() + timedelta(hours=1),
        reason="尽快",
    )
    world.pass_time(hours=1, minutes=1)
    row.refresh_from_db()
    assert row.late_at and row.state == "open"
    actions.reply_supervision(actor=world.at("DEPT-cg"), supervision_id=row.pk, text="正在处置")
    with pytest.raises(NotAllowed):
        actions.end_supervision(actor=world.at("DUTY"), supervision_id=row.pk, reason="x")
    for verb, who in [
        ("sign_for", "DEPT-cg"),
        ("settle", "DEPT-cg"),
        ("post_fix_check", "VERIFY"),
        ("close", "LEAD"),
    ]:
        case = world.move(case, verb, who)
    refused("under_supervision", world.move, case, "archive", "LEAD")
    actions.end_supervision(actor=world.at("CMD"), supervision_id=row.pk, reason="已解决")
    assert world.move(case, "archive", "LEAD").state == "archived"


def test_an_appeal_exempts_and_leaves_the_fact(world):
    from django.db import DatabaseError, transaction

    from chengyun.kernel.transaction import write

    case = world.through(world.report(), "sign_for")
    world.pass_time(hours=3)
    with pytest.raises(Conflict):
        actions.appeal(actor=world.at("DEPT-cg"), case_id=case.pk, reason="等待物资")
    for verb, who in [("settle", "DEPT-cg"), ("post_fix_check", "VERIFY"), ("close", "LEAD")]:
        case = world.move(case, verb, who)
    with pytest.raises(NotAllowed):
        actions.appeal(actor=world.at("DEPT-sw"), case_id=case.pk, reason="x")
    row = actions.appeal(actor=world.at("DEPT-cg"), case_id=case.pk, reason="等待物资")
    with pytest.raises(Conflict):
        actions.appeal(actor=world.at("DEPT-cg"), case_id=case.pk, reason="再申诉")
    actions.review_appeal(actor=world.at("LEAD"), appeal_id=row.pk, granted=True, reason="属实")
    with pytest.raises(NotAllowed):
        actions.review_appeal(actor=world.at("LEAD"), appeal_id=row.pk, granted=True, reason="属实")
    actions.review_appeal(
        actor=_other_leader(world),
        appeal_id=row.pk,
        granted=True,
        reason="属实",
    )
    clock_row = overall(case)
    assert clock_row.exempt and clock_row.breached_at == clock_row.due_at
    for change in ({"breached_at": None}, {"breached_at": clock.now()}):
        with pytest.raises(DatabaseError), transaction.atomic(), write():
            Clock.objects.filter(pk=clock_row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic(), write():
        Clock.objects.filter(pk=clock_row.pk).delete()


def _other_leader(world):
    from dataclasses import replace

    return replace(world.at("LEAD"), ref="p-lead-b")


def test_a_leaders_assignment_needs_a_leader(world):
    with pytest.raises(NotAllowed):
        world.report("GS-m", source="leader")
    assert world.report("CMD", source="leader").source == "leader"


def test_no_timer_outlives_a_case(world):
    case = world.through(world.report(kind="crowd-safety", condition="surge"), "dispatch")
    assert Timer.objects.filter(subject=f"case:{case.pk}").count() >= 4
    case = world.move(world.report(), "void", "DUTY", reason="重复")
    assert not Timer.objects.filter(subject=f"case:{case.pk}").exists()
    assert Step.objects.filter(case=case).last().holder is None


def test_the_database_refuses_an_orphan(world):
    from django.db import IntegrityError, transaction

    from chengyun.kernel.transaction import write

    case = world.report()
    with pytest.raises(IntegrityError), transaction.atomic(), write():
        Case.objects.filter(pk=case.pk).update(accountable_post=None)


def test_bad_text_is_refused(world):
    with pytest.raises(Invalid):
        world.report(description="长" * 5000)


def test_a_person_with_two_posts_acts_for_either(world):
    """A grid worker who looks after several micro grids speaks for one of them and answers for all."""
    from chengyun.kernel.transaction import write
    from chengyun.people.models import Post

    both = world.posts["GS-m"].standing
    with write():
        Post.objects.create(
            code="GS-n", kind="grid_staff", name_zh="n", name_en="n", area=world.areas["b"], standing=both
        )  # fmt: skip
    case = world.report("DUTY", source="citizen", area=world.areas["m"])
    case = world.move(case, "request_check", "DUTY")
    from dataclasses import replace

    other = replace(world.at("GS-m"), post="GS-n")
    assert actions.move(actor=other, case_id=case.pk, verb="pre_filing_check", ok=True).checked
