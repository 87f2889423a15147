"""Somebody always answers for a post, and it is said why it is them."""

import pytest

from chengyun.district.queries import area as area_of
from chengyun.kernel.errors import NotFound
from chengyun.people import actions, queries
from chengyun.people.models import Post, Staff
from tests.people import small


def ask(post):
    found = queries.accountable(queries.post(post).id)
    return found.post.code, found.staff.pack_ref if found.staff else None, found.reason


def test_who_answers_on_the_afternoon_of_new_years_eve(running):
    on = {post: queries.on_duty(queries.post(post).id).pack_ref for post in ("DUTY", "LEAD", "DISP")}
    assert ask("DISP") == ("DISP", on["DISP"], "on_duty")
    assert ask("CMD") == ("CMD", "n-25", "standing")
    assert ask("FP-1") == ("LEAD", on["LEAD"], "reports_to")
    assert ask("GS-1") == ("DUTY", on["DUTY"], "duty_officer")
    assert ask("GS-0")[2] == "on_duty"


def test_the_skipped_posts_are_named(running):
    found = queries.accountable(queries.post("FP-1").id)
    assert found.skipped == ("FP-1",) and str(found.why)


def test_at_night_the_desk_falls_through(running):
    running.advance(seconds=2 * 3600)
    assert ask("DEPT-sw")[0] == "DUTY" and ask("DEPT-sw")[2] == "reports_to"
    assert ask("GS-0")[2] == "duty_officer"


def test_before_any_roster_there_is_a_duty_officer_standing_by(loaded):
    for post in Post.objects.exclude(code__in=("CMD", "LEAD", "DISP", "DUTY", "FP-1", "DEPT-sw")):
        assert ask(post.code) == ("DUTY", "n-10", "duty_officer")
    assert ask("DUTY") == ("DUTY", "n-10", "standing")
    assert ask("DISP") == ("CMD", "n-25", "reports_to")


def test_one_by_one_and_all_at_once_agree(running):
    many = queries.accountable_many(Post.objects.values_list("id", flat=True))
    for post in Post.objects.all():
        one = queries.accountable(post.id)
        assert (one.post, one.staff, one.reason, one.skipped) == (
            many[post.id].post,
            many[post.id].staff,
            many[post.id].reason,
            many[post.id].skipped,
        )


def test_all_at_once_takes_a_fixed_number_of_queries(running, django_assert_num_queries):
    ids = list(Post.objects.values_list("id", flat=True))
    queries.accountable_many(ids)  # reads the directory of posts once
    with django_assert_num_queries(3):
        queries.accountable_many(ids)


def test_posts_by_place(loaded):
    assert queries.post_for(area_of("m-001"), "grid_staff").code == "GS-0"
    assert queries.post_for(area_of("m-010"), "grid_staff") is None
    assert queries.post_for(area_of("m-010"), "grid_leader").code == "GL-0"
    assert queries.post_for(area_of("m-111"), "shift_leader").code == "LEAD"
    assert queries.post_for(area_of("m-111"), "department_desk", "sw").code == "DEPT-sw"
    assert queries.post_for(area_of("m-111"), "department_desk", "yl") is None
    assert queries.leader(area_of("m-000"), "A").code == "GL-0"
    assert queries.leader(area_of("m-000"), "B").code == "GS-0"
    assert queries.leader(area_of("m-100"), "A") is None
    assert [post.code for post in queries.chain(queries.post("DISP"))] == ["LEAD", "CMD"]
    assert queries.duty_officer(area_of("ring-1")).code == "DUTY"


def test_without_a_district_it_says_what_to_do(db, at):
    from chengyun.district.models import Area

    with pytest.raises(NotFound, match="init"):
        queries.duty_officer(Area(path="/x/"))


def test_verify_finds_nothing_wrong_and_then_something(running):
    assert queries.faults() == []
    person = Staff.objects.get(pack_ref="n-25")
    actions.save_post(small.TEST, code="CMD", standing=None)
    assert queries.faults() == []
    assert person.state == "active"
