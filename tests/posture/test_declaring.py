"""Who may declare what: software never, others only with authority or on a leader's recorded word."""

from datetime import timedelta

import pytest

from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.messages.models import Message
from chengyun.posture import actions, queries
from chengyun.posture.models import Approval, Declaration, Proposal
from tests.posture.conftest import World


def propose(world: World, level: int = 1, **more: object) -> Proposal:
    return actions.propose(
        actor=system("alerts"),
        area=world.root,
        mode="emergency",
        level=level,
        evidence=["alert:7", "incident:3"],
        **more,  # type: ignore[arg-type]
    )


def kinds(prefix: str = "posture.") -> list[str]:
    rows = JournalEntry.objects.filter(kind__startswith=prefix).exclude(kind="posture.policy_loaded")
    return list(rows.order_by("id").values_list("kind", flat=True))


def test_the_night_of_2023_12_31(world: World) -> None:
    world.declare(mode="holiday")
    proposal = propose(world)
    duty = world.at("DUTY")
    actions.ask(actor=duty, proposal_id=proposal.pk, leader_post="CMD")
    world.pass_time(seconds=40)
    approval = actions.record_approval(
        actor=duty, proposal_id=proposal.pk, leader_post="CMD", spoken_at=clock.now() - timedelta(seconds=10)
    )
    declared = world.declare("DUTY", proposal_id=proposal.pk)
    now = queries.current(world.root)
    assert (now.mode, now.level, now.by) == ("emergency", 1, "DUTY")
    entry = JournalEntry.objects.get(kind="posture.declared", payload_text__contains="emergency")
    assert entry.payload["approval"] == approval.pk
    assert entry.payload["approved_by"] == "CMD"
    assert entry.payload["by"] == "p-duty"
    assert entry.payload["incident"] == "incident:3"
    assert "千玺" not in entry.payload_text
    chain = [step.kind for step in journal.chain_to(entry.id)]
    assert chain == ["posture.declared", "posture.approved", "posture.asked", "posture.proposed"]
    actions.countersign(actor=world.at("CMD"), approval_id=approval.pk)
    actions.end(actor=world.at("CMD"), declaration_id=declared.pk, reason="人群散去")  # type: ignore[attr-defined]
    assert queries.current(world.root).mode == "holiday"
    assert kinds() == [
        "posture.declared",
        "posture.proposed",
        "posture.asked",
        "posture.approved",
        "posture.declared",
        "posture.countersigned",
        "posture.ended",
    ]
    world.pass_time(hours=2)
    assert not JournalEntry.objects.filter(kind="posture.countersign_overdue").exists()


@pytest.mark.parametrize(
    "who", [system("worker"), Actor(ref="source:cam", grants=(("/", frozenset({"*"})),))]
)
def test_software_never_declares_whatever_it_is_granted(world: World, who: Actor) -> None:
    proposal = propose(world)
    duty = world.at("DUTY")
    actions.record_approval(actor=duty, proposal_id=proposal.pk, leader_post="CMD", spoken_at=clock.now())
    for named in ({"proposal_id": proposal.pk}, {"mode": "holiday"}):
        with pytest.raises(NotAllowed, match="Software|系统"):
            world.declare(actor=who, **named)
    assert not Declaration.objects.exists()


@pytest.mark.parametrize("who", ["DUTY", "LEAD", "DISP", "GS-1", "FP-01"])
def test_without_authority_and_without_approval_nothing_is_declared(world: World, who: str) -> None:
    proposal = propose(world)
    with pytest.raises(NotAllowed) as refused:
        world.declare(who, proposal_id=proposal.pk)
    assert "CMD" in str(refused.value.hint)
    assert queries.current(world.root).mode == "normal"


def test_the_table_narrows_what_a_permission_allows(world: World) -> None:
    with pytest.raises(NotAllowed):
        world.declare("CMD-2", mode="emergency", level=1)
    world.declare("CMD-2", mode="emergency", level=2)
    assert queries.current(world.root).level == 2


def test_a_duty_officer_may_declare_what_the_table_gives_them(world: World) -> None:
    world.declare("DUTY", mode="holiday")
    world.declare("DUTY", mode="emergency", level=4)
    with pytest.raises(NotAllowed):
        world.declare("DUTY", mode="emergency", level=3)
    assert queries.current(world.root).level == 4


