"""Before a case is filed."""

from __future__ import annotations

from chengyun.cases.logic.guards.base import EVIDENCE, Facts, Refusal, guard
from chengyun.kernel.i18n import T


@guard("checked_if_public")
def _checked(f: Facts) -> Refusal | None:
    if not f.public or f.checked:
        return None
    return Refusal(
        "check_before_filing",
        T("公众上报须先核实再立案", "A report from the public is checked before it is filed"),
        T("请先派人核实（request_check）。", "Send somebody to check it first (request_check)."),
    )


@guard("filing_checks", EVIDENCE)
def _filing(f: Facts) -> Refusal | None:
    if not f.has_condition:
        return Refusal(
            "condition_needed",
            T("尚未选定立案条件", "No filing condition is chosen yet"),
            T("请选择符合的立案条件（condition）。", "Choose the condition that is met (condition)."),
            "condition",
        )
    missing = [name for name in f.filing_checks if not _filing_fact(f, name)]
    if not missing:
        return None
    zh = "、".join(FILING_CHECKS[name][0] for name in missing)
    en = ", ".join(FILING_CHECKS[name][1] for name in missing)
    return Refusal(
        "filing_incomplete",
        T(f"立案条件尚缺：{zh}", f"Not complete for filing: {en}"),
        T("请补齐后再立案，或不予受理。", "Add what is missing, or decline."),
        missing[0],
    )


FILING_CHECKS: dict[str, tuple[str, str]] = {
    "described": ("情况描述", "a description"),
    "placed": ("具体位置（微网格或坐标）", "a precise place (a micro grid or a point)"),
    "photo": ("现场照片", "a photo from the place"),
}


def _filing_fact(f: Facts, name: str) -> bool:
    if name == "photo":
        return any(kind.startswith("photo") for kind in f.evidence)
    return bool(getattr(f, name))


@guard("filed_or_urgent")
def _filed_or_urgent(f: Facts) -> Refusal | None:
    if f.filed or f.urgent:
        return None
    return Refusal(
        "not_filed",
        T("非紧急案件须先立案再派遣", "Only urgent kinds are dispatched before they are filed"),
        T("请先立案（file）。", "File it first (file)."),
    )


@guard("filing_open")
def _filing_open(f: Facts) -> Refusal | None:
    if not f.filed:
        return None
    return Refusal(
        "already_filed", T("案件已立案", "The case is filed already"), T("无需补录。", "Nothing to complete.")
    )


@guard("filing_done")
def _filing_done(f: Facts) -> Refusal | None:
    if f.filed:
        return None
    return Refusal(
        "filing_not_completed",
        T("先派后立的案件尚未补立案", "It was dispatched first and has not been filed yet"),
        T("请先补立案（complete_filing）。", "Complete the filing first (complete_filing)."),
    )
