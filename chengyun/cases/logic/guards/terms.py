"""More time (延期), suspension (挂账), the way back from a merge."""

from __future__ import annotations

from datetime import timedelta

from chengyun.cases.logic.guards.base import CLOCK, EXTENSION, MERGED, SUSPENSION, Facts, Refusal, guard
from chengyun.kernel.i18n import T

# Listed suspension lasts at most a year and is granted once (domain facts 1.2).
LONGEST_SUSPENSION = timedelta(days=366)


@guard("extension_possible", EXTENSION, CLOCK)
def _extension(f: Facts) -> Refusal | None:
    hint = T("请按期办理，或申请挂账。", "Settle it in time, or ask for suspension.")
    if f.extension_open:
        return Refusal("extension_pending", T("已有延期申请在审批", "A request is waiting already"), hint)
    if f.extensions >= f.extensions_allowed:
        return Refusal(
            "extensions_used",
            T(
                f"已延期 {f.extensions} 次，达到上限",
                f"Extended {f.extensions} times already, the most there is",
            ),
            hint,
        )
    if f.due_at is None or f.now >= f.due_at:
        return Refusal(
            "extension_too_late",
            T("已超时，不能申请延期", "The limit has run out: an extension is asked for before that"),
            hint,
        )
    return None


@guard("extension_waits", EXTENSION)
def _extension_waits(f: Facts) -> Refusal | None:
    if f.extension_open:
        return None
    return Refusal(
        "no_extension",
        T("没有待审批的延期申请", "No extension is waiting"),
        T("由责任单位先申请（request_extension）。", "The holder asks first (request_extension)."),
    )


@guard("extension_reviewed", EXTENSION)
def _reviewed(f: Facts) -> Refusal | None:
    if f.extension_reviewed:
        return None
    return Refusal(
        "review_first",
        T("延期须先经部门预审", "The department reviews an extension first"),
        T("先执行 review_extension。", "Do review_extension first."),
    )


@guard("another_approver", EXTENSION)
def _another(f: Facts) -> Refusal | None:
    if f.actor not in f.extension_by and f.actor not in f.suspension_by:
        return None
    return Refusal(
        "same_person",
        T(
            "申请人与审批人、两级审批人不能是同一人",
            "Asking and approving, and both approvals, need different persons",
        ),
        T("请由另一人审批。", "Have another person approve it."),
    )


@guard("suspension_possible", SUSPENSION)
def _suspension(f: Facts) -> Refusal | None:
    hint = T("请填写不超过一年的恢复时间，且每案一次。", "Give an end within a year; once a case.")
    if f.suspensions:
        return Refusal("suspended_before", T("本案已挂账一次", "It was suspended once already"), hint)
    if f.suspension_open:
        return Refusal("suspension_pending", T("已有挂账申请在审批", "A request is waiting already"), hint)
    if f.until is None or not f.now < f.until <= f.now + LONGEST_SUSPENSION:
        return Refusal(
            "bad_end", T("挂账期限不正确", "The end of a suspension is missing or too far"), hint, "until"
        )
    return None


@guard("suspension_waits", SUSPENSION)
def _suspension_waits(f: Facts) -> Refusal | None:
    if f.suspension_open:
        return None
    return Refusal(
        "no_suspension",
        T("没有待审批的挂账申请", "No suspension is waiting"),
        T("由责任单位先申请（request_suspension）。", "The holder asks first (request_suspension)."),
    )


@guard("main_case_open", MERGED)
def _main_case_open(f: Facts) -> Refusal | None:
    if f.main_open:
        return None
    return Refusal(
        "main_case_closed",
        T("主案已结，不能再撤销并案", "The case it was merged into is closed: the merge stands"),
        T("请重新打开主案，或就本事重新上报。", "Reopen that case, or report this matter anew."),
    )
