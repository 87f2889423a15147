"""A shift ends only by a drafted record that both sides have signed; one transaction moves everything."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from chengyun.district.queries import area as area_of
from chengyun.kernel import timers
from chengyun.kernel.errors import Conflict, NotAllowed, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.kernel.transaction import write
from chengyun.people import actions, actors, handover, queries
from chengyun.people.models import Duty, HandOver, Shift, Staff
from tests.people import small

END = datetime(2023, 12, 31, 12, tzinfo=UTC)  # 20:00 in Zhengzhou


def of(code):
    return actors.of_staff(Staff.objects.get(pack_ref=code).ref)


def who(post, at=None):
    staff = queries.on_duty(queries.post(post).id, at)
    return staff.pack_ref if staff else None


def shift():
    return queries.running_shift(area_of("tst"))


def team(which):
    """The people of a shift: pack_ref by post code."""
    return dict(Duty.objects.filter(shift=which).values_list("post__code", "staff__pack_ref"))


def kinds(kind):
    return list(JournalEntry.objects.filter(kind=kind).order_by("id"))


def draft(clock):
    clock.advance_to(max(clock.now(), END - timedelta(minutes=20)))
    running = shift()
    out = team(running)["DUTY"]
    return actions.draft_hand_over(of(out), shift_id=running.id, remarks="湖边人多")


def sign(row, side, code, digest=None):
    return actions.sign_hand_over(of(code), hand_over_id=row.id, side=side, digest=digest or row.digest)


def test_the_first_shift_is_opened_once(running):
    assert shift().code == "day" and shift().starts_at == END - timedelta(hours=12)
    with pytest.raises(Conflict) as refused:
        actions.open_shift(small.TEST, shift_id=queries.next_shift(shift()).id)
    assert refused.value.code == "not_the_first"


def test_start_roster_twice_changes_nothing(running):
    before = (Shift.objects.count(), Duty.objects.count(), JournalEntry.objects.count())
    small.start()
    assert before == (Shift.objects.count(), Duty.objects.count(), JournalEntry.objects.count())


def test_both_sign_and_everything_moves_at_once(running):
    row = draft(running)
    out, into = team(row.shift_out), team(row.shift_in)
    sign(row, "out", out["DUTY"])
    assert who("DUTY") == out["DUTY"] and shift() == row.shift_out
    running.advance(seconds=60)
    sign(row, "in", into["DUTY"])
    assert shift() == row.shift_in
    assert {post: who(post) for post in into} == into
    assert Duty.objects.filter(shift=row.shift_out, state="ended", ends_at=running.now()).count() == 3
    entry = kinds("shift.handed_over")[0]
    assert entry.payload["late_s"] == 0 and (entry.payload["ended"], entry.payload["begun"]) == (3, 3)
    assert entry.payload["out"] != entry.payload["in"]
    assert [e.kind for e in (entry.cause,)] == ["shift.signed"]
    assert {t.subject for t in Timer.objects.filter(kind="people.shift.due")} == {f"shift:{row.shift_in_id}"}


def test_history_is_answered_as_it_was(running):
    row = draft(running)
    out, into = team(row.shift_out), team(row.shift_in)
    sign(row, "out", out["DUTY"])
    sign(row, "in", into["DUTY"])
    moment = running.now()
    assert who("DUTY", moment - timedelta(seconds=1)) == out["DUTY"]
    assert who("DUTY", moment) == into["DUTY"]


@pytest.mark.parametrize("side, post", [("out", "in"), ("in", "out")])
def test_one_side_cannot_sign_for_the_other(running, side, post):
    row = draft(running)
    people = {"out": team(row.shift_out), "in": team(row.shift_in)}[post]
    with pytest.raises(NotAllowed):
        sign(row, side, people["DUTY"])


def test_who_signs_in_is_not_who_signed_out(running):
    """Somebody who works a double shift may end the one or begin the other, never both."""
    row = draft(running)
    out, into = team(row.shift_out)["DUTY"], team(row.shift_in)["LEAD"]
    planned = Duty.objects.get(shift=row.shift_in, post__code="DUTY")
    actions.substitute(small.TEST, duty_id=planned.id, staff_ref=of(out).ref, reason="double_shift")
    sign(row, "out", out)
    with pytest.raises(NotAllowed) as refused:
        sign(row, "in", out)
    assert refused.value.code == "same_person"
    assert sign(row, "in", into).state == "done"


def test_the_platform_never_signs(running):
    row = draft(running)
    for side in ("out", "in"):
        with pytest.raises(NotAllowed):
            actions.sign_hand_over(small.TEST, hand_over_id=row.id, side=side, digest=row.digest)


def test_the_dispatcher_cannot_sign_for_the_shift(running):
    row = draft(running)
    with pytest.raises(NotAllowed):
        sign(row, "out", team(row.shift_out)["DISP"])


def test_what_is_signed_is_what_was_read(running):
    row = draft(running)
    people = team(row.shift_out)
    sign(row, "out", people["DUTY"])
    again = actions.draft_hand_over(of(people["DUTY"]), shift_id=row.shift_out_id, remarks="另有一事")
    assert again.id == row.id and again.digest != row.digest and again.signed_out_by is None
    with pytest.raises(Conflict) as refused:
        sign(again, "out", people["DUTY"], digest=row.digest)
    assert refused.value.code == "record_changed"


def test_an_old_draft_is_drafted_anew(running):
    row = draft(running)
    running.advance(seconds=3601)
    with pytest.raises(Conflict) as refused:
        sign(row, "out", team(row.shift_out)["DUTY"])
    assert refused.value.code == "draft_too_old"


def test_nobody_slips_away_in_the_afternoon(running):
    current = shift()
    out = team(current)["DUTY"]
    row = actions.draft_hand_over(of(out), shift_id=current.id)
    with pytest.raises(Conflict) as refused:
        sign(row, "out", out)
    assert refused.value.code == "too_early"


def test_unsigned_the_outgoing_stays_and_the_shift_leader_is_to_be_told(running):
    current, out = shift(), team(shift())
    running.advance_to(END)
    timers.fire_due()
    assert who("DUTY") == out["DUTY"] and shift().overdue_since == END
    first = kinds("shift.overdue")[0]
    assert (
        first.area == "/tst/"
        and first.payload["post"] == "DUTY"
        and first.payload["tell"] == ["LEAD", "DUTY"]
    )
    assert first.payload["extended"] == 3
    running.advance(seconds=15 * 60)
    timers.fire_due()
    assert [e.payload["reminder"] for e in kinds("shift.overdue")] == [1, 2]
    assert [e.payload["late_s"] for e in kinds("shift.overdue")] == [0, 900]
    row = draft(running)
    sign(row, "out", out["LEAD"])
    sign(row, "in", team(row.shift_in)["LEAD"])
    assert kinds("shift.handed_over")[0].payload["late_s"] == 900
    running.advance(seconds=3600)
    timers.fire_due()
    assert len(kinds("shift.overdue")) == 2 and current.id != shift().id


def test_a_shift_that_was_slept_through_is_nobodys(running):
    running.advance_to(END + timedelta(hours=13))
    timers.fire_due()
    missed = queries.next_shift(Shift.objects.get(state="open"), END + timedelta(hours=1))
    row = draft(running)
    assert row.shift_in.starts_at == END + timedelta(hours=12)
    sign(row, "out", team(row.shift_out)["DUTY"])
    sign(row, "in", team(row.shift_in)["DUTY"])
    assert not Shift.objects.filter(pk=missed.pk).exists()
    small.start()
    assert not Shift.objects.filter(starts_at=missed.starts_at).exists()


def test_the_database_itself_refuses_a_shift_closed_by_one(running):
    row = draft(running)
    sign(row, "out", team(row.shift_out)["DUTY"])
    with pytest.raises(IntegrityError), write():
        HandOver.objects.filter(pk=row.pk).update(state="done", done_at=running.now())


def raw(statement, *values):
    """As somebody with the database's password would type it."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_the_database_itself_ends_no_shift_without_both_signatures(running):
    current = shift()
    close = "UPDATE people_shift SET state = 'closed', closed_at = ends_at WHERE id = %s"
    columns = "pattern_id, area_id, code, ends_at, state, closed_at"
    for statement in (
        close,
        "UPDATE people_shift SET state = 'planned' WHERE id = %s",
        f"INSERT INTO people_shift (starts_at, {columns}) SELECT opened_at, pattern_id, area_id, code, ends_at, 'closed', "
        "ends_at FROM people_shift WHERE id = %s",
    ):
        with pytest.raises(DatabaseError, match="signed by both"):
            raw(statement, current.pk)
    row = draft(running)
    sign(row, "out", team(row.shift_out)["DUTY"])
    with pytest.raises(DatabaseError, match="signed by both"):
        raw(close, current.pk)
    with pytest.raises(IntegrityError):
        raw("UPDATE people_handover SET state = 'done', done_at = drafted_at WHERE id = %s", row.pk)
    # Somebody else's hand-over does not end this shift.
    sign(row, "in", team(row.shift_in)["DUTY"])
    with pytest.raises(DatabaseError, match="signed by both"):
        raw(close, row.shift_in_id)
    assert shift().pk == row.shift_in_id


