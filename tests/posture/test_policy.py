"""The policy as versions: edited in the admin, refused by line and field, valid from its moment; parts of a district."""

from __future__ import annotations

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from chengyun.district.models import Area, OverlayGrid
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Conflict, Invalid, NotAllowed
from chengyun.kernel.models import JournalEntry, Timer
from chengyun.kernel.transaction import write
from chengyun.people.models import RoleGrant, Staff
from chengyun.posture import actions, queries
from chengyun.posture.models import Policy
from tests.posture.conftest import RUYIHU, World, area

ADMIN = system("admin")
PATROL = "      patrol: {every_minutes: 480}            # 建议值"


def text() -> str:
    return (RUYIHU / "posture.yaml").read_text("utf-8")


def edited(minutes: int) -> str:
    assert PATROL in text()
    return text().replace(PATROL, f"      patrol: {{every_minutes: {minutes}}}   # 会商确定")


def patrol(world: World) -> int:
    return int(queries.effective(world.root).patrol["every_minutes"])


def test_an_edit_is_a_new_version_and_keeps_the_words_it_was_written_in(world: World) -> None:
    row = actions.set_policy(actor=ADMIN, text=edited(300))
    assert (row.number, row.active, patrol(world)) == (2, True, 300)
    assert "会商确定" in Policy.objects.get(active=True).text
    assert actions.set_policy(actor=ADMIN, text=edited(300)).number == 2
    entry = JournalEntry.objects.filter(kind="posture.policy_loaded").latest("id")
    assert (entry.payload["version"], entry.payload["previous"]) == (2, 1)
    assert queries.faults() == []


def test_a_bad_edit_is_refused_by_line_and_field_and_the_standing_version_goes_on(world: World) -> None:
    lines = text().split("\n")
    number = next(n for n, line in enumerate(lines) if "factor: 0.67" in line)
    lines[number] = lines[number].replace("0.67", "soon")
    before = JournalEntry.objects.count()
    with pytest.raises(Invalid) as refused:
        actions.set_policy(actor=ADMIN, text="\n".join(lines))
    assert f"line {number + 1} modes.emergency.levels.3.clocks.*: factor" in str(refused.value)
    with pytest.raises(Invalid, match="line 3"):
        actions.set_policy(actor=ADMIN, text="modes:\n  normal:\n   - [")
    with pytest.raises(Invalid, match="there is no post ZZ"):
        actions.set_policy(actor=ADMIN, text=text().replace("copy: [LEAD, CMD-2]", "copy: [LEAD, ZZ]"))
    with pytest.raises(Invalid, match="there is no area nowhere"):
        actions.set_policy(actor=ADMIN, text=text() + "areas: {nowhere: {normal: {}}}\n")
    assert Policy.objects.count() == 1 and JournalEntry.objects.count() == before and patrol(world) == 480


def test_a_version_waits_for_its_moment_or_is_withdrawn(world: World) -> None:
    with pytest.raises(Invalid):
        actions.set_policy(actor=ADMIN, text=edited(300), valid_from=clock.now())
    row = actions.set_policy(actor=ADMIN, text=edited(300), valid_from=world.after(hours=1))
    later = actions.set_policy(actor=ADMIN, text=edited(200), valid_from=world.after(hours=2))
    assert patrol(world) == 480 and queries.faults() == []
    world.pass_time(hours=1)
    assert patrol(world) == 300
    actions.withdraw_policy(actor=ADMIN, number=later.number)
    world.pass_time(hours=2)
    assert patrol(world) == 300
    with pytest.raises(Conflict):
        actions.withdraw_policy(actor=ADMIN, number=row.number)
    actions.set_policy(actor=ADMIN, text=edited(100), valid_from=world.after(hours=1))
    with write():
        Timer.objects.filter(kind="posture.policy").delete()
    assert len(queries.faults()) == 1


def test_only_who_may_edit_edits(world: World) -> None:
    for who in ("CMD", "DUTY"):
        with pytest.raises(NotAllowed):
            actions.set_policy(actor=world.at(who), text=edited(300))
        with pytest.raises(NotAllowed):
            actions.withdraw_policy(actor=world.at(who), number=1)
    with pytest.raises(NotAllowed):
        actions.set_policy(actor=Actor(ref="source:x"), text=edited(300))


@pytest.fixture
def browser(world: World) -> Client:
    with write():
        user = get_user_model().objects.create(username="admin", is_staff=True)
        RoleGrant.objects.create(user=user, role="admin", area=world.root)
        Staff.objects.create(ref="p-admin", state="active", user=user)
    client = Client()
    client.force_login(user)
    return client


