"""Before a case is settled, verified, closed, archived."""

from __future__ import annotations

from collections.abc import Mapping

from chengyun.cases.logic.guards.base import CO, EVIDENCE, FIX, SENSORS, SUPERVISION, Facts, Refusal, guard
from chengyun.kernel.i18n import T


@guard("not_fixer", FIX)
def _not_fixer(f: Facts) -> Refusal | None:
    if f.actor not in f.fixers:
        return None
    return Refusal(
        "fixer_cannot_verify",
        T("处置人不能核查或结案自己的案件", "Who settled a case neither verifies nor closes it"),
        T("请由他人核查。", "Have somebody else do it."),
    )


@guard("other_organisation", FIX)
def _other_organisation(f: Facts) -> Refusal | None:
    if not f.independent or f.organisation is None or f.organisation not in f.fixer_organisations:
        return None
    return Refusal(
        "same_organisation",
        T(
            "此类案件须由处置单位以外的单位核查",
            "This kind is verified by another organisation than the one that settled it",
        ),
        T("请交其他单位核查。", "Have another organisation verify it."),
    )


@guard("fix_evidence", EVIDENCE)
def _fix_evidence(f: Facts) -> Refusal | None:
    missing = [kind for kind in f.evidence_needed if kind not in f.evidence]
    if not missing:
        return None
    return Refusal(
        "evidence_needed",
        T(
            f"结案条件要求的凭证尚缺：{'、'.join(missing)}",
            f"The closing condition asks for: {', '.join(missing)}",
        ),
        T("请先上传凭证。", "Upload it first."),
        "evidence",
    )


@guard("sensor_agrees", SENSORS)
def _sensor_agrees(f: Facts) -> Refusal | None:
    if not disagreeing(f.sensors):
        return None
    others = f.second_signers - {f.actor} - f.fixers
    if "photo_onsite" in f.evidence and others:
        return None
    said = {state for state in f.sensors.values() if state != "clear"}
    raised = "raised" in said
    return Refusal(
        "sensor_disagrees" if raised else "sensor_silent",
        T("传感器仍在报警", "The sensor still disagrees")
        if raised
        else T("传感器没有数据，不能当作正常", "The sensor says nothing, and no data is not normal"),
        T(
            "待其恢复；或上传现场凭证（photo_onsite）并由第二人签字（second_sign），系统将自动生成维修案件。",
            "Wait until it clears; or add on-site evidence (photo_onsite) and a second signer (second_sign): a repair case "
            "then follows by itself.",
        ),
    )


def disagreeing(sensors: Mapping[int, str]) -> list[int]:
    """The alerts whose sensors do not agree that all is well: raised, silent or unknown."""
    return sorted(alert for alert, state in sensors.items() if state != "clear")


@guard("second_signer", FIX)
def _second_signer(f: Facts) -> Refusal | None:
    if f.second_signers - {f.actor} - f.fixers:
        return None
    return Refusal(
        "second_signer_needed",
        T("须有第二人签字", "A second person has to sign"),
        T("请另一名有权人员执行 second_sign。", "Have another person with that right do second_sign."),
    )


@guard("co_done", CO)
def _co_done(f: Facts) -> Refusal | None:
    if not f.open_co:
        return None
    return Refusal(
        "co_handlers_open",
        T(f"还有 {f.open_co} 个协办单位未反馈", f"{f.open_co} co-handlers have not reported yet"),
        T("请协办单位先反馈（co_settle）。", "They report first (co_settle)."),
    )


@guard("called_back_if_reported")
def _called_back(f: Facts) -> Refusal | None:
    if f.called_back or not f.reported_by_person:
        return None
    return Refusal(
        "call_back_first",
        T("有上报人的案件须先回访", "A person reported it: call them back first"),
        T("先执行 call_back。", "Do call_back first."),
    )


@guard("supervision_ended", SUPERVISION)
def _supervision(f: Facts) -> Refusal | None:
    if not f.supervised:
        return None
    return Refusal(
        "under_supervision",
        T("督办尚未解除", "It is under supervision"),
        T("督办只能由发起人解除。", "Only its issuer ends a supervision."),
    )
