"""Evidence, privacy, the pack, figures of departments."""

import copy
from datetime import timedelta

import pytest
import yaml

from chengyun.cases import actions, pack, queries
from chengyun.cases.files import path_of
from chengyun.cases.models import CaseText, CatalogueVersion, Evidence, Reporter, WorkflowVersion
from chengyun.kernel import clock, sealer
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Invalid, NotFound, TooLarge
from chengyun.kernel.models import JournalEntry
from chengyun.kernel.packs import Pack
from chengyun.kernel.scope import ALL, NOTHING, Scope
from tests.cases.world import RUYIHU, load_catalogue

JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 100
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 20


def test_evidence_is_known_by_its_content(world):
    case = world.report()
    row = actions.add_evidence(actor=world.at("GS-m"), case_id=case.pk, kind="photo_before", content=JPEG)
    assert row.media_type == "image/jpeg" and path_of(row.sha256).read_bytes() == JPEG
    for kind, content, error in [
        ("photo_before", b"<svg onload=alert(1)>", Invalid),
        ("photo_before", b"MZ\x90\x00", Invalid),
        ("document", JPEG, Invalid),
        ("photo_before", b"", Invalid),
        ("selfie", JPEG, Invalid),
        ("photo_before", JPEG + b"\0" * (10 * 1024 * 1024), TooLarge),
    ]:
        with pytest.raises(error):
            actions.add_evidence(actor=world.at("GS-m"), case_id=case.pk, kind=kind, content=content)
    assert Evidence.objects.count() == 1
    path_of(row.sha256).unlink()
    assert any(row.ref in fault for fault in queries.faults())


def test_evidence_the_condition_asks_for(world):
    case = world.through(world.report(kind="manhole", condition="missing"), "handle", dept="DEPT-sw")
    with pytest.raises(Invalid) as refused:
        world.move(case, "settle", "DEPT-sw")
    assert refused.value.code == "evidence_needed"
    actions.add_evidence(actor=world.at("DEPT-sw"), case_id=case.pk, kind="photo_after", content=PNG)
    assert world.move(case, "settle", "DEPT-sw").state == "settled"


def test_a_file_leaves_only_through_the_permission_check(world):
    case = world.report()
    row = actions.add_evidence(actor=world.at("GS-m"), case_id=case.pk, kind="photo_before", content=JPEG)
    assert queries.evidence_file(ALL, row.ref)[1].read_bytes() == JPEG
    elsewhere = Scope(paths=("/r/b/",), classes=frozenset({"open"}))
    for viewer in (NOTHING, elsewhere, None):
        with pytest.raises(NotFound):
            queries.evidence_file(viewer, row.ref)


def test_sensitive_cases_are_not_there_for_who_is_not_cleared(world):
    case = world.report(kind="missing-person", condition="child")
    viewer = Scope(paths=("/r/",), classes=frozenset({"open"}))
    assert (
        case.klass == "sensitive" and not queries.cases(viewer).exists() and queries.cases(ALL).count() == 1
    )
    assert queries.board(viewer)["open"] == 0 and queries.board(ALL)["open"] == 1
    entry = JournalEntry.objects.get(kind="case.reported")
    assert entry.klass == "sensitive"


def test_erasing_a_reporter_leaves_the_chain_whole(world):
    case = world.report(description="门前噪声，我住 3 楼", reporter={"name": "张三", "phone": "13800000000"})
    row = Reporter.objects.get()
    assert row.name == "张三"
    journal = " ".join(JournalEntry.objects.values_list("payload_text", flat=True))
    assert (
        not {"张三", "13800000000", "3 楼"} & set(journal.split())
        and "张三" not in journal
        and "噪声" not in journal
    )
    keeper = system("privacy")
    assert actions.erase_reporter(actor=keeper, ref=row.ref) == 1
    assert actions.erase_reporter(actor=keeper, ref=row.ref) == 0
    row.refresh_from_db()
    assert (row.name, row.phone, row.salt) == ("", "", "")
    photo = actions.add_evidence(actor=world.at("GS-m"), case_id=case.pk, kind="photo_before", content=JPEG)
    assert actions.erase_texts(actor=keeper, case_id=case.pk) == 2
    assert not path_of(photo.sha256).exists() and CaseText.objects.get().text == ""
    sealer.seal_pending()
    assert sealer.check().ok and queries.faults() == []