def test_the_editor_shows_the_faults_keeps_the_text_and_saves_when_there_are_none(
    world: World, browser: Client
) -> None:
    url = "/admin/posture/policy/add/"
    assert "建议值" in browser.get(url).content.decode()
    bad = edited(300).replace("repeats: 6", "repeats: 600")
    page = browser.post(url, {"text": bad, "from_when_0": "", "from_when_1": ""}).content.decode()
    assert "waits: repeats" in page and "repeats: 600" in page and Policy.objects.count() == 1
    done = browser.post(
        url, {"text": edited(300).replace("\n", "\r\n"), "from_when_0": "", "from_when_1": ""}
    )
    assert done.status_code == 302 and patrol(world) == 300
    assert JournalEntry.objects.filter(kind="posture.policy_loaded").latest("id").actor == "p-admin"
    moment = timezone.localtime(world.after(hours=5))
    when = {"from_when_0": moment.strftime("%Y-%m-%d"), "from_when_1": moment.strftime("%H:%M:%S")}
    first = Policy.objects.get(number=1)
    browser.post(f"/admin/posture/policy/{first.pk}/change/", {"text": first.text, **when})
    waiting = Policy.objects.get(waiting=True)
    assert waiting.number == 3 and patrol(world) == 300
    change = f"/admin/posture/policy/{waiting.pk}/change/"
    assert 'name="withdraw"' in browser.get(change).content.decode()
    browser.post(change, {"text": waiting.text, "withdraw": "on", "from_when_0": "", "from_when_1": ""})
    assert not Policy.objects.filter(waiting=True).exists() and patrol(world) == 300


RING = """
areas:
  ring:
    normal: {policy: {patrol: {every_minutes: 120}}}
    emergency:
      policy: {thresholds: {crowd: {2: 900}}}
  b:
    normal: {policy: {patrol: {every_minutes: 45}}}
"""


def test_a_ring_has_a_policy_of_its_own_on_its_ground_and_a_grid_in_it_another(world: World) -> None:
    with write():
        ring = area("ring", world.root)
        Area.objects.filter(pk=ring.pk).update(kind="ring")
        outside = area("c", world.root)
        for grid in (world.a, world.b):
            OverlayGrid.objects.create(overlay=ring, grid=grid)
    actions.set_policy(actor=ADMIN, text=text() + RING)

    def told(where: Area) -> int:
        return int(queries.effective(where).patrol["every_minutes"])

    ring.refresh_from_db()
    assert [told(where) for where in (world.root, outside, ring, world.a, world.b)] == [
        480,
        480,
        120,
        120,
        45,
    ]
    number, stated = queries.explain(world.b, "patrol")
    assert number == 2
    assert [(row.source, row.value, row.applies) for row in stated] == [
        ("normal", 480, False),
        ("normal@ring", 120, False),
        ("normal@b", 45, True),
    ]
    shown = queries.preview(world.root, "emergency", 3)
    assert [part.area for part in shown.parts] == ["b", "ring"]
    ring_row = next(part for part in shown.parts if part.area == "ring")
    assert ("thresholds.crowd.2", 900.0) in [(row.key, row.after) for row in ring_row.changes]
    world.declare(mode="emergency", level=3)
    assert queries.effective(world.a).thresholds["crowd"]["2"] == 900
    assert "crowd" not in queries.effective(outside).thresholds
    # The ring is drawn anew: what it says then holds on its new ground, for everybody who keeps what is in force.
    before = queries.version()
    with write():
        OverlayGrid.objects.filter(grid=world.a).delete()
    actions.renew()
    assert queries.version() != before and "crowd" not in queries.effective(world.a).thresholds


def test_loading_the_folder_again_leaves_an_edit_alone_until_the_folder_says_something_new(
    world: World,
) -> None:
    from chengyun.kernel.packs import Pack
    from chengyun.posture import pack

    data = pack.read(Pack(RUYIHU))
    assert data is not None
    actions.set_policy(actor=ADMIN, text=edited(300))
    actions.load_posture(actor=system("init"), data=data)
    assert patrol(world) == 300 and Policy.objects.count() == 2
    changed = pack.PolicyFile(
        data.data.model_copy(update={"measures": {**data.data.measures, "more": ("多", "More")}}), data.text
    )
    actions.load_posture(actor=system("init"), data=changed)
    assert patrol(world) == 480 and Policy.objects.get(active=True).number == 3
