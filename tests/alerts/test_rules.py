"""Rules as data: versions, faults that stay visible, several processes that take turns, trying a rule out."""

import contextlib

import pytest
import yaml

from chengyun.alerts import actions, facts, runtime
from chengyun.alerts.logic.trial import Seen
from chengyun.alerts.models import Rule, RuleVersion
from chengyun.alerts.pack import AlertsData
from chengyun.alerts.trial import rules_test
from chengyun.kernel.actor import system
from chengyun.kernel.errors import NotAllowed
from chengyun.kernel.models import JournalEntry
from tests.alerts.conftest import RULES, rule

pytestmark = pytest.mark.django_db
ADMIN = system("admin")


def test_an_edit_is_a_version_and_judges_from_the_next_reading(world):
    world.send(w1=0.1)
    actions.set_rule(actor=ADMIN, body=rule("leak", levels={4: 0.05}))
    world.send(w1=0.1, at=world.after(seconds=1))
    assert world.open() == ["leak 4 unacknowledged"]
    assert (world.alert("leak").version.number, world.entry("rule.changed").payload["before"]) == (2, 1)


def test_the_same_content_again_changes_nothing(world):
    before = JournalEntry.objects.count()
    actions.set_rule(actor=ADMIN, body=rule("leak"))
    assert RuleVersion.objects.filter(rule__code="leak").count() == 1
    assert JournalEntry.objects.count() == before


def test_an_invalid_edit_stays_visible_and_the_last_valid_version_goes_on(world):
    row = actions.set_rule(actor=ADMIN, body=rule("leak", levels={1: 0.1, 2: 0.5}))
    assert "Version 1 goes on judging" in row.problem and "order the thresholds" in row.problem
    assert not row.versions.get(number=2).valid
    assert world.entry("rule.refused").payload["judging"] == 1
    world.send(w1=0.3)
    assert world.open() == ["leak 2 unacknowledged"]
    # Loading a rule that changes elsewhere does not wipe the reason away.
    actions.set_rule(actor=ADMIN, body=rule("parked", levels={3: 1}))
    assert "goes on judging" in Rule.objects.get(code="leak").problem
    actions.set_rule(actor=ADMIN, body=rule("leak", levels={2: 0.5}))
    assert Rule.objects.get(code="leak").problem == ""


def test_a_new_rule_that_is_invalid_says_that_it_judges_nothing(world):
    row = actions.set_rule(actor=ADMIN, body={"code": "new-one", "when": "threshold"})
    assert row.current is None and "judges nothing" in row.problem


def test_a_rule_that_selects_nothing_says_so(world):
    actions.set_rule(actor=ADMIN, body=rule("leak", select={"quantity": "rain_rate"}))
    assert "selects no datastream" in Rule.objects.get(code="leak").problem


def test_a_density_without_measured_ground_says_so(world):
    actions.set_rule(actor=ADMIN, body=rule("zone-high", per="area_m2"))
    assert "has no area_m2" in Rule.objects.get(code="zone-high").problem


def test_a_stored_version_this_release_does_not_understand_gives_way_to_the_one_before(world):
    from chengyun.kernel.transaction import write

    actions.set_rule(actor=ADMIN, body=rule("leak", levels={4: 0.05}))
    with write():
        RuleVersion.objects.filter(rule__code="leak", number=2).update(body={"code": "leak", "when": "magic"})
    runtime.forget()
    world.send(w1=0.2)
    assert world.alert("leak").version.number == 1


def test_loading_the_pack_again_keeps_what_was_edited_since(world):
    actions.set_rule(actor=ADMIN, body=rule("leak", levels={4: 0.05}))
    actions.load_alerts(actor=ADMIN, data=AlertsData(yaml.safe_load(RULES)))
    assert Rule.objects.get(code="leak").current.number == 2
    actions.load_alerts(
        actor=ADMIN, data=AlertsData([r for r in yaml.safe_load(RULES) if r["code"] != "leak"])
    )
    assert Rule.objects.get(code="leak").retired
    world.send(w1=0.9)
    assert world.open() == []


def test_not_everybody_edits_rules(world):
    with pytest.raises(NotAllowed):
        actions.set_rule(actor=world.at("DUTY"), body=rule("leak"))


class Processes:
    """Two processes that take turns at ingest: each keeps its own memory."""

    def __init__(self):
        self.kept = {"A": None, "B": None}

    @contextlib.contextmanager
    def __call__(self, name):
        runtime._runtime = self.kept[name]
        try:
            yield
        finally:
            self.kept[name] = runtime._runtime
            runtime._runtime = None


@pytest.fixture
def process(world):
    return Processes()


def test_a_total_adds_up_over_processes(world, process):
    for name, values in (
        ("A", {"c1": 50}),
        ("B", {"c2": 50}),
        ("A", {"c3": 50}),
        ("B", {"c1": 120}),
        ("A", {"c2": 150}),
    ):
        with process(name):
            world.send(**values)
        world.pass_time(seconds=1)
    assert world.alert("crowd-total").measure == 320


def test_a_for_begun_in_one_process_ends_in_the_other(world, process):
    with process("B"):
        world.send(c1=1, c2=1, c3=1)
    with process("A"):
        world.send(c1=120, at=world.after(seconds=1))
    world.clock.advance(seconds=60)
    with process("B"):
        world.send(c1=1)
    with process("A"):
        world.pass_time(seconds=300)
        assert world.open(but="counter-silent") == []


def test_a_level_reached_in_one_process_is_not_raised_again_by_the_other(world, process):
    for n, name in enumerate("ABAB"):
        with process(name):
            world.send(w1=0.2, at=world.after(seconds=n))
    assert world.kinds() == ["opened leak"] and world.alert("leak").count == 1
    with process("B"):
        world.send(w1=0.0, at=world.after(seconds=9))
    with process("A"):
        world.send(w1=0.2, at=world.after(seconds=10))
    assert world.kinds() == ["opened leak", "cleared leak", "reopened leak"]


def test_a_count_window_is_read_back_after_a_restart_without_counting_twice(world):
    body = rule("parked", when="count", window="10m", value=1, levels={4: 3})
    actions.set_rule(actor=ADMIN, body=body)
    for n in range(2):
        world.send(p1=1, at=world.after(seconds=n))
        runtime.forget()
    assert world.open() == []
    world.send(p1=1, at=world.after(seconds=5))
    assert world.alert("parked").measure == 3


def test_trying_a_rule_out_touches_nothing_and_explains(world, tmp_path):
    (tmp_path / "try.yaml").write_text(yaml.safe_dump({"rules": [
        rule("leak", code="try-1"), rule("leak", code="try-2", levels={1: 1, 2: 2}), rule("gateway"),
    ]}))  # fmt: skip
    streams = facts.streams()
    key = next(s.key for s in streams if s.code == "w1.depth")
    seen = [Seen(key, n * 300_000, v, n * 300_000 + 1000) for n, v in enumerate([0.1, 0.2, 0.3, 0.1])]
    before = JournalEntry.objects.count()
    tried = rules_test(tmp_path / "try.yaml", seen, streams)
    assert tried.rules == ["try-1"] and len(tried.problems) == 2
    (episode,) = tried.episodes
    assert (episode["subject"], episode["level"], episode["opened"][11:16]) == (
        "datastream:w1.depth",
        2,
        "00:05",
    )
    assert "opens at level 4, measure 0.2: w1.depth=0.2 at 00:05:00" in "\n".join(tried.lines())
    assert JournalEntry.objects.count() == before
