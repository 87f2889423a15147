"""Decisions that nobody takes: each wait ends in an alarm, and a taken decision silences it."""

from datetime import timedelta

import pytest
from django.utils import translation

from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.kernel.transaction import write
from chengyun.messages.models import Message
from chengyun.people import handover, record_text
from chengyun.posture import actions, queries
from chengyun.posture.models import Approval, Declaration, DeclaredResponse, OfficialWarning, Proposal
from tests.posture.conftest import World
from tests.posture.test_declaring import propose


def told(kind: str) -> set[str]:
    return set(Message.objects.filter(kind=kind).values_list("post__code", flat=True))


def count(kind: str) -> int:
    return JournalEntry.objects.filter(kind=kind).count()


def test_nobody_decides_and_the_alarm_climbs(world: World) -> None:
    propose(world)
    world.pass_time(minutes=4, seconds=59)
    assert count("posture.undecided") == 0
    world.pass_time(seconds=1)
    assert count("posture.undecided") == 1
    assert told("posture.undecided") == {"DUTY", "LEAD", "DISP"}
    world.pass_time(minutes=10)
    assert {"CMD", "CMD-2"} <= told("posture.undecided")
    world.pass_time(hours=5)
    # Six repeats after the first, as the policy says; then it stays open and visible, but the centre is not flooded.
    assert count("posture.undecided") == 7
    assert Message.objects.filter(kind="posture.undecided").count() == 5


def test_a_decision_ends_the_waiting(world: World) -> None:
    proposal = propose(world)
    world.pass_time(minutes=3)
    world.declare(proposal_id=proposal.pk)
    world.pass_time(hours=1)
    assert count("posture.undecided") == 0


def test_a_countersignature_that_does_not_come_alarms_up_the_line_until_it_does(world: World) -> None:
    proposal = actions.propose(actor=system("alerts"), area=world.root, mode="emergency", level=2)
    approval = actions.record_approval(
        actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post="CMD-2", spoken_at=clock.now()
    )
    world.declare("DUTY", proposal_id=proposal.pk)
    world.pass_time(minutes=59)
    assert count("posture.countersign_overdue") == 0
    world.pass_time(minutes=1)
    first = told("posture.countersign_overdue")
    assert {"CMD-2", "CMD", "DUTY"} <= first and queries.current(world.root).level == 2
    world.pass_time(hours=30)
    assert count("posture.countersign_overdue") == 31, "hour after hour, until it is signed"
    assert queries.faults() == []
    actions.countersign(actor=world.at("CMD-2"), approval_id=approval.pk)
    assert JournalEntry.objects.get(kind="posture.countersigned").payload["late"] is True
    world.pass_time(hours=3)
    assert count("posture.countersign_overdue") == 31


def approve(world: World, leader: str = "CMD") -> tuple[Proposal, Approval]:
    proposal = propose(world)
    approval = actions.record_approval(
        actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post=leader, spoken_at=clock.now()
    )
    return proposal, approval


def test_an_approval_that_nobody_uses_lapses_and_the_duty_officer_is_told(world: World) -> None:
    proposal, approval = approve(world)
    world.pass_time(minutes=29)
    assert count("posture.approval_expired") == 0
    world.pass_time(minutes=1)
    entry = JournalEntry.objects.get(kind="posture.approval_expired")
    assert (entry.payload["approval"], entry.payload["minutes"]) == (approval.pk, 30)
    assert told("posture.approval_expired") == {"DUTY"}
    proposal.refresh_from_db()
    assert (proposal.state, proposal.asked_post_id) == ("asked", world.posts["CMD"].pk)
    with pytest.raises(NotAllowed):
        world.declare("DUTY", proposal_id=proposal.pk)
    world.pass_time(hours=2)
    assert count("posture.countersign_overdue") == 0, "nothing was done on it, so nobody is chased for it"
    assert queries.faults() == []
    again = actions.record_approval(
        actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post="CMD", spoken_at=clock.now()
    )
    world.declare("DUTY", proposal_id=proposal.pk)
    world.pass_time(minutes=45)
    assert count("posture.approval_expired") == 1
    again.refresh_from_db()
    assert again.expired_at is None