def test_the_database_itself_keeps_what_was_signed(running):
    row = draft(running)
    sign(row, "out", team(row.shift_out)["DUTY"])
    sign(row, "in", team(row.shift_in)["DUTY"])
    for statement in (
        "UPDATE people_handover SET signed_in_by_id = NULL, state = 'drafted' WHERE id = %s",
        "UPDATE people_handover SET digest = '' WHERE id = %s",
        "DELETE FROM people_handover WHERE id = %s",
    ):
        with pytest.raises(DatabaseError, match="stays as it was signed"):
            raw(statement, row.pk)
    for statement in (
        "UPDATE people_shift SET state = 'open', closed_at = NULL WHERE id = %s",
        "DELETE FROM people_shift WHERE id = %s",
    ):
        with pytest.raises(DatabaseError, match="signed by both"):
            raw(statement, row.shift_out_id)
    # Remarks are a person's words: erasing those is not forging.
    raw("UPDATE people_handover SET remarks = '', remarks_salt = '' WHERE id = %s", row.pk)


def test_the_database_itself_refuses_two_at_one_post(running):
    duty = Duty.objects.filter(state="serving").first()
    other = Staff.objects.get(pack_ref="n-29")
    with pytest.raises(IntegrityError), write():
        Duty.objects.create(
            post=duty.post,
            staff=other,
            shift=duty.shift,
            state="serving",
            starts_at=running.now(),
            ends_at=None,
        )


