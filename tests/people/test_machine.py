"""Whatever people do with shifts, substitutes and rosters: somebody answers for every post, and no shift ends unsigned."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from chengyun.district.queries import area as area_of
from chengyun.kernel import clock, ids, sealer, timers
from chengyun.kernel.errors import Refused
from chengyun.kernel.models import JournalEntry
from chengyun.people import actions, actors, queries
from chengyun.people.models import Duty, HandOver, Post, Shift, Staff
from tests.people import small

START = datetime(2023, 12, 31, 8, tzinfo=UTC)
PEOPLE = st.integers(10, 29).map(lambda n: f"n-{n}")


class Centre(RuleBasedStateMachine):
    """Each run lives in a transaction of its own that is rolled back at its end."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.use = clock.use(clock.Virtual(START))
        self.clock = self.use.__enter__()
        # Who of two signs depends on the order of their references: the same in every run of an example.
        self.ids = ids.seeded(b"centre")
        self.ids.__enter__()
        self.folder = tempfile.TemporaryDirectory()

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)
        self.ids.__exit__(None, None, None)
        self.use.__exit__(None, None, None)
        self.folder.cleanup()

    @initialize(hours=st.integers(0, 30))
    def load(self, hours: int) -> None:
        self.clock.advance(seconds=hours * 3600)
        small.load(small.write_folder(Path(self.folder.name)))
        small.start(ahead_days=2)
        self.seen: list[tuple[datetime, dict[str, tuple]]] = []

    def shift(self) -> Shift:
        found = queries.running_shift(area_of("tst"))
        assert found is not None
        return found

    def try_to(self, action, *args, **kwargs) -> bool:
        try:
            action(*args, **kwargs)
        except Refused:
            return False
        return True

    # What may happen.

    @rule(minutes=st.integers(1, 700))
    def time_passes(self, minutes: int) -> None:
        self.time_passes_to(self.clock.now() + timedelta(minutes=minutes))

    def time_passes_to(self, target: datetime) -> None:
        target = max(target, self.clock.now())
        while (due := timers.next_due()) is not None and due <= target:
            self.clock.advance_to(max(due, self.clock.now()))
            timers.fire_due()
        self.clock.advance_to(target)

    @rule(who=PEOPLE)
    def somebody_drafts(self, who: str) -> None:
        person = Staff.objects.get(pack_ref=who)
        if person.state == "active":
            self.try_to(actions.draft_hand_over, actors.of_staff(person.ref), shift_id=self.shift().id)

    @rule()
    def the_officer_drafts(self) -> None:
        self.try_to(actions.draft_hand_over, actors.at_post("DUTY"), shift_id=self.shift().id)

    @rule(side=st.sampled_from(["out", "in"]), who=PEOPLE)
    def somebody_signs(self, side: str, who: str) -> None:
        self.sign(side, Staff.objects.get(pack_ref=who))

    @precondition(lambda self: HandOver.objects.filter(state="drafted").exists())
    @rule(side=st.sampled_from(["out", "in"]), n=st.integers(0, 1))
    def one_who_may_signs(self, side: str, n: int) -> None:
        row = HandOver.objects.get(state="drafted")
        assert row.shift_out.state == "handing_over"
        refs = sorted(queries.signers(row.shift_out if side == "out" else row.shift_in))
        if refs:
            self.sign(side, Staff.objects.get(ref=refs[n % len(refs)]))

    def sign(self, side: str, person: Staff) -> None:
        row = HandOver.objects.filter(state="drafted").first()
        if row is None or person.state != "active":
            return
        self.try_to(
            actions.sign_hand_over,
            actors.of_staff(person.ref),
            hand_over_id=row.id,
            side=side,
            digest=row.digest,
        )

    @rule(
        late=st.integers(-50, 200),
        out=st.integers(0, 1),
        into=st.integers(0, 1),
        first=st.sampled_from(["out", "in"]),
    )
    def a_change_of_shift(self, late: int, out: int, into: int, first: str) -> None:
        self.time_passes_to(self.shift().ends_at + timedelta(minutes=late))
        self.the_officer_drafts()
        for side, n in ((first, out), ("in" if first == "out" else "out", into)):
            if HandOver.objects.filter(state="drafted").exists():
                self.one_who_may_signs(side, n)

    @rule(which=st.integers(0, 50), who=PEOPLE)
    def a_substitute_comes(self, which: int, who: str) -> None:
        duties = list(Duty.objects.exclude(state="ended").order_by("id").values_list("id", flat=True))
        if duties:
            self.try_to(
                actions.substitute,
                small.TEST,
                duty_id=duties[which % len(duties)],
                staff_ref=Staff.objects.get(pack_ref=who).ref,
                reason="ill",
            )

    @rule(who=PEOPLE, other=st.none() | PEOPLE)
    def somebody_is_erased(self, who: str, other: str | None) -> None:
        refs = {row.pack_ref: row.ref for row in Staff.objects.all()}
        self.try_to(
            actions.erase_person, small.TEST, refs[who], substitute_ref=refs[other] if other else None
        )

    @rule()
    def somebody_opens_another_shift(self) -> None:
        planned = Shift.objects.filter(state="planned").first()
        if planned is not None:
            assert not self.try_to(actions.open_shift, small.TEST, shift_id=planned.id)

    @rule()
    def the_roster_is_withdrawn_and_made_again(self) -> None:
        day = self.clock.now().date()
        self.try_to(actions.withdraw_planned, small.TEST, pattern="centre", from_day=day)
        self.try_to(actions.generate_duties, small.TEST, first_day=day, days=3)

    # What always holds.

    @invariant()
    def every_post_resolves(self) -> None:
        if not Post.objects.exists():
            return
        now = self.clock.now()
        answers = queries.accountable_many(Post.objects.values_list("id", flat=True), now)
        for answer in answers.values():
            assert answer.staff is not None and answer.staff.state == "active", answer
            if answer.reason in ("on_duty", "standing"):
                assert answer.post == answer.asked
            elif answer.reason == "duty_officer":
                assert answer.post.code == "DUTY"
            else:
                assert answer.reason == "reports_to"
                assert answer.post in queries.chain(answer.asked)
        assert queries.faults(now) == []

    @invariant()
    def exactly_one_shift_runs_and_its_people_serve(self) -> None:
        if not Shift.objects.exists():
            return
        running = Shift.objects.filter(state__in=Shift.RUNNING)
        assert len(running) == 1
        serving = Duty.objects.filter(state="serving")
        assert {row.shift_id for row in serving} == {running[0].id}
        posts = [row.post_id for row in serving]
        assert len(posts) == len(set(posts)) and posts

    @invariant()
    def no_shift_ended_without_two_signatures(self) -> None:
        for shift in Shift.objects.filter(state="closed"):
            row = shift.hand_over
            assert row.state == "done" and row.done_at == shift.closed_at
            assert row.signed_out_by is not None and row.signed_in_by is not None
            assert row.signed_out_by != row.signed_in_by
            # Nothing between the two shifts: the next began when this one ended.
            assert Shift.objects.get(pk=row.shift_in_id).opened_at == shift.closed_at
        ends = JournalEntry.objects.filter(kind="shift.handed_over").count()
        assert ends == Shift.objects.filter(state="closed").count()

    @invariant()
    def a_late_shift_is_announced(self) -> None:
        now = self.clock.now()
        for shift in Shift.objects.filter(state__in=Shift.RUNNING, ends_at__lt=now - timedelta(minutes=20)):
            if timers.next_due() is not None and timers.next_due() > now:
                assert shift.overdue_since == shift.ends_at

    @invariant()
    def the_past_is_answered_as_it_was(self) -> None:
        """A post's duty at an instant never changes afterwards, whatever happens later."""
        if not Post.objects.exists():
            return
        now = self.clock.now()
        for moment, answers in self.seen[-6:]:
            assert {k: v for k, v in queries.holders(moment).items() if k in answers} == answers
        if not self.seen or self.seen[-1][0] < now - timedelta(minutes=1):
            # A second ago: what happens within this very instant may still replace it.
            moment = now - timedelta(seconds=1)
            self.seen.append((moment, queries.holders(moment)))

    @invariant()
    def the_chain_holds(self) -> None:
        sealer.seal_pending()
        assert sealer.check().ok


@pytest.mark.django_db(transaction=False)
def test_centre():
    run_state_machine_as_test(
        Centre,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            derandomize=True,
        ),
    )
