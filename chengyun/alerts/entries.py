"""Journal kinds of alerts: ids, codes and numbers; an alert's entry embeds the observations that were judged."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

_OPT_STR, _OPT_INT, _OPT_NUM = (str, None), (int, None), (int, float, None)

# What was judged, under which rule version and which posture. `observed` is [{ds, at, v}], times in ISO 8601 UTC.
_JUDGED = {
    "alert": int,
    "rule": str,
    "version": int,
    "subject": str,
    "level": _OPT_INT,
    "before": _OPT_INT,
    "at": str,
    "measure": _OPT_NUM,
    "have": int,
    "of": int,
    "by_time": bool,
    "observed": list,
    "set": _OPT_NUM,
    "clear": _OPT_NUM,
    "mode": _OPT_STR,
    "posture_level": _OPT_INT,
    "posture_entry": _OPT_INT,
    "incident": _OPT_INT,
    "asset": _OPT_STR,
    "camera": bool,
    "hidden": str,
    "raises": int,
    "proposes": bool,
}
_CASE = {"needs_case": bool, "case_kind": _OPT_STR, "case_condition": _OPT_STR}
_STATE = {"alert": int, "rule": str, "state": str, "incident": _OPT_INT}

journal.declare("alert.opened", T("报警产生", "Alert opened"), keys=_JUDGED | _CASE)
journal.declare("alert.reopened", T("报警再次触发", "Alert raised again"), keys=_JUDGED)
journal.declare("alert.worsened", T("报警升级", "Alert worsened"), keys=_JUDGED)
journal.declare("alert.eased", T("报警降级", "Alert eased"), keys=_JUDGED)
journal.declare("alert.cleared", T("报警恢复", "Alert returned to normal"), keys=_JUDGED | {"state": str})
journal.declare(
    "alert.repeated",
    T("重复报警并入", "Repeated alerts folded in"),
    keys={"rule": str, "rows": int, "alerts": int},
)
journal.declare("alert.acknowledged", T("报警确认", "Alert acknowledged"), keys=_STATE | {"post": _OPT_STR})
journal.declare(
    "alert.judged",
    T("报警研判", "Alert judged"),
    keys=_STATE
    | _CASE
    | {
        "verdict": str,
        "duplicate_of": _OPT_INT,
        "post": _OPT_STR,
        "camera": bool,
        "level": int,
        "asset": _OPT_STR,
        "subject": str,
        "opened": _OPT_INT,
    },
)
journal.declare(
    "alert.shelved", T("暂停告警", "Alert shelved"), keys=_STATE | {"reason": str, "until": str, "level": int}
)
journal.declare("alert.unshelved", T("恢复告警", "Shelving ended"), keys=_STATE | {"why": str})
journal.declare("alert.suppressed", T("报警被抑制", "Alert suppressed by a cause"), keys=_STATE | {"by": int})
journal.declare("alert.released", T("抑制解除", "Suppression ended"), keys=_STATE | {"by": _OPT_INT})
journal.declare(
    "alert.regrouped",
    T("报警改归事件", "Alert moved to another incident"),
    keys=_STATE | {"before": _OPT_INT},
)
journal.declare(
    "alert.out_of_service",
    T("报警点停用", "Taken out of service"),
    keys={"rule": str, "subject": str, "reason": str, "alert": _OPT_INT},
)
journal.declare(
    "alert.back_in_service",
    T("报警点恢复", "Back in service"),
    keys={"rule": str, "subject": str, "alert": _OPT_INT},
)

journal.declare(
    "platform.back",
    T("平台恢复", "The platform is back"),
    keys={"since": str, "until": str, "away_s": int},
)

_INCIDENT = {"incident": int, "cause": str, "level": int, "alert": _OPT_INT}
journal.declare("incident.opened", T("事件产生", "Incident opened"), keys=_INCIDENT | {"rule": str})
journal.declare(
    "incident.graded", T("事件级别变化", "Incident level changed"), keys=_INCIDENT | {"before": int}
)
journal.declare(
    "incident.closed", T("事件结束", "Incident closed"), keys=_INCIDENT | {"alerts": int, "peak": int}
)

_RULE = {"rule": str, "version": int, "digest": str}
journal.declare("rule.changed", T("规则变更", "Rule changed"), keys=_RULE | {"before": _OPT_INT})
journal.declare(
    "rule.refused",
    T("规则无效", "Rule refused"),
    keys=_RULE | {"judging": _OPT_INT, "field": str, "faults": int},
)
journal.declare("rule.retired", T("规则停用", "Rule retired"), keys={"rule": str, "version": _OPT_INT})