def test_sections_come_from_other_domains_and_what_changed_meanwhile_is_kept(running, monkeypatch):
    # A registry of its own: the real sections are shared by every test of this process.
    monkeypatch.setattr(handover, "_sections", {})
    items = [{"case": 1}, {"case": 2}]
    handover.section("open_cases", T("未结案件", "Open cases"), lambda area, at: list(items), order=1)
    handover.section("broken", T("坏", "Broken"), lambda area, at: 1 / 0, order=2)
    row = draft(running)
    first, second = row.record["sections"]
    assert (first["key"], first["title_zh"], first["title_en"]) == ("open_cases", "未结案件", "Open cases")
    assert first["items"] == items and second["fault"] == "ZeroDivisionError"
    items[:] = [{"case": 2}, {"case": 3}]
    sign(row, "out", team(row.shift_out)["DUTY"])
    sign(row, "in", team(row.shift_in)["DUTY"])
    row.refresh_from_db()
    assert row.since_draft == {"open_cases": {"new": [{"case": 3}], "gone": [{"case": 1}]}}


def test_one_section_has_one_owner():
    with pytest.raises(ValueError, match="open_cases"):
        handover.section("open_cases", T("未结案件", "Open cases"), lambda area, at: [])


def test_remarks_stay_out_of_the_journal(running):
    row = draft(running)
    text = "".join(JournalEntry.objects.values_list("payload_text", flat=True))
    assert row.remarks == "湖边人多" and "湖边" not in text
    assert len(kinds("shift.drafted")[0].payload["remarks"]) == 64


