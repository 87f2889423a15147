"""What people read in place of codes: verbs, states, clocks, reasons, in the reader's language."""

from __future__ import annotations

from chengyun.cases.models import Case, Clock
from chengyun.cases.models.case import SOURCES
from chengyun.cases.queries.lists import kind_of, workflow_of
from chengyun.cases.queries.promises import UNITS
from chengyun.kernel.i18n import T, both

# Steps that are no verb of a workflow.
BESIDE = {
    "report": T("上报", "reported"),
    "joined": T("再次上报", "reported again"),
    "remind": T("催办", "reminder"),
    "second_sign": T("第二人签字", "second signature"),
    "evidence": T("上传凭证", "evidence added"),
    "handed_on": T("自查改派", "handed on by the self-audit"),
    "supervision_issued": T("督办", "supervision issued"),
    "supervision_replied": T("督办回复", "supervision answered"),
    "supervision_ended": T("督办解除", "supervision ended"),
    "appeal_asked": T("超时申诉", "appeal"),
    "appeal_first_review": T("申诉初审", "appeal, first review"),
    "appeal_second_review": T("申诉复审", "appeal, second review"),
}
KLASSES = {"open": T("公开", "open"), "sensitive": T("敏感", "sensitive")}
RULES = {
    "posture": T("运行模式指定", "ordered by the posture"),
    "first_asked": T("首问", "first asked"),
    "designated": T("指定", "designated"),
    "fallback": T("兜底", "fallback"),
    "named": T("人工指定", "named by a person"),
    "duty_officer": T("无人在岗，由值班员负责", "nobody there: the duty officer"),
    "same": T("原岗位", "the same post again"),
    "audit": T("自查改派", "handed on by the self-audit"),
}
LEVELS = {
    "timeout": T("超时督办", "overdue"),
    "important": T("重要督办", "important"),
    "leader": T("领导督办", "leader's"),
}
FILES = {
    "photo_before": T("处置前照片", "photo before"),
    "photo_after": T("处置后照片", "photo after"),
    "photo_onsite": T("现场照片", "photo from the place"),
    "video": T("视频", "video"),
    "document": T("文件", "document"),
}


def verb(case: Case, code: str) -> str:
    """The name of a step; the code itself where nothing is called so (any more)."""
    known = workflow_of(case).verbs.get(code)
    return str(T(known.zh, known.en) if known else BESIDE.get(code, code))


def verb_words(case: Case, code: str) -> tuple[str, str]:
    """The same in Chinese and in English."""
    known = workflow_of(case).verbs.get(code)
    return (known.zh, known.en) if known else both(BESIDE.get(code, code))


def state(case: Case, code: str) -> str:
    known = workflow_of(case).states.get(code)
    return str(T(known.zh, known.en)) if known else code


def clock(case: Case, code: str) -> str:
    known = workflow_of(case).clocks.get(code)
    return str(T(known.zh, known.en)) if known else code


def kind(case: Case) -> str:
    return str(T(*kind_of(case).name))


def condition(case: Case) -> str:
    """What the case was filed for; empty where nothing was chosen yet."""
    found = kind_of(case).condition(case.condition)
    return str(T(*found.filing)) if found else ""


def source(case: Case) -> str:
    return str(dict(SOURCES).get(case.source, case.source))


def clock_words(row: Clock) -> tuple[str, str]:
    """A clock's name in Chinese and in English."""
    known = workflow_of(row.case).clocks.get(row.name)
    return (known.zh, known.en) if known else (row.name, row.name)


def limit(amount: float, unit: str) -> str:
    return f"{amount:g} {UNITS[unit]}"