def test_loading_twice_changes_nothing(world):
    before = (CatalogueVersion.objects.count(), WorkflowVersion.objects.count(), JournalEntry.objects.count())
    load_catalogue()
    assert before == (
        CatalogueVersion.objects.count(),
        WorkflowVersion.objects.count(),
        JournalEntry.objects.count(),
    )


def test_a_changed_catalogue_is_a_new_version_and_running_cases_keep_theirs(world, tmp_path):
    case = world.move(world.report(), "file", "DUTY")
    body = yaml.safe_load((RUYIHU / "catalogue.yaml").read_text())
    noise = next(kind for kind in body["kinds"] if kind["code"] == "noise")
    noise["conditions"][0]["limit"] = [5, "urgent_hour"]
    body["version"] = "2023-2"
    write_pack(tmp_path, body)
    found = Pack(tmp_path)
    actions.load_cases(actor=system("init"), data=pack.read(found))
    found.check()
    other = world.through(world.report(), "dispatch")
    case = world.move(case, "dispatch", "DISP")
    assert case.due_at == clock.now() + timedelta(hours=2) and other.due_at == clock.now() + timedelta(
        hours=5
    )


def write_pack(folder, catalogue, routing=None, calendar=None):
    (folder / "catalogue.yaml").write_text(yaml.safe_dump(catalogue, allow_unicode=True))
    for name, value in (("routing.yaml", routing), ("calendar.yaml", calendar)):
        if value is not None:
            (folder / name).write_text(yaml.safe_dump(value, allow_unicode=True))


GOOD = {
    "version": "1", "valid_from": "2023-01-01",
    "kinds": [{"code": "a", "name": ["甲", "A"], "conditions": [
        {"code": "x", "filing": ["立", "f"], "closing": ["结", "c"], "limit": [1, "work_day"]}]}],
}  # fmt: skip


def kind(**change):
    body = copy.deepcopy(GOOD)
    body["kinds"][0] |= change
    return body