def test_an_approval_holds_no_longer_than_it_holds_even_while_its_timer_is_late(world: World) -> None:
    proposal, _ = approve(world)
    world.clock.advance(seconds=30 * 60)
    with pytest.raises(NotAllowed):
        world.declare("DUTY", proposal_id=proposal.pk)


def test_what_was_said_too_long_ago_is_not_noted_as_an_approval(world: World) -> None:
    proposal, spoken_at = propose(world), clock.now()
    world.pass_time(minutes=30)
    with pytest.raises(Invalid, match="no longer holds|有效时间"):
        actions.record_approval(
            actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post="CMD", spoken_at=spoken_at
        )


def test_an_approval_is_spent_when_its_proposal_is_closed_without_it(world: World) -> None:
    proposal, approval = approve(world)
    world.declare("CMD", proposal_id=proposal.pk)
    approval.refresh_from_db()
    assert approval.expired_at is not None and not Timer.objects.filter(kind="posture.approval").exists()
    world.pass_time(hours=3)
    assert count("posture.countersign_overdue") == count("posture.approval_expired") == 0
    actions.countersign(actor=world.at("CMD"), approval_id=approval.pk, agrees=False)
    assert queries.current(world.root).level == 1, "the leader may still deny it; what they declared stands"


def test_only_the_leader_on_record_countersigns(world: World) -> None:
    proposal = propose(world)
    approval = actions.record_approval(
        actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post="CMD", spoken_at=clock.now()
    )
    for who in ("DUTY", "LEAD", "CMD-2"):
        with pytest.raises(NotAllowed):
            actions.countersign(actor=world.at(who), approval_id=approval.pk)
    with pytest.raises(NotAllowed):
        actions.countersign(actor=system("x"), approval_id=approval.pk)
    actions.countersign(actor=world.at("CMD"), approval_id=approval.pk)
    with pytest.raises(Conflict):
        actions.countersign(actor=world.at("CMD"), approval_id=approval.pk, agrees=False)


def test_a_denied_approval_cannot_be_declared_on(world: World) -> None:
    proposal = propose(world)
    approval = actions.record_approval(
        actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post="CMD", spoken_at=clock.now()
    )
    actions.countersign(actor=world.at("CMD"), approval_id=approval.pk, agrees=False)
    with pytest.raises(NotAllowed):
        world.declare("DUTY", proposal_id=proposal.pk)
    assert "DUTY" in told("posture.denied")
    again = actions.record_approval(
        actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post="CMD", spoken_at=clock.now()
    )
    world.declare("DUTY", proposal_id=proposal.pk)
    assert Approval.objects.get(pk=again.pk).declaration_id is not None


def test_past_its_expected_end_it_stays_in_force_and_says_so(world: World) -> None:
    row = world.declare(mode="emergency", level=2)
    world.pass_time(hours=4)
    assert count("posture.overrun") == 1 and queries.current(world.root).mode == "emergency"
    actions.extend(actor=world.at("CMD"), declaration_id=row.pk, expected_end=world.after(hours=1))  # type: ignore[attr-defined]
    world.pass_time(minutes=59)
    assert count("posture.overrun") == 1
    world.pass_time(minutes=1)
    assert count("posture.overrun") == 2


def warn(world: World, colour: str = "red", number: str = "w-1") -> OfficialWarning:
    return actions.receive_warning(
        actor=world.at("DUTY"),
        area=world.root,
        issuer="郑州市气象台",
        external_id=number,
        kind="暴雨",
        colour=colour,
        text="预计3小时内降雨量将达100毫米以上。",
        issued_at=clock.now() - timedelta(minutes=2),
    )


def test_a_warning_that_nobody_decides_on_alarms_and_sets_no_level(world: World) -> None:
    row = warn(world)
    assert warn(world).pk == row.pk
    world.pass_time(minutes=10)
    assert count("warning.undecided") == 1 and "LEAD" in told("warning.undecided")
    now = queries.current(world.root)
    assert (now.mode, now.level) == ("normal", None)
    assert OfficialWarning.objects.get().text == "预计3小时内降雨量将达100毫米以上。"


