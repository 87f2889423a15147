"""What people's actions write into the journal. Persons appear by ref, never by name."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

_NUMBER_OR_NONE = (int, None)
_TEXT_OR_NONE = (str, None)

journal.declare(
    "people.loaded",
    T("人员数据载入", "People loaded"),
    keys={"digest": str, "created": dict, "changed": dict},
)
journal.declare("department.changed", T("部门变更", "Department changed"), keys={"code": str, "fields": list})
journal.declare("staff.changed", T("人员变更", "Staff member changed"), keys={"fields": list, "state": str})
journal.declare("post.changed", T("岗位变更", "Post changed"), keys={"code": str, "fields": list})
journal.declare(
    "leader.changed",
    T("网格长变更", "Leader changed"),
    keys={"role": str, "post": str, "before": _TEXT_OR_NONE},
)
journal.declare(
    "pattern.changed",
    T("排班规则变更", "Duty pattern changed"),
    keys={"code": str, "digest": str, "in_service": bool},
)
journal.declare(
    "duty.generated",
    T("排班生成", "Duty roster generated"),
    keys={"first_day": str, "days": int, "shifts": int, "duties": int, "vacant": list},
)
journal.declare(
    "duty.planned",
    T("单次排班", "Duty planned"),
    keys={"duty": int, "post": str, "staff": str, "starts_at": str, "ends_at": str},
)
journal.declare(
    "duty.withdrawn",
    T("排班撤回", "Planned duty withdrawn"),
    keys={"from_day": str, "shifts": int, "duties": int},
)
journal.declare(
    "duty.substituted",
    T("替班", "Substitute put on duty"),
    keys={"duty": int, "post": str, "out": str, "in": str, "reason": str, "serving": bool},
)
journal.declare(
    "shift.opened",
    T("班次开始", "Shift opened"),
    keys={"pattern": str, "code": str, "ends_at": str, "duties": int},
)
journal.declare(
    "shift.drafted",
    T("交接记录起草", "Hand-over drafted"),
    keys={"hand_over": int, "to": int, "record": str, "remarks": _TEXT_OR_NONE, "items": dict},
)
journal.declare(
    "shift.signed",
    T("交接签字", "Hand-over signed"),
    keys={"hand_over": int, "side": str, "staff": str, "record": str},
)
journal.declare(
    "shift.handed_over",
    T("值班交接", "Shift handed over"),
    keys={
        "hand_over": int,
        "pattern": str,
        "from": int,
        "to": int,
        "out": str,
        "in": str,
        "record": str,
        "ended": int,
        "begun": int,
        "late_s": int,
    },
)
journal.declare(
    "shift.overdue",
    T("逾期未交接", "Shift not handed over in time"),
    keys={
        "pattern": str,
        "late_s": int,
        "reminder": int,
        "post": _TEXT_OR_NONE,
        "accountable": _TEXT_OR_NONE,
        "extended": int,
        "tell": list,
    },
)
journal.declare("role.granted", T("授予角色", "Role granted"), keys={"role": str, "account": str})
journal.declare("role.revoked", T("收回角色", "Role revoked"), keys={"role": str, "account": str})
journal.declare(
    "token.issued", T("签发密钥", "Source token issued"), keys={"source": str, "expires_at": _TEXT_OR_NONE}
)
journal.declare("token.revoked", T("吊销密钥", "Source token revoked"), keys={"source": str})
journal.declare("account.password_set", T("设置密码", "Password set"), keys={"demo": bool})
journal.declare(
    "account.locked", T("登录被限", "Log-in locked"), keys={"by": str, "failures": int, "until": str}
)
journal.declare(
    "person.erased",
    T("个人信息删除", "Personal data erased"),
    keys={"duties_moved": int, "grants_ended": int, "had_log_in": bool},
)

journal.declare("account.changed", T("账号变更", "Log-in changed"), keys={"is_active": bool})
