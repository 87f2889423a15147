"""Workflows as data: what is refused, and that every guard says why and what to do."""

import copy
from datetime import UTC, datetime, timedelta

import pytest

from chengyun.cases import pack
from chengyun.cases.logic import definition
from chengyun.cases.logic.definition import WorkflowFault, parse
from chengyun.cases.logic.guards import GUARDS, Facts, Refusal
from chengyun.cases.logic.workflow import decide
from chengyun.people import roles

NOW = datetime(2024, 1, 2, 9, 0, tzinfo=UTC)


@pytest.fixture
def body():
    return copy.deepcopy(pack.shipped_workflows()["standard"])


@pytest.fixture
def standard(body):
    return parse(body)


BREAKS = {
    "state nowhere": (lambda b: b["verbs"]["file"].update(to="nowhere"), "verb file"),
    "unknown guard": (lambda b: b["verbs"]["close"].update(guards=["magic"]), "guard 'magic'"),
    "unknown effect": (lambda b: b["verbs"]["close"].update(effects=["magic"]), "effect 'magic'"),
    "unknown clock": (lambda b: b["verbs"]["dispatch"].update(starts=["magic"]), "clock 'magic'"),
    "no type": (lambda b: b["states"]["filed"].pop("type"), "state filed"),
    "no holder": (lambda b: b["states"]["filed"].pop("holder"), "state filed"),
    "dead end": (lambda b: [b["verbs"].pop(v) for v in ("resume", "force_close")], "state suspended"),
    "unreachable": (lambda b: b["states"].update(lost={"type": "closed"}), "state lost: no verb leads here"),
    "bad limit": (lambda b: b["clocks"]["acceptance"].update(limit=[15, "moons"]), "clock acceptance"),
    "bad direction": (lambda b: b["verbs"]["file"].update(direction="sideways"), "direction"),
    "forward after a return": (
        lambda b: b["verbs"]["close"].update({"from": ["verified", "returned"]}),
        "leads forward from returned",
    ),
    "no initial": (lambda b: b.update(initial="x"), "initial"),
}  # fmt: skip


@pytest.mark.parametrize("name", BREAKS)
def test_a_faulty_definition_is_refused_and_named(body, name):
    breaks, said = BREAKS[name]
    breaks(body)
    with pytest.raises(WorkflowFault) as fault:
        parse(body, file="mine.yaml")
    assert said in str(fault.value) and "mine.yaml: " in str(fault.value)


def test_what_no_definition_can_leave_out(body):
    for verb in body["verbs"].values():
        verb["guards"] = [
            name for name in verb.get("guards", ()) if name not in ("person", "not_fixer", "sensor_agrees")
        ]
    bare = parse(body)
    for name in ("post_fix_check", "close", "force_close"):
        assert {"person", "not_fixer", "other_organisation"} <= set(bare.verbs[name].guards)
    for name in ("close", "force_close"):
        assert "sensor_agrees" in bare.verbs[name].guards
    assert "not_fixer" in bare.verbs["void"].guards and "not_fixer" not in bare.verbs["settle"].guards
    shipped = parse(pack.shipped_workflows()["standard"])
    assert "not_fixer" not in shipped.verbs["dispatch"].guards + shipped.verbs["sign_for"].guards


def test_every_permission_exists_in_the_roles(standard):
    known = {name for role in roles.table().roles.values() for name in role.permissions}
    missing = {verb.permission for verb in standard.verbs.values()} - known - {"case.move.*"}
    # A verb nobody may do is a verb that does not exist.
    wild = any(p in known for p in ("case.move.*", "case.*", "*"))
    assert wild or not missing, missing


def test_every_effect_is_written(standard):
    from chengyun.cases.actions.effects import EFFECTS

    used = {name for verb in standard.verbs.values() for name in verb.effects} - {"split"}
    assert used <= set(EFFECTS) and definition.EFFECTS - {"split"} <= set(EFFECTS)


