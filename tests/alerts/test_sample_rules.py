"""The sample district's own rules are valid, bind to its datastreams, and say which of their figures are suggested."""

import pytest

from chengyun.alerts import actions, facts, pack, runtime
from chengyun.alerts.logic.spec import parse
from chengyun.alerts.models import Rule, RuleVersion
from chengyun.kernel.actor import system
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import Pack, PackRefused
from tests.alerts.conftest import RUYIHU

INIT = system("init")


def specs():
    return [parse(body) for body in pack.read(Pack(RUYIHU)).rules]


def test_every_rule_is_valid_and_says_what_its_figures_rest_on():
    found = Pack(RUYIHU)
    data = pack.read(found)
    assert [p for p in found.problems if p.file.startswith("rules/")] == []
    assert len(data.rules) >= 15 and all(spec.basis for spec in specs())


def test_only_the_reported_threshold_is_not_a_suggestion():
    assert [s.code for s in specs() if not s.suggested] == ["crowd-core-total"]
    assert next(s for s in specs() if s.code == "crowd-core-total").levels[1].set == 50_000


def test_no_camera_rule_opens_a_case_by_itself():
    assert all(s.case is None or s.case.judged for s in specs() if s.camera)


def test_a_wrong_rule_refuses_the_pack_with_file_rule_and_field(tmp_path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "mine.yaml").write_text(
        "rules:\n- {code: x-1, name: {zh: 一, en: one}, when: threshold, select: {quantity: q}, levels: {1: 5}, for: soon}\n"
        "- {code: x-2, name: {zh: 二, en: two}, when: total, select: {quantity: q}, over: {area: mars}, levels: {1: 5}}\n"
    )
    found = Pack(tmp_path)
    pack.read(found)
    with pytest.raises(PackRefused) as refused:
        found.check()
    said = [str(p) for p in refused.value.problems if p.file == "rules/mine.yaml"]
    assert any(line.startswith("rules/mine.yaml: x-1: for: ") for line in said), said
    assert "rules/mine.yaml: x-2: over.area: there is no area mars" in said


@pytest.mark.django_db
def test_the_whole_pack_binds_to_the_sample_district(at):
    pytest.importorskip("chengyun.signals.pack")
    from chengyun.district import actions as district
    from chengyun.district import pack as district_pack
    from chengyun.signals import actions as signals
    from chengyun.signals import pack as signals_pack

    runtime.forget()
    found = Pack(RUYIHU)
    area_data, stream_data, rule_data = district_pack.read(found), signals_pack.read(found), pack.read(found)
    found.check()
    district.load_district(actor=INIT, data=area_data)
    signals.load_signals(actor=INIT, data=stream_data)
    actions.load_alerts(actor=INIT, data=rule_data)
    streams = facts.streams()
    bound = {
        info.code: list(runtime.bounds_of(info, streams))
        for info in runtime.rules().values()
        if not Rule.objects.get(code=info.code).problem
    }
    assert [len(b.members) for b in bound["crowd-core-total"]] == [30]
    assert len(bound["crowd-zone-density"]) == 30 and len(bound["parking-full"]) == 3
    assert bound["crowd-zone-density"][0].scale == 4200
    # What no datastream in service feeds says so, instead of pretending to judge.
    assert "Judges nothing" in Rule.objects.get(code="ponding-depth").problem

    entries, versions = JournalEntry.objects.count(), RuleVersion.objects.count()
    actions.load_alerts(actor=INIT, data=rule_data)
    assert (JournalEntry.objects.count(), RuleVersion.objects.count()) == (entries, versions)
