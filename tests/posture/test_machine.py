"""Whatever people and software try, in whatever order: posture equals a model that fits on one page."""

from __future__ import annotations

from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chengyun.kernel import clock
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Refused
from chengyun.kernel.models import JournalEntry
from chengyun.people import actors
from chengyun.posture import actions, queries
from chengyun.posture.models import Approval, Declaration, Proposal
from tests.posture.conftest import START, World

WHO = ["CMD", "CMD-2", "DUTY", "LEAD", "DISP", "GS-1", "software", "source"]
WHAT = [("holiday", None), ("major_event", None), ("major_event", 1), ("major_event", 3)] + [
    ("emergency", n) for n in (1, 2, 3, 4)
]
RANK = {"normal": 0, "holiday": 1, "major_event": 2, "emergency": 3}


def may(who: str, mode: str, level: int | None) -> bool:
    """The authority table of the sample district, written out a second time by hand."""
    if who == "CMD":
        return True
    if who == "CMD-2":
        return (mode, level) not in {("emergency", 1), ("major_event", 1), ("major_event", 2)}
    if who == "DUTY":
        return (mode, level) in {("holiday", None), ("emergency", 4)}
    return False


class Night(RuleBasedStateMachine):
    world: World

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.time = clock.use(clock.Virtual(START))
        self.world.clock = self.time.__enter__()
        self.areas = {"r": self.world.root, "a": self.world.a, "b": self.world.b}
        # (area code, mode, incident) -> level: everything that is in force.
        self.model: dict[tuple[str, str, str], int | None] = {}

    def teardown(self) -> None:
        self.time.__exit__(None, None, None)
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def actor(self, who: str) -> Actor:
        if who == "software":
            return system("alerts")
        if who == "source":
            return Actor(ref="source:x", grants=(("/", frozenset({"*"})),), roles=frozenset({"commander"}))
        return actors.at_post(who)

    def open(self, number: int) -> Proposal | None:
        rows = list(Proposal.objects.filter(state__in=["open", "asked", "approved"]).order_by("id"))
        return rows[number % len(rows)] if rows else None

    @rule(
        area=st.sampled_from("rab"), what=st.sampled_from(WHAT), incident=st.sampled_from(["", "incident:1"])
    )
    def propose(self, area: str, what: tuple[str, int | None], incident: str) -> None:
        mode, level = what
        evidence = [incident] if incident else ["alert:1"]
        before = queries.current(self.areas[area])
        actions.propose(
            actor=system("alerts"), area=self.areas[area], mode=mode, level=level, evidence=evidence
        )
        assert queries.current(self.areas[area]) == before

    @rule(
        number=st.integers(0, 9), leader=st.sampled_from(["CMD", "CMD-2", "LEAD"]), who=st.sampled_from(WHO)
    )
    def approve(self, number: int, leader: str, who: str) -> None:
        row = self.open(number)
        if row is None:
            return
        wanted = (
            row.state != "approved"
            and who in ("DUTY", "LEAD")
            and leader != who
            and may(leader, row.mode, row.level)
        )
        try:
            actions.record_approval(
                actor=self.actor(who), proposal_id=row.pk, leader_post=leader, spoken_at=clock.now()
            )
        except Refused:
            assert not wanted
        else:
            assert wanted

    @rule(number=st.integers(0, 9), who=st.sampled_from(WHO))
    def declare_proposal(self, number: int, who: str) -> None:
        row = self.open(number)
        if row is None:
            return
        by_word = row.state == "approved" and who in ("DUTY", "LEAD")
        self.declare(who, row.area.code, (row.mode, row.level), row.incident, by_word, proposal_id=row.pk)

    @rule(
        who=st.sampled_from(WHO),
        area=st.sampled_from("rab"),
        what=st.sampled_from(WHAT),
        n=st.sampled_from(["", "incident:1"]),
    )
    def declare_directly(self, who: str, area: str, what: tuple[str, int | None], n: str) -> None:
        self.declare(
            who, area, what, n, False, area=self.areas[area], mode=what[0], level=what[1], incident=n
        )

    def declare(
        self, who: str, where: str, what: tuple[str, int | None], for_: str, by_word: bool, **named: object
    ) -> None:
        mode, level = what
        key = (where, mode, for_)
        higher = key not in self.model or (
            level is not None and (self.model[key] is None or level < self.model[key])
        )
        wanted = (may(who, mode, level) or by_word) and higher
        try:
            actions.declare(
                actor=self.actor(who),
                matter="m",
                expected_end=self.world.after(hours=2),
                measures=["divert"],
                **named,  # type: ignore[arg-type]
            )
        except Refused:
            assert not wanted
        else:
            assert wanted
            self.model[key] = level

    @precondition(lambda self: self.model)
    @rule(data=st.data(), who=st.sampled_from(WHO), level=st.sampled_from([None, 1, 2, 3, 4]))
    def lower_or_end(self, data: st.DataObject, who: str, level: int | None) -> None:
        key = data.draw(st.sampled_from(sorted(self.model)))
        ending = data.draw(st.booleans())
        row = Declaration.objects.get(area__code=key[0], mode=key[1], incident=key[2], ended_at=None)
        now = self.model[key]
        # A duty officer may lower, and only a commander end, in their own right (roles.yaml).
        holds = who in (("CMD", "CMD-2") if ending else ("CMD", "CMD-2", "DUTY")) and may(who, key[1], now)
        fits = ending or (
            now is not None
            and (level is None or level > now)
            and not (key[1] == "emergency" and level is None)
        )
        fits = fits and (ending or key[1] != "holiday")
        try:
            if ending:
                actions.end(actor=self.actor(who), declaration_id=row.pk, reason="x")
            else:
                actions.downgrade(actor=self.actor(who), declaration_id=row.pk, level=level, reason="x")
        except Refused:
            assert not (holds and fits)
        else:
            assert holds and fits
            if ending:
                del self.model[key]
            else:
                self.model[key] = level

    @rule(minutes=st.integers(1, 200))
    def time_passes(self, minutes: int) -> None:
        before = [queries.current(area) for area in self.areas.values()]
        self.world.pass_time(minutes=minutes)
        assert [queries.current(area) for area in self.areas.values()] == before

    @rule(who=st.sampled_from(["CMD", "CMD-2", "DUTY"]), agrees=st.booleans())
    def countersign(self, who: str, agrees: bool) -> None:
        row = Approval.objects.filter(state="open").order_by("id").first()
        if row is None:
            return
        try:
            actions.countersign(actor=self.actor(who), approval_id=row.pk, agrees=agrees)
        except Refused:
            assert who != row.leader_post.code
        else:
            assert who == row.leader_post.code

    @invariant()
    def posture_is_what_the_model_says(self) -> None:
        for code, area in self.areas.items():
            over = [(m, lv) for (where, m, _), lv in self.model.items() if where in ("r", code)]
            mode = max((m for m, _ in over), key=RANK.__getitem__, default="normal")
            level = min((lv for m, lv in over if m == mode and lv), default=None)
            now = queries.current(area)
            assert (now.mode, now.level) == (mode, level)
            assert queries.effective(area).mode == mode

    @invariant()
    def whoever_lacked_authority_had_a_leaders_word(self) -> None:
        for entry in JournalEntry.objects.filter(kind="posture.declared"):
            said = entry.payload
            assert said["by"].startswith("p-")
            if not may(said["post"], said["mode"], said["level"]):
                approval = Approval.objects.get(pk=said["approval"])
                assert may(approval.leader_post.code, said["mode"], said["level"])
                assert approval.recorded_at <= entry.at


def test_posture_is_what_the_model_says(world: World) -> None:
    Night.world = world
    run_state_machine_as_test(
        Night,
        settings=settings(
            max_examples=30,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
