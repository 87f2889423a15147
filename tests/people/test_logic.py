"""Pure decisions: patterns, resolution, signatures, throttling, the role table."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from chengyun.kernel.actor import Actor
from chengyun.people import roles
from chengyun.people.logic import pattern as patterns
from chengyun.people.logic import throttle
from chengyun.people.logic.resolve import resolve
from chengyun.people.logic.roles import CONFIRMING_VERBS, DISPOSING_ROLES
from chengyun.people.logic.shifts import Signing, refusal

ZHENGZHOU = ZoneInfo("Asia/Shanghai")
DAY = patterns.shift_time("day", "08:00", "20:00")
NIGHT = patterns.shift_time("night", "20:00", "08:00")


def two_shifts(teams=3):
    return patterns.Pattern(date(2023, 1, 1), (DAY, NIGHT), tuple({"DUTY": f"p{k}"} for k in range(teams)))


def test_a_day_and_a_night_in_the_district_zone():
    day, night = patterns.expand(two_shifts(), date(2023, 12, 31), 1, ZHENGZHOU)
    assert (day.starts_at, day.ends_at) == (
        datetime(2023, 12, 31, 0, tzinfo=UTC),
        datetime(2023, 12, 31, 12, tzinfo=UTC),
    )
    assert night.starts_at == day.ends_at and night.ends_at - night.starts_at == timedelta(hours=12)


@given(
    st.dates(date(2023, 1, 1), date(2030, 1, 1)), st.integers(1, 20), st.integers(1, 20), st.integers(1, 5)
)
def test_however_it_is_cut_the_roster_is_the_same_and_has_no_gap(first, one, two, teams):
    pattern = two_shifts(teams)
    whole = list(patterns.expand(pattern, first, one + two, ZHENGZHOU))
    parts = list(patterns.expand(pattern, first, one, ZHENGZHOU))
    parts += patterns.expand(pattern, first + timedelta(days=one), two, ZHENGZHOU)
    assert whole == parts
    assert all(a.ends_at == b.starts_at for a, b in zip(whole, whole[1:], strict=False))


@pytest.mark.parametrize("text", ["8", "24:01", "12:60", "-1:00", "ab:cd", "12:5", "", "123:00"])
def test_what_is_no_time_of_day_is_refused(text):
    with pytest.raises(ValueError):
        patterns.minutes(text)


def test_a_gap_and_a_self_hand_over_are_seen():
    assert patterns.gap_in_the_day((DAY, NIGHT)) is None
    assert patterns.gap_in_the_day((DAY, patterns.shift_time("night", "21:00", "08:00")))
    assert patterns.gap_in_the_day((DAY,))
    assert patterns.same_person_twice(two_shifts(1), frozenset({"DUTY"})) == "p0"
    assert patterns.same_person_twice(two_shifts(2), frozenset({"DUTY"})) is None


@given(
    st.dictionaries(st.integers(0, 9), st.integers(100, 120)),
    st.dictionaries(st.integers(0, 9), st.integers(200, 220)),
    st.lists(st.integers(0, 9)),
    st.lists(st.integers(0, 9), min_size=1),
)
def test_a_post_always_resolves_and_the_reason_is_true(duty, standing, above, officers):
    found = resolve(0, superiors=above, duty_officers=officers, on_duty=duty.get, standing=standing.get)
    if found.reason == "nobody":
        assert found.staff is None
        assert not any(post in duty or post in standing for post in [0, *above, *officers])
        assert found.post in officers
    else:
        assert found.staff == duty.get(found.post, standing.get(found.post))
        assert not any(post in duty or post in standing for post in found.skipped)
    assert {
        "on_duty": [0],
        "standing": [0],
        "reports_to": above,
        "duty_officer": officers,
        "nobody": officers,
    }[found.reason].count(found.post)


T0 = datetime(2023, 12, 31, 12, tzinfo=UTC)


def signing(**more):
    values = {
        "state": "drafted",
        "side": "out",
        "signer": "a",
        "out": {"a", "b"},
        "into": {"c", "a"},
        "signed_out_by": None,
        "signed_in_by": None,
        "drafted_at": T0,
        "planned_end": T0,
        "digest": "x",
        "digest_seen": "x",
    }
    return refusal(
        Signing(**(values | more)), now=T0, early=timedelta(hours=1), draft_valid=timedelta(hours=1)
    )


@pytest.mark.parametrize(
    "case, code",
    [
        ({}, None),
        ({"side": "in"}, None),
        ({"signer": "c"}, "not_of_the_outgoing"),
        ({"side": "in", "signer": "b"}, "not_of_the_incoming"),
        ({"side": "in", "signed_out_by": "a"}, "same_person"),
        ({"side": "out", "signed_in_by": "a"}, "same_person"),
        ({"signed_out_by": "b"}, "already_signed"),
        ({"side": "in", "signer": "c", "signed_in_by": "c"}, "already_signed"),
        ({"state": "done"}, "already_done"),
        ({"digest_seen": "y"}, "record_changed"),
        ({"drafted_at": T0 - timedelta(hours=2)}, "draft_too_old"),
        ({"planned_end": T0 + timedelta(hours=2)}, "too_early"),
    ],
)
def test_signatures(case, code):
    assert signing(**case) == code


def test_five_failures_lock_and_the_lock_runs_out():
    count = None
    for _ in range(5):
        assert throttle.locked_for(count, T0) is None
        count = throttle.after_failure(count, T0, throttle.ACCOUNT)
    assert throttle.locked_for(count, T0) == timedelta(minutes=15)
    later = T0 + timedelta(minutes=15)
    assert throttle.locked_for(count, later) is None
    assert throttle.after_failure(count, later, throttle.ACCOUNT).failures == 1


def test_slow_failures_do_not_add_up():
    count = None
    for n in range(20):
        count = throttle.after_failure(count, T0 + timedelta(minutes=16 * n), throttle.ACCOUNT)
        assert count.failures == 1


# The role table.


def actor(role, path="/ryh/"):
    return Actor(ref="p-x", grants=((path, roles.table().permissions([role])),))


@pytest.mark.parametrize("role", sorted(DISPOSING_ROLES))
@pytest.mark.parametrize("verb", sorted(CONFIRMING_VERBS))
def test_who_disposes_never_verifies_or_closes(role, verb):
    assert not actor(role).may(verb, "/ryh/")


@pytest.mark.parametrize("grant", ["case.move.close", "case.move.verify", "case.move.*", "case.*", "*"])
def test_a_table_that_lets_a_department_close_is_refused(grant):
    value = yaml.safe_load(roles.FILE.read_text(encoding="utf-8"))
    value["roles"]["department"]["permissions"].append(grant)
    with pytest.raises(ValueError, match="never confirms or closes"):
        roles.parse(value)


def test_an_undeclared_permission_is_refused():
    value = yaml.safe_load(roles.FILE.read_text(encoding="utf-8"))
    value["roles"]["verifier"]["permissions"].append("alert.juge")
    with pytest.raises(ValueError, match="not declared"):
        roles.parse(value)


def test_the_two_axes_are_two_people():
    table = roles.table().roles
    for role in table.values():
        assert not ({"case.move.dispatch", "case.move.close"} <= role.permissions), role.code
        assert not ({"case.move.settle", "case.move.verify"} <= role.permissions), role.code


@pytest.mark.parametrize(
    "role, may, may_not",
    [
        (
            "duty_officer",
            ["posture.ask", "posture.record_approval", "shift.hand_over"],
            ["posture.declare.1", "case.move.close"],
        ),
        (
            "commander",
            ["posture.declare.1", "posture.declare", "response.record"],
            ["case.move.close", "token.issue"],
        ),
        ("dispatcher", ["case.move.dispatch"], ["case.move.verify", "case.move.close", "alert.judge"]),
        ("verifier", ["case.move.verify"], ["case.move.settle", "case.move.dispatch"]),
        ("auditor", ["journal.read"], ["case.report", "alert.acknowledge", "registry.edit"]),
        (
            "admin",
            ["registry.edit", "token.issue", "person.erase"],
            ["posture.declare.4", "alert.judge", "case.move.file"],
        ),
    ],
)
def test_who_may_what(role, may, may_not):
    assert all(actor(role).may(permission, "/ryh/g2-01/") for permission in may)
    assert not any(actor(role).may(permission, "/ryh/g2-01/") for permission in may_not)
    assert not any(actor(role, "/ryh/g2-01/").may(permission, "/ryh/g2-02/") for permission in may)
