"""What a shift hands over of cases, in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from chengyun.cases.models import Case, Supervision
from chengyun.cases.queries.lists import kind_of, workflow_of
from chengyun.kernel.i18n import T
from chengyun.people import record_text


def item(row: Mapping[str, Any]) -> str:
    """One item of `queries.handing`: an open case, an overdue clock, an order."""
    case = Case.objects.select_related("workflow", "catalogue").get(pk=row["case"])
    about = f"#{case.pk} {T(*kind_of(case).name)}"
    if "supervision" in row:
        level, by = row["level"], record_text.moment(row["reply_by"])
        state = dict(Supervision._meta.get_field("state").flatchoices).get(row["state"], row["state"])
        return str(
            T(
                f"{about}：督办（{level}），{state}，答复期限 {by}",
                f"{about}: supervised ({level}), {state}, reply by {by}",
            )
        )
    if "source" in row:
        return str(
            T(
                f"{about}：领导交办，{_state(case, row['state'])}",
                f"{about}: assigned by a leader, {_state(case, row['state'])}",
            )
        )
    post, due = record_text.post(row["post"]), record_text.moment(row["due"])
    if "clock" in row:
        name = _clock(case, row["clock"])
        return str(T(f"{about}：{name}已超时（{due}），{post}", f"{about}: {name} ran out at {due}, {post}"))
    state = _state(case, row["state"])
    return str(T(f"{about}：{state}，{post}，期限 {due}", f"{about}: {state}, {post}, due {due}"))


def _state(case: Case, code: str) -> str:
    state = workflow_of(case).states.get(code)
    return str(T(state.zh, state.en)) if state else code


def _clock(case: Case, code: str) -> str:
    clock = workflow_of(case).clocks.get(code)
    return str(T(clock.zh, clock.en)) if clock else code
