"""Journal kinds of cases: ids, codes, numbers, digests."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

_STR, _INT = (str, None), (int, None)

journal.declare(
    "case.reported",
    T("案件上报", "Case reported"),
    keys={
        "kind": str, "condition": _STR, "source": str, "source_ref": _STR, "catalogue": str, "workflow": str, "to": str,
        "post": _STR, "first": _STR, "urgent": bool, "alerts": list, "incident": _INT, "text": _STR, "reporter": _STR,
        "split_from": _INT, "like": list,
    },
)  # fmt: skip
journal.declare(
    "case.joined",
    T("同案再报", "Reported again: joined the case"),
    keys={
        "reports": int,
        "alert": _INT,
        "incident": _INT,
        "source": str,
        "text": _STR,
        "reporter": _STR,
        "digest": _STR,
    },
)
journal.declare(
    "case.moved",
    T("案件办理", "Case moved"),
    keys={
        "verb": str, "from": str, "to": str, "post": _STR, "by_post": _STR, "kind": str, "rule": _STR, "asked": _STR,
        "resolved": _STR, "reason": _STR, "ok": (bool, None), "returns": _INT, "other": _INT, "condition": _STR,
        "sensors": (dict, None), "clocks": list, "copy": (list, None), "until": _STR,
        "reports": _INT,
    },
)  # fmt: skip
journal.declare(
    "case.clock",
    T("案件时限", "Clock of a case"),
    keys={"clock": str, "event": str, "rung": int, "due": str, "post": _STR, "tell": list, "late_s": _INT},
)
journal.declare(
    "case.notice",
    T("已告知网格长", "The leader was told"),
    keys={"post": str, "fact": str, "at": str, "clocks": list},
)
journal.declare(
    "case.reassigned",
    T("案件自动改派", "Case handed on"),
    keys={"post": str, "asked": str, "resolved": str, "why": str},
)
journal.declare("case.reminded", T("催办", "Reminder"), keys={"post": str, "text": _STR})
journal.declare(
    "case.supervised",
    T("督办", "Supervision"),
    keys={"supervision": int, "level": str, "event": str, "reply_by": _STR, "post": _STR, "text": _STR},
)
journal.declare(
    "case.appealed",
    T("超时申诉", "Appeal"),
    keys={"appeal": int, "clock": str, "event": str, "granted": (bool, None), "text": _STR},
)
journal.declare(
    "case.evidence",
    T("凭证", "Evidence"),
    keys={"evidence": str, "kind": str, "sha256": str, "size": int, "media_type": str, "origin": str},
)
journal.declare("case.signed", T("第二人签字", "Signed by a second person"), keys={"text": _STR})
journal.declare(
    "case.erased",
    T("删除案件中的个人信息", "Personal data of a case erased"),
    keys={"rows": int, "what": str},
)
journal.declare(
    "case.audited",
    T("案件自查", "Self-audit of cases"),
    keys={"late": int, "handed_on": int, "orphans": int, "provisional": int, "unattended": list},
)
journal.declare(
    "case.catalogue",
    T("立案目录载入", "Catalogue loaded"),
    keys={"version": str, "digest": str, "kinds": int, "conditions": int},
)
journal.declare(
    "case.workflow", T("流程载入", "Workflow loaded"), keys={"code": str, "version": int, "digest": str}
)
journal.declare(
    "case.refused",
    T("报警未能立案", "No case could be opened"),
    keys={"kind": str, "code": str, "alert": int},
)