BAD = {
    "unit": (lambda b: b["kinds"][0]["conditions"][0].update(limit=[1, "moon"]), None, "limit"),
    "no conditions": (lambda b: b["kinds"][0].update(conditions=[]), None, "conditions"),
    "twice": (lambda b: b["kinds"].append(b["kinds"][0]), None, "twice"),
    "unknown field": (lambda b: b["kinds"][0].update(colour="red"), None, "colour"),
    "unknown evidence": (lambda b: b["kinds"][0]["conditions"][0].update(evidence=["selfie"]), None, "selfie"),
    "unknown check": (lambda b: b["kinds"][0]["conditions"][0].update(filing_checks=["magic"]), None, "magic"),
    "unknown workflow": (lambda b: b["kinds"][0].update(workflow="magic"), None, "magic"),
    "unknown policy": (lambda b: b["kinds"][0].update(policy="magic"), None, "magic"),
    "three extensions": (lambda b: b.update(extensions=3), None, "extensions"),
    "rungs": (lambda b: b.update(rungs=[1, 0]), None, "rungs"),
    "stage": (lambda b: b.update(stage_limits={"magic": [1, "minute"]}), None, "magic"),
    "repair": (lambda b: b.update(repair_kind="magic"), None, "repair_kind"),
    "route to nowhere": (lambda b: None, {"designated": [{"kinds": ["a"]}]}, "exactly one"),
    "route of no kind": (lambda b: None, {"designated": [{"kinds": ["z"], "post": "P"}]}, "no kind z"),
    "first asked of no kind": (lambda b: None, {"first_asked": ["z"]}, "no kind z"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_a_faulty_file_is_refused_with_file_feature_and_field(tmp_path, name):
    breaks, routing, said = BAD[name]
    body = copy.deepcopy(GOOD)
    breaks(body)
    write_pack(tmp_path, body, routing)
    found = Pack(tmp_path)
    pack.read(found)
    assert found.problems and any(said in str(problem) for problem in found.problems), found.problems


@pytest.mark.parametrize(
    "name",
    [
        ["群发性事件", "Something"], ["上访", "Petition"], ["邪教宣传", "x"], ["流浪乞讨", "x"], ["甲", "Group incident"],
        ["甲", "Vagrancy"], ["甲", "Cult"], ["聚众", "x"], ["舆情处置", "x"], ["非法集会", "x"], ["甲", "Protest march"],
    ],
)  # fmt: skip
def test_what_is_never_built_is_never_a_kind(tmp_path, name):
    write_pack(tmp_path, kind(name=name))
    found = Pack(tmp_path)
    pack.read(found)
    assert any("out of scope" in problem.reason for problem in found.problems)


def test_the_sample_catalogue_keeps_to_its_scope():
    from chengyun.cases.logic.catalogue import out_of_scope

    found = Pack(RUYIHU)
    data = pack.read(found)
    assert found.problems == [] and len(data.catalogue.kinds) >= 25
    for one in data.catalogue.kinds:
        assert out_of_scope(one.code, *one.name) is None
    assert out_of_scope("Section of a pipe", "Agriculture", "Crowd too dense") is None


def test_figures_of_departments_have_numerator_and_denominator(world):
    since = clock.now()
    on_time = world.through(world.report(), "close")
    late = world.through(world.report(), "sign_for", dept="DEPT-sw")
    world.pass_time(hours=3)
    world.move(late, "settle", "DEPT-sw")
    world.move(late, "fail_verification", "VERIFY", reason="未修好")
    world.move(late, "settle", "DEPT-sw")
    world.move(late, "post_fix_check", "VERIFY")
    world.move(late, "close", "LEAD")
    world.move(world.through(world.report(), "dispatch"), "void", "DUTY", reason="x")
    found = {
        row["department"]: {rate["code"]: (rate["numerator"], rate["denominator"]) for rate in row["rates"]}
        for row in queries.departments(ALL, since, clock.now() + timedelta(days=1))
    }
    assert found["cg"]["on_time"] == (1, 1) and found["sw"]["on_time"] == (0, 1)
    assert found["sw"]["rework"] == (1, 1) and found["cg"]["rework"] == (0, 1)
    assert set(found) == {"cg", "sw"} and on_time.state == "closed"
    assert queries.Rate("x", 0, 0).value is None
    assert queries.departments(NOTHING, since, clock.now()) == []


def test_no_figure_is_of_a_person():
    """Nothing that is counted is grouped by who did it: not by actor, signer, asker, nor by the person behind a post."""
    import ast
    from pathlib import Path

    folder = Path(pack.__file__).parent
    personal = {
        "actor",
        "by",
        "asked_by",
        "reviewed_by",
        "decided_by",
        "issuer",
        "first_by",
        "second_by",
        "reporter",
        "staff",
    }
    for path in [*folder.rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if node.func.attr in ("annotate", "aggregate"):
                below = node.func.value
                while isinstance(below, ast.Call) and isinstance(below.func, ast.Attribute):
                    if below.func.attr in ("values", "values_list"):
                        named = {a.value for a in below.args if isinstance(a, ast.Constant)}
                        named |= {
                            k.value.args[0].value for k in below.keywords if isinstance(k.value, ast.Call)
                        }
                        assert not {part for name in named for part in str(name).split("__")} & personal, path
                    below = below.func.value


def test_a_rule_for_a_place_that_is_not_there_holds_nowhere(world):
    """The sample's 1-3-5 rule speaks of d-02, which the small district lacks."""
    from chengyun.cases.models import Clock

    case = world.through(world.report(kind="noise"), "dispatch")
    assert not Clock.objects.filter(case=case, name="respond").exists()
