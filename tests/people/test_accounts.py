"""Who may see and do what; tokens, passwords, throttling, erasure."""

from datetime import timedelta

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.test import Client

from chengyun.kernel import clock, sealer
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed
from chengyun.kernel.models import JournalEntry
from chengyun.people import actions, actors, queries
from chengyun.people.models import Duty, LoginFailures, Post, RoleGrant, Shift, SourceToken, Staff
from tests.people import small

BACKEND = "chengyun.people.backends.ThrottledBackend"


@pytest.fixture(autouse=True)
def cheap(settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.AUTHENTICATION_BACKENDS = [BACKEND]


@pytest.fixture
def real(monkeypatch):
    """The machine's clock, in the hands of the test."""
    now = [clock.wall()]
    monkeypatch.setattr(clock, "wall", lambda: now[0])
    return now


def user(name):
    return get_user_model().objects.get(username=name)


def signed_in(name):
    client = Client()
    client.force_login(user(name), backend=BACKEND)
    return client


def person(hint):
    return Staff.objects.get(pack_ref=hint)


# Scope.


def test_outside_ones_areas_nothing_is_there(running):
    west = user("west")  # grid staff of g2-0
    assert set(queries.posts(west).values_list("code", flat=True)) == {"GL-0", "GS-0", "FP-1"}
    assert not queries.shifts(west).exists()
    assert {row.post.code for row in queries.duties(west)} == {"GS-0"}
    assert set(queries.staff(west).values_list("pack_ref", flat=True)) == {"n-21", "n-27"}
    client = signed_in("west")
    assert client.get("/api/people/posts/GS-1/accountable").status_code == 404
    assert client.get("/api/people/posts/GS-0/accountable").status_code == 200
    assert client.get(f"/api/people/shifts/{Shift.objects.get(state='open').id}").status_code == 404
    codes = [row["post"] for row in client.get("/api/people/on-duty").json()["items"]]
    assert codes == ["FP-1", "GL-0", "GS-0"]


def test_somebody_without_a_role_sees_nothing(running):
    nobody = person("n-29").user
    for rows in (
        queries.posts(nobody),
        queries.shifts(nobody),
        queries.duties(nobody),
        queries.staff(nobody),
    ):
        assert not rows.exists()
    assert actors.of_user(nobody).grants == ()


def test_a_closed_log_in_sees_nothing(running):
    actions.set_active(small.TEST, user_id=user("duty").pk, is_active=False)
    assert not queries.posts(user("duty")).exists() and actors.of_user(user("duty")) == actors.ANONYMOUS


def test_duty_gives_a_role_while_it_lasts(running):
    dispatcher = Duty.objects.get(state="serving", post__code="DISP").staff.user
    assert actors.of_user(dispatcher).may("case.move.dispatch", "/tst/g2-0/")
    assert actors.of_user(dispatcher).post == "DISP"
    actions.substitute(
        small.TEST,
        duty_id=Duty.objects.get(state="serving", post__code="DISP").id,
        staff_ref=person("n-29").ref,
        reason="ill",
    )
    assert not actors.of_user(dispatcher).may("case.move.dispatch", "/tst/g2-0/")
    assert actors.of_user(person("n-29").user).may("case.move.dispatch", "/tst/")


def test_at_a_post_one_has_that_posts_rights_and_no_more(running):
    actor = actors.at_post("DEPT-sw")
    assert actor.roles == {"department"} and actor.organisation == "sw" and not actor.is_system
    assert actor.may("case.move.settle", "/tst/") and not actor.may("case.move.close", "/tst/")


def test_names_only_for_who_may_read_them(running):
    shown = signed_in("west").get("/api/people/posts/GS-0/accountable").json()["staff"]
    assert set(shown) == {"ref"}
    shown = signed_in("keeper").get("/api/people/posts/GS-0/accountable").json()["staff"]
    assert shown["name"] == "示例人员21"


# Roles.


def test_roles_are_granted_taken_back_and_never_to_oneself(running):
    keeper = actors.of_user(user("keeper"))
    other = person("n-29").user
    grant = actions.grant_role(keeper, user_id=other.pk, role="verifier", area="g2-0")
    assert actors.of_user(other).may("case.move.verify", "/tst/g2-0/g3-00/")
    assert not actors.of_user(other).may("case.move.verify", "/tst/g2-1/")
    actions.revoke_role(keeper, grant_id=grant.id)
    assert actors.of_user(other).grants == ()
    with pytest.raises(NotAllowed):
        actions.grant_role(keeper, user_id=user("keeper").pk, role="duty_officer", area="tst")
    with pytest.raises(NotAllowed):
        actions.grant_role(actors.of_user(user("duty")), user_id=other.pk, role="verifier", area="tst")
    with pytest.raises(Invalid):
        actions.grant_role(keeper, user_id=other.pk, role="king", area="tst")


def test_demo_accounts_get_a_password_once(running):
    made = actions.create_demo_accounts(small.TEST)
    assert [name for name, _ in made] == ["audit", "duty", "keeper", "west"]
    assert all(authenticate(None, username=name, password=password) for name, password in made)
    assert actions.create_demo_accounts(small.TEST) == []
    text = "".join(JournalEntry.objects.values_list("payload_text", flat=True))
    assert not any(password in text for _, password in made)


# Tokens.


def test_a_token_is_shown_once_and_only_its_digest_kept(running):
    token = actions.issue_token(small.TEST, source="cnt-gw", expires_at=running.now() + timedelta(days=1))
    assert queries.source_of_token(token) == "cnt-gw" and queries.source_of_token("cy_x") is None
    row = SourceToken.objects.get()
    assert token not in str(row.__dict__)
    running.advance(seconds=86_400)
    assert queries.source_of_token(token) is None
    second = actions.issue_token(small.TEST, source="cnt-gw")
    actions.revoke_token(small.TEST, token_id=SourceToken.objects.latest("id").id)
    assert queries.source_of_token(second) is None
    with pytest.raises(NotAllowed):
        actions.issue_token(actors.of_user(user("duty")), source="x")
    with pytest.raises(Invalid):
        actions.issue_token(small.TEST, source="no spaces")


# The door.


def post_login(client, name, password, **extra):
    body = {"username": name, "password": password}
    return client.post("/api/people/login", body, content_type="application/json", **extra)


def test_too_many_failures_lock_the_name_with_a_clear_answer(running, real):
    password = dict(actions.create_demo_accounts(small.TEST))["duty"]
    client = Client()
    for _ in range(5):
        assert post_login(client, "duty", "wrong").status_code == 403
    answer = post_login(client, "duty", password)
    assert answer.status_code == 429 and "15" in answer.json()["detail"]
    assert post_login(client, "DUTY", password).status_code == 429
    page = client.post("/admin/login/", {"username": "duty", "password": password})
    assert "15 分钟" in page.content.decode()
    real[0] += timedelta(minutes=15)
    assert post_login(client, "duty", password).status_code == 200
    assert client.get("/api/people/me").json()["username"] == "duty"
    locked = JournalEntry.objects.filter(kind="account.locked")
    assert len(locked) == 1 and "duty" not in locked[0].payload_text
    assert "duty" not in str(list(LoginFailures.objects.values()))


def test_an_address_that_tries_many_names_is_locked(running, real):
    client = Client()
    for n in range(20):
        post_login(client, f"guess{n}", "wrong", REMOTE_ADDR="10.0.0.9")
    assert post_login(client, "another", "wrong", REMOTE_ADDR="10.0.0.9").status_code == 429
    assert post_login(client, "another", "wrong", REMOTE_ADDR="10.0.0.8").status_code == 403


def test_the_districts_own_clock_does_not_open_the_door(running, real):
    client = Client()
    for _ in range(5):
        post_login(client, "duty", "wrong")
    running.advance(seconds=86_400)
    assert post_login(client, "duty", "wrong").status_code == 429


def test_a_log_in_needs_the_csrf_token(running, real):
    assert post_login(Client(enforce_csrf_checks=True), "duty", "x").status_code == 403
    assert not LoginFailures.objects.exists()


# Hand-over over HTTP.


def test_a_hand_over_over_http(running):
    running.advance(seconds=3 * 3600 + 1800)
    current = Shift.objects.get(state="open")
    out = Duty.objects.get(shift=current, post__code="DUTY").staff.user
    into = Duty.objects.get(shift=queries.next_shift(current), post__code="DUTY").staff.user
    one, two, other = Client(), Client(), Client()
    one.force_login(out, backend=BACKEND)
    two.force_login(into, backend=BACKEND)
    other.force_login(person("n-29").user, backend=BACKEND)
    url = f"/api/people/shifts/{current.id}/hand-over"
    once = {"content_type": "application/json", "headers": {"Idempotency-Key": "k1"}}
    drafted = one.post(url, {"remarks": "平安"}, **once)
    assert drafted.status_code == 200
    assert one.post(url, {"remarks": "平安"}, **once).json() == drafted.json()
    row = f"/api/people/hand-overs/{drafted.json()['id']}"
    assert other.get(row).status_code == 404
    seen = two.get(row).json()
    assert seen["digest"] == drafted.json()["digest"] and seen["remarks"] == "平安"
    sign = {"digest": seen["digest"]}
    assert (
        other.post(f"{row}/sign", {"side": "in", **sign}, content_type="application/json").status_code == 403
    )
    assert (
        one.post(f"{row}/sign", {"side": "out", **sign}, content_type="application/json").json()["state"]
        == "drafted"
    )
    assert (
        two.post(f"{row}/sign", {"side": "in", **sign}, content_type="application/json").json()["state"]
        == "done"
    )
    assert two.get("/api/people/me").json()["post"] == "DUTY"
    assert [p["post"] for p in two.get("/api/people/me/posts").json() if p["state"] == "serving"] == ["DUTY"]


# Erasure.


def test_erasing_leaves_no_trace_of_the_person_and_the_chain_whole(running):
    someone = person("n-28")
    ref, log_in = someone.ref, someone.user_id
    sealer.seal_pending()
    actions.erase_person(small.TEST, ref)
    sealer.seal_pending()
    someone.refresh_from_db()
    assert (someone.ref, someone.name, someone.phone, someone.user, someone.state) == (
        ref,
        "",
        "",
        None,
        "erased",
    )
    assert not get_user_model().objects.filter(pk=log_in).exists()
    assert sealer.check().ok
    assert JournalEntry.objects.get(kind="person.erased").subject == f"staff:{ref}"
    count = JournalEntry.objects.count()
    actions.erase_person(small.TEST, ref)
    assert JournalEntry.objects.count() == count
    with pytest.raises(Conflict):
        actions.save_staff(small.TEST, ref=ref, name="又来了")


def test_who_is_on_duty_is_replaced_before_being_erased(running, folder):
    serving = Duty.objects.get(state="serving", post__code="DUTY").staff
    with pytest.raises(Conflict) as refused:
        actions.erase_person(small.TEST, serving.ref)
    assert refused.value.field == "substitute_ref"
    actions.erase_person(small.TEST, serving.ref, substitute_ref=person("n-29").ref)
    assert queries.on_duty(queries.post("DUTY").id).pack_ref == "n-29"
    assert queries.faults() == []
    assert not Duty.objects.filter(staff=serving).exclude(state="ended").exists()
    # The folder still names the person; whoever took their place keeps it.
    small.load(folder)
    assert queries.post("DUTY").standing.state == "active"
    with pytest.raises(NotAllowed):
        actions.erase_person(actors.of_user(user("audit")), person("n-20").ref)


# The admin.

PAGES = [
    "staff",
    "post",
    "department",
    "arealeader",
    "dutypattern",
    "shift",
    "duty",
    "handover",
    "rolegrant",
    "sourcetoken",
]


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("page", PAGES)
def test_every_registry_opens_in_both_languages(running, page, language):
    client = signed_in("keeper")
    headers = {"Accept-Language": language}
    assert client.get(f"/admin/people/{page}/", headers=headers).status_code == 200
    if page not in ("shift", "duty", "handover"):
        assert client.get(f"/admin/people/{page}/add/", headers=headers).status_code == 200


def test_the_admin_writes_through_actions(running):
    client = signed_in("keeper")
    before = JournalEntry.objects.count()
    body = {"code": "yl", "name_zh": "园林", "name_en": "Parks", "kind": "department"}
    assert client.post("/admin/people/department/add/", body).status_code == 302
    post = queries.post("GS-1")
    form = {
        "kind": "grid_staff",
        "name_zh": "新名",
        "name_en": "New",
        "area": post.area_id,
        "in_service": "on",
    }
    assert client.post(f"/admin/people/post/{post.id}/change/", form).status_code == 302
    assert Post.objects.get(code="GS-1").name_zh == "新名"
    answer = client.post("/admin/people/sourcetoken/add/", {"source": "gw-1"}, follow=True)
    assert "cy_" in answer.content.decode()
    grant = {"user": person("n-29").user_id, "role": "verifier", "area": post.area_id}
    assert client.post("/admin/people/rolegrant/add/", grant).status_code == 302
    assert RoleGrant.objects.filter(role="verifier").count() == 1
    kinds = list(JournalEntry.objects.filter(id__gt=before).order_by("id").values_list("kind", flat=True))
    assert kinds[-4:] == ["department.changed", "post.changed", "token.issued", "role.granted"]
    erase = {"name": "x", "state": "active", "erase": "on"}
    assert client.post(f"/admin/people/staff/{person('n-28').id}/change/", erase).status_code == 302
    assert person("n-28").state == "erased"


def test_a_refused_edit_says_why_and_changes_nothing(running):
    client = signed_in("keeper")
    lead, duty = queries.post("LEAD"), queries.post("DUTY")
    form = {
        "kind": "shift_leader",
        "name_zh": "值班长",
        "name_en": "Shift leader",
        "area": lead.area_id,
        "reports_to": duty.id,
        "in_service": "on",
    }
    answer = client.post(f"/admin/people/post/{lead.id}/change/", form, follow=True)
    assert "循环" in answer.content.decode() or "circle" in answer.content.decode()
    assert queries.post("LEAD").reports_to.code == "CMD"


def test_who_may_not_edit_gets_no_form(running):
    client = signed_in("audit")
    assert client.get("/admin/people/post/").status_code == 200
    assert client.get("/admin/people/post/add/").status_code == 403
    assert client.get("/admin/people/staff/").status_code == 403
    assert client.get("/admin/people/sourcetoken/").status_code == 403