def test_an_approval_holds_for_one_proposal_only(world: World) -> None:
    first, second = propose(world, 2), propose(world, 1)
    duty = world.at("DUTY")
    actions.record_approval(actor=duty, proposal_id=first.pk, leader_post="CMD", spoken_at=clock.now())
    with pytest.raises(NotAllowed):
        world.declare("DUTY", proposal_id=second.pk)
    world.declare("DUTY", proposal_id=first.pk)
    with pytest.raises(Conflict):
        world.declare("DUTY", proposal_id=first.pk)


@pytest.mark.parametrize("leader", ["LEAD", "CMD-2", "DISP"])
def test_only_a_leader_with_the_authority_can_be_asked_or_have_approved(world: World, leader: str) -> None:
    proposal = propose(world)
    with pytest.raises(Invalid):
        actions.ask(actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post=leader)
    with pytest.raises(Invalid):
        actions.record_approval(
            actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post=leader, spoken_at=clock.now()
        )


def test_an_approval_cannot_be_spoken_before_the_proposal_or_in_the_future(world: World) -> None:
    proposal = propose(world)
    for moment in (clock.now() - timedelta(seconds=1), clock.now() + timedelta(seconds=1)):
        with pytest.raises(Invalid):
            actions.record_approval(
                actor=world.at("DUTY"), proposal_id=proposal.pk, leader_post="CMD", spoken_at=moment
            )


@pytest.mark.parametrize(
    "missing",
    [
        {"matter": " "},
        {"measures": []},
        {"measures": [""]},
        {"expected_end": "past"},
        {"mode": "emergency", "level": None},
    ],
)
def test_a_declaration_states_matter_level_end_and_measures(world: World, missing: dict[str, object]) -> None:
    if missing.get("expected_end") == "past":
        missing = {"expected_end": clock.now()}
    with pytest.raises(Invalid):
        world.declare(**{"mode": "holiday", **missing})


def test_normal_is_the_base_and_a_mode_without_levels_takes_none(world: World) -> None:
    with pytest.raises(Invalid):
        world.declare(mode="normal")
    with pytest.raises(Invalid):
        world.declare(mode="holiday", level=2)


def test_the_same_level_twice_is_refused_and_a_higher_one_raises(world: World) -> None:
    first = world.declare(mode="emergency", level=3)
    with pytest.raises(Conflict):
        world.declare(mode="emergency", level=3)
    with pytest.raises(Conflict):
        world.declare(mode="emergency", level=4)
    second = world.declare(mode="emergency", level=1)
    first = Declaration.objects.get(pk=first.pk)  # type: ignore[attr-defined]
    assert first.end_kind == "raised" and second.follows_id == first.pk  # type: ignore[attr-defined]
    assert Declaration.objects.filter(ended_at=None).count() == 1


def test_each_incident_has_its_level_and_the_area_takes_the_highest(world: World) -> None:
    one = world.declare(mode="emergency", level=3, incident="incident:1")
    two = world.declare(mode="emergency", level=1, incident="incident:2")
    assert queries.current(world.root).level == 1
    actions.end(actor=world.at("CMD"), declaration_id=two.pk, reason="处置完毕")  # type: ignore[attr-defined]
    assert queries.current(world.root).level == 3
    actions.end(actor=world.at("CMD"), declaration_id=one.pk, reason="处置完毕")  # type: ignore[attr-defined]
    assert queries.current(world.root).mode == "normal"


def test_a_part_does_not_bind_the_whole(world: World) -> None:
    world.declare(mode="emergency", level=2, area=world.a)
    assert queries.current(world.a).level == 2
    assert queries.current(world.root).mode == "normal" and queries.current(world.root).inside == 2
    assert queries.current(world.b).mode == "normal" and queries.current(world.b).inside is None


def test_repeats_add_evidence_to_the_one_open_proposal(world: World) -> None:
    first = propose(world)
    for number in range(200):
        again = actions.propose(
            actor=system("alerts"), area=world.root, mode="emergency", level=1, evidence=[f"alert:{number}"]
        )
    assert again.pk == first.pk and Proposal.objects.count() == 1
    assert again.times == 201 and len(again.evidence) == 50
    assert Message.objects.filter(kind="posture.proposed").count() == 3


def test_what_is_in_force_is_not_proposed_again(world: World) -> None:
    proposal = propose(world)
    world.declare(proposal_id=proposal.pk)
    assert propose(world).pk == proposal.pk
    assert propose(world, 2).state == "declared"
    assert not Proposal.objects.filter(state="open").exists()
    assert Timer.objects.filter(kind="posture.undecided").count() == 0


