"""Journal kinds of posture. Free text (matter, reasons) appears as a salted digest; people by ref and post."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

_LEVEL = (int, None)
_TEXT = (str, None)
_ID = (int, None)
_WHAT = {"mode": str, "level": _LEVEL}

journal.declare(
    "posture.policy_loaded",
    T("模式策略生效", "Posture policy in force"),
    keys={"version": int, "policy": str, "origin": str, "previous": _ID},
)
journal.declare(
    "posture.policy_saved",
    T("模式策略待生效", "Posture policy waits for its moment"),
    keys={"version": int, "policy": str, "valid_from": str},
)
journal.declare(
    "posture.policy_withdrawn", T("撤回待生效策略", "Waiting posture policy withdrawn"), keys={"version": int}
)
journal.declare(
    "posture.proposed",
    T("建议切换模式", "Mode proposed"),
    keys={**_WHAT, "proposal": int, "evidence": list, "incident": str, "state": str},
)
journal.declare(
    "posture.evidence",
    T("建议增加依据", "Proposal repeated"),
    keys={**_WHAT, "proposal": int, "evidence": list, "times": int},
)
journal.declare(
    "posture.asked", T("请示领导", "Leader asked"), keys={**_WHAT, "proposal": int, "leader": str}
)
journal.declare(
    "posture.approved",
    T("记录口头批准", "Spoken decision recorded"),
    keys={
        **_WHAT,
        "approval": int,
        "purpose": str,
        "proposal": _ID,
        "declaration": _ID,
        "leader": str,
        "spoken_at": str,
        "due_at": str,
        "expires_at": _TEXT,
    },
)
journal.declare(
    "posture.declared",
    T("宣布模式与级别", "Mode and level declared"),
    keys={
        **_WHAT,
        "declaration": int,
        "proposal": _ID,
        "approval": _ID,
        "approved_by": _TEXT,
        "by": str,
        "post": _TEXT,
        "echelon": str,
        "matter": str,
        "measures": list,
        "other_measures": int,
        "expected_end": str,
        "incident": str,
        "follows": _ID,
        "policy": str,
    },
)
_CHANGE = {
    **_WHAT,
    "declaration": int,
    "approval": _ID,
    "by": str,
    "post": _TEXT,
    "reason": str,
    "incident": str,
    "mode_now": str,
    "level_now": _LEVEL,
}
journal.declare(
    "posture.downgraded", T("降级", "Level lowered"), keys={**_CHANGE, "from_level": int, "follows": int}
)
journal.declare("posture.ended", T("解除模式", "Mode ended"), keys=_CHANGE)
journal.declare(
    "posture.extended",
    T("延长预计期限", "Expected end moved"),
    keys={**_WHAT, "declaration": int, "expected_end": str},
)
journal.declare(
    "posture.declined",
    T("不采纳建议", "Proposal declined"),
    keys={**_WHAT, "proposal": int, "approval": _ID, "reason": str, "post": _TEXT},
)
journal.declare(
    "posture.superseded",
    T("建议被覆盖", "Proposal superseded"),
    keys={**_WHAT, "proposal": int, "declaration": int},
)
_SIGN = {"approval": int, "leader": str, "purpose": str}
journal.declare("posture.countersigned", T("补签", "Countersigned"), keys={**_SIGN, "late": bool})
journal.declare("posture.denied", T("领导否认批准", "Approval denied by the leader"), keys=_SIGN)
journal.declare(
    "posture.countersign_overdue", T("逾期未补签", "Countersignature overdue"), keys={**_SIGN, "alarms": int}
)
journal.declare(
    "posture.approval_expired",
    T("口头批准逾期未用，已失效", "Spoken approval lapsed unused"),
    keys={**_WHAT, "approval": int, "proposal": int, "leader": str, "minutes": int},
)
journal.declare(
    "posture.undecided",
    T("建议逾期未决", "Nobody decided in time"),
    keys={**_WHAT, "proposal": int, "minutes": int, "alarms": int},
)
journal.declare(
    "posture.overrun",
    T("超过预计期限", "Past its expected end"),
    keys={**_WHAT, "declaration": int, "expected_end": str},
)
journal.declare(
    "warning.received",
    T("收到官方预警信号", "Official warning received"),
    keys={
        "warning": int,
        "kind": str,
        "colour": str,
        "issuer": str,
        "issued_at": str,
        "external_id": str,
        "text": str,
    },
)
journal.declare(
    "warning.decided",
    T("就预警信号作出决定", "Decision on an official warning"),
    keys={"warning": int, "declaration": _ID, "reason": str, "post": _TEXT},
)
journal.declare(
    "warning.lifted", T("官方预警解除", "Official warning lifted"), keys={"warning": int, "external_id": str}
)
journal.declare(
    "warning.undecided",
    T("收到预警逾期未决", "Warning received, nobody decided"),
    keys={"warning": int, "colour": str, "minutes": int, "alarms": int},
)
journal.declare(
    "response.recorded",
    T("登记政府应急响应", "Declared emergency response recorded"),
    keys={
        "response": int,
        "level": int,
        "authority": str,
        "declared_at": str,
        "matter": str,
        "document": str,
    },
)
journal.declare(
    "response.ended",
    T("政府应急响应终止", "Declared emergency response ended"),
    keys={"response": int, "ended_at": str},
)
