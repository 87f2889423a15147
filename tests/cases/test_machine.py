"""Cases under arbitrary verbs by arbitrary people at arbitrary times. What must hold, holds after each step."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test.utils import override_settings
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from chengyun.cases import actions, queries
from chengyun.cases.models import Assignment, Case, Clock, Step
from chengyun.kernel import clock, timers
from chengyun.kernel.errors import Refused
from chengyun.kernel.models import JournalEntry
from chengyun.people import actors
from tests.cases.world import START, build

POSTS = (
    "GS-m",
    "DUTY",
    "DISP",
    "DEPT-cg",
    "DEPT-sw",
    "DEPT-sw-H",
    "DEPT-zfzd",
    "VERIFY",
    "LEAD",
    "CMD",
    "GL-a",
)
WHO = (*POSTS, "MIXED")
KINDS = (
    ("noise", "shop"),
    ("ponding", None),
    ("crowd-safety", "surge"),
    ("manhole", "damaged"),
    ("smoke", "visible"),
)
VERBS = (
    "request_check pre_filing_check file decline dispatch complete_filing redispatch return sign_for assign_handler "
    "revoke_handler arrive handle settle self_settle co_settle post_fix_check fail_verification rework close force_close "
    "call_back reopen archive request_extension review_extension approve_extension refuse_extension request_suspension "
    "approve_suspension refuse_suspension resume join whistle merge unmerge split void transfer"
).split()
ONWARDS = {
    "reported": "file", "pending_check": "pre_filing_check", "filed": "dispatch", "dispatched": "sign_for",
    "signed": "handle", "handling": "settle", "returned": "redispatch", "settled": "post_fix_check", "verified": "close",
    "closed": "call_back", "called_back": "archive",
}  # fmt: skip
FINAL = ("post_fix_check", "close", "force_close")


class Machine(RuleBasedStateMachine):
    """One world a run. `breaches` remembers every limit that was ever seen to have run out."""

    def __init__(self) -> None:
        super().__init__()
        self._clock = clock.use(clock.Virtual(START))
        self.world = build(self._clock.__enter__())
        self.breaches: dict[int, object] = {}
        self.cases: list[int] = []
        self.actors = {code: actors.at_post(code) for code in POSTS}
        # Somebody of a department who holds every role at once: permissions alone must not keep the fixer from verifying.
        everything = frozenset().union(*(held for actor in self.actors.values() for _, held in actor.grants))
        self.actors["MIXED"] = replace(self.actors["DEPT-cg"], grants=(("/r/", everything),))

    def teardown(self) -> None:
        self._clock.__exit__(None, None, None)

    @initialize()
    def first(self) -> None:
        self.cases.append(self.world.report().pk)

    @rule(kind=st.sampled_from(KINDS), who=st.sampled_from(("GS-m", "DUTY")), public=st.booleans())
    def report(self, kind, who, public) -> None:
        if len(self.cases) >= 4:
            return
        source = "citizen" if public and who == "DUTY" else "person"
        self.cases.append(self.world.report(who, kind=kind[0], condition=kind[1], source=source).pk)

    @rule(
        which=st.integers(0, 3),
        verb=st.sampled_from(VERBS),
        who=st.sampled_from(WHO),
        post=st.sampled_from((None, *POSTS)),
        ok=st.booleans(),
    )
    def any_verb(self, which, verb, who, post, ok) -> None:
        self._do(self.cases[which % len(self.cases)], verb, who, post=post, ok=ok)

    @rule(
        which=st.integers(0, 3),
        choice=st.integers(0, 50),
        ok=st.booleans(),
        post=st.sampled_from((None, *POSTS)),
    )
    def a_verb_that_is_open(self, which, choice, ok, post) -> None:
        """A step that somebody can take, so that runs get far."""
        case = Case.objects.get(pk=self.cases[which % len(self.cases)])
        holder = case.accountable_post.code if case.accountable_post else "LEAD"
        ways = [
            (verb, code)
            for code in dict.fromkeys((holder, "MIXED", "DISP", "VERIFY", "LEAD", "DUTY", "CMD"))
            for verb in (v.code for v in queries.lists.workflow_of(case).verbs_from(case.state))
            if self.actors[code].may(f"case.move.{verb}", case.area.path)
            or verb in ("sign_for", "arrive", "co_settle")
        ]
        if ways:
            verb, code = ways[choice % len(ways)]
            self._do(case.pk, verb, code, post=post, ok=ok)

    @rule(which=st.integers(0, 3), mixed=st.booleans(), steps=st.integers(1, 6))
    def onwards(self, which, mixed, steps) -> None:
        """Along the main path, by whoever answers or by the one who may do everything."""
        case_id = self.cases[which % len(self.cases)]
        for _ in range(steps):
            case = Case.objects.get(pk=case_id)
            holder = case.accountable_post.code if case.accountable_post else "LEAD"
            if case.state in ONWARDS:
                self._do(case_id, ONWARDS[case.state], "MIXED" if mixed else holder, post="DEPT-cg")

    def _do(self, case_id, verb, who, *, post=None, ok=True) -> None:
        before = Case.objects.get(pk=case_id)
        entries = JournalEntry.objects.count()
        args = {"reason": "因为", "ok": ok, "until": clock.now() + timedelta(days=2)}
        args |= {"post": post} if post else {}
        args |= {"into": self.cases[0]} if verb == "merge" else {}
        args |= (
            {"condition": "deep"} if before.kind == "ponding" and verb in ("file", "complete_filing") else {}
        )
        try:
            actions.move(actor=self.actors[who], case_id=case_id, verb=verb, **args)
        except Refused as refused:
            assert str(refused.reason)
            assert JournalEntry.objects.count() == entries, "a refusal leaves nothing behind"
            assert Case.objects.get(pk=case_id).state == before.state
            return
        if verb in FINAL:
            fixers = set(Step.objects.filter(case_id=case_id, fixes=True).values_list("actor", flat=True))
            assert self.actors[who].ref not in fixers, "who settles never verifies or closes"
        steps = Step.objects.filter(case_id=case_id).order_by("-id")
        assert steps[0].verb == verb and JournalEntry.objects.get(pk=steps[0].entry).kind == "case.moved"

    @rule(which=st.integers(0, 3), who=st.sampled_from(WHO))
    def sign(self, which, who) -> None:
        try:
            actions.second_sign(actor=self.actors[who], case_id=self.cases[which % len(self.cases)])
        except Refused:
            pass

    @rule(minutes=st.sampled_from((1, 7, 20, 45, 90, 300, 1500)))
    def time_passes(self, minutes) -> None:
        self.world.pass_time(minutes=minutes)

    @rule(minutes=st.sampled_from((5, 200)))
    def the_worker_sleeps_and_wakes(self, minutes) -> None:
        self.world.clock.advance(seconds=minutes * 60)
        while timers.fire_due():
            pass

    @invariant()
    def exactly_one_accountable_post(self) -> None:
        for case in Case.objects.all():
            assert case.is_open == (case.accountable_post_id is not None)
            lead = Assignment.objects.filter(case=case, role="lead", ends_at=None).count()
            assert lead <= 1
            if case.state in ("dispatched", "signed", "handling"):
                assert lead == 1 and case.lead_post_id
            if not case.is_open:
                assert not Assignment.objects.filter(case=case, ends_at=None).exists()
                assert not Clock.objects.filter(case=case, stopped_at=None).exists()
        assert list(queries.orphans()) == []

    @invariant()
    def a_limit_that_ran_out_stays_so(self) -> None:
        now = {row.pk: row.breached_at for row in Clock.objects.exclude(breached_at=None)}
        for pk, at in self.breaches.items():
            assert now.get(pk) == at
        self.breaches = dict(now)

    @invariant()
    def the_limit_is_one_clock(self) -> None:
        for case in Case.objects.filter(is_open=True):
            rows = list(Clock.objects.filter(case=case, overall=True))
            assert len(rows) <= 1
            if rows and rows[0].stopped_at is None:
                assert rows[0].due_at == case.due_at
                assert (rows[0].due_at is None) == (case.state == "suspended")

    @invariant()
    def every_promise_holds(self) -> None:
        faults = [
            fault
            for fault in queries.faults()
            if "not been looked at" not in fault and "nobody noted" not in fault
        ]
        assert faults == []


@pytest.mark.django_db
def test_cases_under_anything():
    from django.db import transaction
    from hypothesis.stateful import run_state_machine_as_test

    class InOneTransaction(Machine):
        """Each run is undone: the next starts from an empty district."""

        def __init__(self) -> None:
            self._atomic = transaction.atomic()
            self._atomic.__enter__()
            super().__init__()

        def teardown(self) -> None:
            super().teardown()
            transaction.set_rollback(True)
            self._atomic.__exit__(None, None, None)

    with tempfile.TemporaryDirectory() as folder, override_settings(EVIDENCE_ROOT=folder):
        run_state_machine_as_test(
            InOneTransaction,
            settings=settings(
                max_examples=10,
                stateful_step_count=40,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