# For each guard: facts under which it refuses. The rest of the facts would let everything pass.
REFUSES = {
    "person": {"is_system": True},
    "holder": {"holds": False},
    "co_holder": {"co_holds": False},
    "reason": {"reason": "  "},
    "result": {"ok": None},
    "post_named": {"post": None},
    "into_named": {"into": None},
    "checked_if_public": {"public": True, "checked": False},
    "filing_checks": {"filing_checks": ("described", "photo"), "described": False},
    "filed_or_urgent": {"filed": False, "urgent": False},
    "filing_open": {"filed": True},
    "filing_done": {"filed": False},
    "may_return": {"final_owner": True},
    "handler_revoked": {"has_handler": True},
    "not_fixer": {"fixers": frozenset({"p-1"})},
    "other_organisation": {
        "independent": True,
        "organisation": "sw",
        "fixer_organisations": frozenset({"sw"}),
    },
    "fix_evidence": {"evidence_needed": ("photo_after",)},
    "sensor_agrees": {"sensors": {7: "silent"}},
    "second_signer": {"second_signers": frozenset({"p-1"})},
    "co_done": {"open_co": 2},
    "extension_possible": {"extensions": 2, "due_at": NOW + timedelta(hours=1)},
    "extension_waits": {"extension_open": False},
    "extension_reviewed": {"extension_reviewed": False},
    "another_approver": {"extension_by": frozenset({"p-1"})},
    "suspension_possible": {"suspensions": 1},
    "suspension_waits": {"suspension_open": False},
    "main_case_open": {"main_open": False},
    "called_back_if_reported": {"reported_by_person": True},
    "supervision_ended": {"supervised": True},
}


@pytest.mark.parametrize("name", sorted(GUARDS))
def test_each_guard_says_why_and_what_to_do(name):
    from django.utils.translation import override

    refusal = GUARDS[name].check(Facts(NOW, actor="p-1", **{"has_condition": True, **REFUSES[name]}))
    assert isinstance(refusal, Refusal)
    for language in ("zh-hans", "en"):
        with override(language):
            assert len(str(refusal.reason)) > 3 and len(str(refusal.hint)) > 3
    with override("zh-hans"):
        assert any("\u4e00" <= c <= "\u9fff" for c in str(refusal.reason) + str(refusal.hint))


def test_a_refusal_for_the_wrong_state_names_the_right_ones(standard):
    said = decide(standard, "reported", "close", Facts(NOW))
    assert isinstance(said, Refusal) and said.code == "wrong_state" and "待结案" in str(said.hint)


@pytest.mark.parametrize("verb", ["settle", "close", "sign_for", "post_fix_check", "archive", "force_close"])
def test_the_receiver_of_a_return_takes_no_forward_step(standard, verb):
    said = decide(standard, "returned", verb, Facts(NOW))
    assert isinstance(said, Refusal) and said.code == "no_forward_after_return"


def test_the_last_return_goes_to_the_fallback_owner(standard):
    facts = Facts(NOW, holds=True, reason="不归我们", returns=0, max_returns=2)
    assert decide(standard, "signed", "return", facts).to.code == "returned"
    facts.returns = 1
    last = decide(standard, "signed", "return", facts)
    assert last.to.code == "dispatched" and "route_fallback" in last.effects


def test_evidence_from_the_place_and_a_second_signer_stand_against_a_sensor():
    facts = Facts(NOW, actor="p-1", sensors={1: "raised"}, evidence=frozenset({"photo_onsite"}))
    check = GUARDS["sensor_agrees"].check
    assert check(facts).code == "sensor_disagrees"
    for signer in ("p-1", "p-fixer"):
        facts.second_signers, facts.fixers = frozenset({signer}), frozenset({"p-fixer"})
        assert check(facts) is not None
    facts.second_signers = frozenset({"p-2"})
    assert check(facts) is None
    facts.evidence = frozenset()
    assert check(facts) is not None