def test_declaring_a_higher_level_settles_the_open_lower_ones(world: World) -> None:
    low, high = propose(world, 3), propose(world, 1)
    world.declare(proposal_id=high.pk)
    low.refresh_from_db()
    assert low.state == "superseded"
    assert Timer.objects.filter(kind="posture.undecided").count() == 0


def test_an_open_higher_proposal_survives_a_lower_declaration(world: World) -> None:
    low, high = propose(world, 3), propose(world, 1)
    world.declare(proposal_id=low.pk)
    high.refresh_from_db()
    assert high.state == "open"


def test_lowering_and_ending_need_the_authority_over_what_is_in_force(world: World) -> None:
    row = world.declare(mode="emergency", level=1)
    for who in ("DUTY", "LEAD", "CMD-2"):
        with pytest.raises(NotAllowed):
            actions.downgrade(actor=world.at(who), declaration_id=row.pk, level=4, reason="x")  # type: ignore[attr-defined]
        with pytest.raises(NotAllowed):
            actions.end(actor=world.at(who), declaration_id=row.pk, reason="x")  # type: ignore[attr-defined]
    lower = actions.downgrade(actor=world.at("CMD"), declaration_id=row.pk, level=3, reason="人数下降")  # type: ignore[attr-defined]
    assert queries.current(world.root).level == 3
    entry = JournalEntry.objects.get(kind="posture.downgraded")
    assert (entry.payload["from_level"], entry.payload["level"], entry.payload["level_now"]) == (1, 3, 3)
    with pytest.raises(Invalid):
        actions.downgrade(actor=world.at("CMD"), declaration_id=lower.pk, level=3, reason="x")


def test_ending_on_a_leaders_word_is_countersigned_too(world: World) -> None:
    row = world.declare(mode="emergency", level=1)
    world.pass_time(minutes=5)
    actions.end(
        actor=world.at("DUTY"),
        declaration_id=row.pk,  # type: ignore[attr-defined]
        reason="指挥长电话同意",
        leader_post="CMD",
        spoken_at=clock.now(),
    )
    assert queries.current(world.root).mode == "normal"
    assert Approval.objects.get().state == "open"
    world.pass_time(minutes=61)
    assert JournalEntry.objects.filter(kind="posture.countersign_overdue").count() == 1


def test_declining_needs_the_authority_or_a_leaders_word(world: World) -> None:
    proposal = propose(world)
    with pytest.raises(NotAllowed):
        actions.decline(actor=world.at("DUTY"), proposal_id=proposal.pk, reason="误报")
    with pytest.raises(NotAllowed):
        actions.decline(actor=system("x"), proposal_id=proposal.pk, reason="误报")
    row = actions.decline(
        actor=world.at("DUTY"),
        proposal_id=proposal.pk,
        reason="误报",
        leader_post="CMD",
        spoken_at=clock.now(),
    )
    assert row.state == "declined" and Approval.objects.get().purpose == "decline"
    assert propose(world).pk != proposal.pk


def test_posts_that_the_mode_mans_are_called_once(world: World) -> None:
    world.declare(mode="holiday")
    called = set(Message.objects.filter(kind="posture.man_post").values_list("post__code", flat=True))
    assert called == {"FP-01", "FP-02", "MP-01"}
    world.declare(mode="emergency", level=1)
    assert Message.objects.filter(kind="posture.man_post").count() == 3
    assert queries.effective(world.root).manned("FP-01") and not queries.effective(world.root).manned("GS-1")


def test_a_preview_changes_nothing_and_tells_what_declaring_does(world: World) -> None:
    entries = JournalEntry.objects.count()
    shown = {d.key: (d.before, d.after) for d in queries.preview(world.root, "emergency", 1).changes}
    assert JournalEntry.objects.count() == entries and queries.current(world.root).mode == "normal"
    assert shown["mode"] == ("normal", "emergency") and shown["level"] == (None, 1)
    assert shown["clocks.*.factor"] == (None, 0.5)
    world.declare(mode="emergency", level=1)
    effective = queries.effective(world.root)
    assert effective.clock("anything")["factor"] == 0.5
    assert effective.sources["clocks.*.factor"] == "emergency/2"


def test_two_workers_that_propose_at_once_make_one_proposal(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chengyun.posture.actions import proposals

    first = propose(world)
    look, blind = proposals._open, [True]

    def not_yet_visible(*args: object) -> Proposal | None:
        return None if blind and blind.pop() else look(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(proposals, "_open", not_yet_visible)
    assert propose(world).pk == first.pk
    assert Proposal.objects.get().times == 2
