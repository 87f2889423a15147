"""The words for a signature that is not taken: logic/shifts.py gives the code."""

from __future__ import annotations

from typing import Any

from chengyun.kernel.errors import Conflict, NotAllowed, Refused
from chengyun.kernel.i18n import T

REFUSALS: dict[str, tuple[type[Refused], Any, Any]] = {
    "already_done": (Conflict, T("该交接已生效", "This hand-over has taken effect already"), None),
    "already_signed": (Conflict, T("这一方已签字", "This side has signed already"), None),
    "record_changed": (
        Conflict,
        T("交接记录已更新，与您所见不同", "The record is not the one you saw"),
        T("请重新查看后再签字。", "Read it again, then sign."),
    ),
    "draft_too_old": (
        Conflict,
        T("交接记录起草已久，可能与现状不符", "The draft is too old to be signed"),
        T("请重新起草。", "Draft it anew."),
    ),
    "too_early": (
        Conflict,
        T("尚未到交接时间", "It is too early to hand over"),
        T("临时离岗请安排替班。", "To leave before time, put a substitute on duty."),
    ),
    "not_of_the_outgoing": (
        NotAllowed,
        T(
            "交班须由本班值班员或值班长签字",
            "The outgoing side is signed by its duty officer or shift leader",
        ),
        None,
    ),
    "not_of_the_incoming": (
        NotAllowed,
        T(
            "接班须由下一班值班员或值班长签字",
            "The incoming side is signed by its duty officer or shift leader",
        ),
        T("人员有变请先安排替班。", "If somebody else comes, put them on duty as a substitute first."),
    ),
    "same_person": (
        NotAllowed,
        T("交班人与接班人不能是同一人", "The person who signs in must not be the one who signs out"),
        T(
            "请由该班另一人签字，或安排替班。",
            "Have another of that shift sign, or put a substitute on duty.",
        ),
    ),
}
