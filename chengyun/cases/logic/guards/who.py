"""Who acts, and what they have to say."""

from __future__ import annotations

from chengyun.cases.logic.guards.base import CO, HOLDER, Facts, Refusal, guard
from chengyun.kernel.i18n import T


@guard("person")
def _person(f: Facts) -> Refusal | None:
    if not f.is_system:
        return None
    return Refusal(
        "person_needed",
        T("此操作须由具体人员作出", "A named person has to do this, not the platform"),
        T("请由在岗人员操作。", "Have somebody on duty do it."),
    )


@guard("holder", HOLDER)
def _holder(f: Facts) -> Refusal | None:
    if f.holds or f.is_system:
        return None
    return Refusal(
        "not_the_holder",
        T("案件当前不由您的岗位负责", "Your post does not answer for this case now"),
        T(
            "请由当前责任岗位操作，或先改派。",
            "Have the accountable post do it, or send the case elsewhere first.",
        ),
    )


@guard("co_holder", CO)
def _co_holder(f: Facts) -> Refusal | None:
    if f.co_holds:
        return None
    return Refusal(
        "not_a_co_handler",
        T("您的岗位不是协办单位", "Your post is not a co-handler of this case"),
        T("由协办单位自己反馈。", "The co-handler reports its own part."),
    )


@guard("reason")
def _reason(f: Facts) -> Refusal | None:
    if f.reason.strip():
        return None
    return Refusal(
        "reason_needed",
        T("请填写理由", "A reason is needed"),
        T("理由会原样交给下一岗位。", "Say why in a sentence: the next post reads it."),
        "reason",
    )


@guard("result")
def _result(f: Facts) -> Refusal | None:
    if f.ok is not None:
        return None
    return Refusal(
        "result_needed",
        T("请填写结果（属实或不属实）", "Say what was found"),
        T("传 ok=true 或 ok=false。", "Give ok=true or ok=false."),
        "ok",
    )


@guard("post_named")
def _post_named(f: Facts) -> Refusal | None:
    if f.post:
        return None
    return Refusal(
        "post_needed", T("请指定岗位", "Name a post"), T("例如 DEPT-cg。", "For example DEPT-cg."), "post"
    )


@guard("into_named")
def _into_named(f: Facts) -> Refusal | None:
    if f.into:
        return None
    return Refusal(
        "target_needed",
        T("请指定并入的案件", "Name the case to merge into"),
        T("传 into=案件号。", "Give into=<case id>."),
        "into",
    )


@guard("may_return")
def _may_return(f: Facts) -> Refusal | None:
    if not f.final_owner:
        return None
    return Refusal(
        "fallback_owner",
        T("您是兜底责任单位，不能再退回", "You are the fallback owner: the case cannot be returned any more"),
        T("可请求协办（join）或上报指挥长。", "Ask others to join (join), or tell the commander."),
    )


@guard("handler_revoked")
def _handler_revoked(f: Facts) -> Refusal | None:
    if not f.has_handler:
        return None
    return Refusal(
        "handler_assigned",
        T("已指派处置人员，须先撤回指派", "A handler is assigned: revoke that first"),
        T("先执行 revoke_handler。", "Do revoke_handler first."),
    )