def test_a_decision_that_no_response_is_needed_is_a_decision(world: World) -> None:
    row = warn(world)
    actions.decide_warning(actor=world.at("DUTY"), warning_id=row.pk, reason="会商：影响范围不在本区")
    world.pass_time(hours=2)
    assert count("warning.undecided") == 0 and count("warning.decided") == 1
    with pytest.raises(NotAllowed):
        actions.decide_warning(actor=system("x"), warning_id=warn(world, number="w-2").pk, reason="x")


def test_a_lifted_warning_leaves_what_was_declared(world: World) -> None:
    row = warn(world, "orange")
    world.declare(mode="emergency", level=3)
    actions.lift_warning(actor=world.at("DUTY"), warning_id=row.pk)
    assert queries.current(world.root).level == 3
    assert not Timer.objects.filter(kind="posture.warning").exists()


def test_the_governments_response_is_noted_only_with_that_power_and_moves_nothing(world: World) -> None:
    given = {
        "area": world.root,
        "level": 1,
        "matter": "防汛",
        "authority": "市防指",
        "declared_at": clock.now(),
    }
    for who in (world.at("DUTY"), world.at("LEAD"), system("x")):
        with pytest.raises(NotAllowed):
            actions.record_response(actor=who, **given)  # type: ignore[arg-type]
    row = actions.record_response(actor=world.at("CMD"), **given)  # type: ignore[arg-type]
    assert queries.current(world.root).mode == "normal"
    world.declare(mode="emergency", level=1)
    assert DeclaredResponse.objects.count() == 1
    actions.end_response(actor=world.at("CMD"), response_id=row.pk, ended_at=clock.now())
    assert queries.current(world.root).level == 1


def test_a_time_without_a_zone_is_refused(world: World) -> None:
    with pytest.raises(Invalid):
        world.declare(mode="holiday", expected_end=world.after(hours=1).replace(tzinfo=None))


def test_the_next_shift_is_told_modes_and_open_decisions(world: World) -> None:
    world.declare(mode="emergency", level=3, area=world.a)
    proposal = propose(world)
    actions.record_approval(
        actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post="CMD", spoken_at=clock.now()
    )
    warn(world)
    with write():
        record = handover.compile_record(world.root, clock.now())
    section = next(row for row in record["sections"] if row["key"] == "modes")
    assert section["fault"] is None
    assert [item["what"] for item in section["items"]] == [
        "in_force",
        "proposal",
        "unsigned",
        "undecided_warning",
    ]
    below = queries.to_hand_over(world.b)
    assert [item["what"] for item in below] == ["proposal", "unsigned", "undecided_warning"]


def test_verify_finds_nothing_wrong_and_finds_what_was_tampered_with(world: World) -> None:
    world.declare(mode="emergency", level=3)
    propose(world)
    assert queries.faults() == []
    with write():
        Declaration.objects.update(level=1)
        Timer.objects.filter(kind="posture.undecided").delete()
    assert len(queries.faults()) == 3


def test_what_is_handed_over_reads_in_words_of_either_language(world: World) -> None:
    world.declare(mode="emergency", level=3, area=world.a)
    approve(world)
    warn(world)
    with write():
        record = handover.compile_record(world.root, clock.now())
    with translation.override("en"):
        english = next(part for part in record_text.readable(record) if part.title.startswith("Modes"))
    with translation.override("zh-hans"):
        chinese = next(part for part in record_text.readable(record) if part.title.startswith("模式"))
    assert english.title.endswith("(4)")
    assert "a: Emergency Level III, expected until" in english.lines[0]
    assert english.lines[1] == "r: Emergency Level I proposed, Approved by word"
    assert "countersigned by CMD" in english.lines[2] and "Red warning, 暴雨, undecided" in english.lines[3]
    assert "应急战时 三级" in chinese.lines[0] and "红色预警" in chinese.lines[3]
