"""What may stand in the way of a verb. Each guard looks at facts and either lets pass (None) or says why not and what to do.

`needs` names the groups of facts a guard reads, so that an action fetches no more than its verb's guards ask for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chengyun.kernel.i18n import T

# Listed suspension lasts at most a year and is granted once (domain facts 1.2).
LONGEST_SUSPENSION = timedelta(days=366)

FIX, EVIDENCE, SENSORS, EXTENSION, CO, SUPERVISION, HOLDER, SUSPENSION, CLOCK = (
    "fix",
    "evidence",
    "sensors",
    "extension",
    "co",
    "supervision",
    "holder",
    "suspension",
    "clock",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why not, and what to do instead; both in two languages."""

    code: str
    reason: str
    hint: str
    field: str | None = None


@dataclass(slots=True)
class Facts:
    """What a decision depends on. Defaults are those of a case about which nothing is known yet."""

    now: datetime
    actor: str = ""
    organisation: str | None = None
    is_system: bool = False
    permitted: bool = True
    holds: bool = False
    co_holds: bool = False
    urgent: bool = False
    public: bool = False
    checked: bool = False
    filed: bool = False
    has_condition: bool = False
    filing_checks: tuple[str, ...] = ()
    described: bool = False
    placed: bool = False
    independent: bool = False
    resume_state: str | None = None
    reason: str = ""
    ok: bool | None = None
    post: str | None = None
    until: datetime | None = None
    into: int | None = None
    returns: int = 0
    max_returns: int = 2
    final_owner: bool = False
    has_handler: bool = False
    fixers: frozenset[str] = frozenset()
    fixer_organisations: frozenset[str] = frozenset()
    evidence: frozenset[str] = frozenset()
    evidence_needed: tuple[str, ...] = ()
    sensors: Mapping[int, str] = field(default_factory=dict)
    second_signers: frozenset[str] = frozenset()
    extensions: int = 0
    extensions_allowed: int = 2
    extension_open: bool = False
    extension_by: frozenset[str] = frozenset()
    extension_reviewed: bool = False
    due_at: datetime | None = None
    suspensions: int = 0
    suspension_open: bool = False
    suspension_by: frozenset[str] = frozenset()
    open_co: int = 0
    supervised: bool = False
    reported_by_person: bool = False
    called_back: bool = False


@dataclass(frozen=True, slots=True)
class Guard:
    code: str
    check: Callable[[Facts], Refusal | None]
    needs: frozenset[str]


GUARDS: dict[str, Guard] = {}


def guard(
    code: str, *needs: str
) -> Callable[[Callable[[Facts], Refusal | None]], Callable[[Facts], Refusal | None]]:
    def register(check: Callable[[Facts], Refusal | None]) -> Callable[[Facts], Refusal | None]:
        GUARDS[code] = Guard(code, check, frozenset(needs))
        return check

    return register


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