def test_an_incoming_officer_acts_before_being_on_duty(running):
    running.advance_to(END)
    incoming = actors.at_post("DUTY@next")
    assert incoming.ref == of(team(queries.next_shift(shift()))["DUTY"]).ref
    assert actors.at_post("DUTY").ref == of(team(shift())["DUTY"]).ref


# Substitutes.


def test_a_substitute_takes_over_on_the_spot(running):
    duty = Duty.objects.get(state="serving", post__code="DUTY")
    new = of("n-29").ref
    made = actions.substitute(small.TEST, duty_id=duty.id, staff_ref=new, reason="ill")
    duty.refresh_from_db()
    assert who("DUTY") == "n-29" and duty.state == "ended" and made.shift == duty.shift
    assert kinds("duty.substituted")[0].payload["reason"] == "ill"
    with pytest.raises(Conflict):
        actions.substitute(small.TEST, duty_id=duty.id, staff_ref=new)


def test_a_signature_goes_with_its_signer(running):
    row = draft(running)
    sign(row, "out", team(row.shift_out)["DUTY"])
    duty = Duty.objects.get(state="serving", post__code="DUTY")
    actions.substitute(small.TEST, duty_id=duty.id, staff_ref=of("n-29").ref, reason="ill")
    row.refresh_from_db()
    assert row.signed_out_by is None
    with pytest.raises(NotAllowed):
        sign(row, "out", duty.staff.pack_ref)
    sign(row, "out", "n-29")


def test_a_window_is_cut_in_two(running):
    duty = Duty.objects.get(
        state="window", post__code="DEPT-sw", starts_at__lte=running.now(), ends_at__gt=running.now()
    )
    ends = duty.ends_at
    actions.substitute(small.TEST, duty_id=duty.id, staff_ref=of("n-29").ref, reason="leave")
    assert who("DEPT-sw") == "n-29"
    assert who("DEPT-sw", running.now() - timedelta(minutes=1)) == duty.staff.pack_ref
    assert who("DEPT-sw", ends) is None


def test_only_those_in_charge_put_a_substitute(running):
    duty = Duty.objects.get(state="serving", post__code="DISP")
    with pytest.raises(NotAllowed):
        actions.substitute(of("n-21"), duty_id=duty.id, staff_ref=of("n-29").ref)
    with pytest.raises(NotFound):
        actions.substitute(of(team(shift())["LEAD"]), duty_id=10**6, staff_ref=of("n-29").ref)


# Rosters.


def test_a_withdrawn_plan_can_be_generated_again(running):
    planned = Shift.objects.filter(state="planned").count()
    day = date(2023, 12, 31)
    shifts, _ = actions.withdraw_planned(small.TEST, pattern="centre", from_day=day)
    assert shifts == planned and Shift.objects.filter(state="open").count() == 1
    assert actions.generate_duties(small.TEST, first_day=day, days=3, pattern="centre")[0] >= planned - 1


def test_the_roster_extends_itself(running):
    last = Shift.objects.order_by("-starts_at").first().starts_at
    running.advance(seconds=48 * 3600)
    while timers.fire_due():
        pass
    assert Shift.objects.order_by("-starts_at").first().starts_at > last


def test_no_next_shift_says_what_to_do(running):
    actions.withdraw_planned(small.TEST, pattern="centre", from_day=date(2023, 12, 31))
    with pytest.raises(Conflict) as refused:
        draft(running)
    assert (
        refused.value.code == "no_next_shift"
        and "roster" in str(refused.value.hint).lower()
        or refused.value.hint
    )
