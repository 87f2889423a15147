"""What the reader may do with an incident: each thing allowed, or the reason why not and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from chengyun.alerts import runtime
from chengyun.alerts.models import Alert
from chengyun.cases import queries as cases
from chengyun.cases.actions.moving import allowed as verbs_of
from chengyun.cases.models import Case
from chengyun.district.models import Area
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Refused
from chengyun.kernel.i18n import T, both
from chengyun.live.card.settings import settings
from chengyun.live.card.shapes import Action, ActionOut, CallChoice, CaseChoice
from chengyun.live.desk.unit import person
from chengyun.people import queries as people
from chengyun.people.models import Post

_NAMES: Mapping[Action, str] = {
    "acknowledge": T("确认", "Acknowledge"),
    "judge": T("研判", "Judge"),
    "shelve": T("暂停", "Pause"),
    "report": T("生成案件", "Make a case"),
    "dispatch": T("派遣", "Dispatch"),
    "call": T("呼叫", "Call"),
}
# Cases of one incident of which it is asked whether they may be dispatched: there are rarely two.
_CASES_ASKED = 3


def actions(actor: Actor, alerts: Sequence[Alert], open_cases: Sequence[Case], path: str) -> list[ActionOut]:
    """Everything that may be done with alerts and cases at a place, in the order in which it is done."""
    standing = [row for row in alerts if row.state != "closed"]
    return [
        _with_alerts(
            actor, "acknowledge", "alert.acknowledge", [r for r in standing if _unnoticed(r)],
            T("没有待确认的报警", "Nothing is left to acknowledge"),
        ),
        _with_alerts(
            actor, "judge", "alert.judge", [r for r in standing if r.verdict is None],
            T("报警均已研判", "Every alert has its verdict"),
        ),
        _with_alerts(
            actor, "shelve", "alert.shelve", [r for r in standing if r.shelved_until is None],
            T("没有可暂停的报警", "There is no alert to pause"),
        ),
        _out("report", [], lambda: actor.require("case.report", path)),
        _dispatch(actor, open_cases),
        _out("call", [], lambda: actor.require("person.read", path)),
    ]  # fmt: skip


def _unnoticed(row: Alert) -> bool:
    return row.state in ("unacknowledged", "cleared")


def _with_alerts(actor: Actor, action: Action, permission: str, rows: list[Alert], nothing: str) -> ActionOut:
    """Allowed where it is for at least one of the alerts; `targets` are those for which it is."""
    if not rows:
        return _refused(action, "nothing_to_do", nothing, None)
    mine = [row for row in rows if actor.may(permission, row.area.path)]
    if not mine:
        return _out(action, [], lambda: actor.require(permission, rows[0].area.path))
    return _out(action, [row.pk for row in mine], lambda: None)


def _dispatch(actor: Actor, rows: Sequence[Case]) -> ActionOut:
    first = None
    targets = []
    for case in rows[:_CASES_ASKED]:
        for verb in verbs_of(case, actor):
            if verb["verb"] in ("dispatch", "redispatch"):
                if verb["allowed"]:
                    targets.append(case.pk)
                else:
                    first = first or verb
    if targets:
        return _out("dispatch", targets, lambda: None)
    if first is not None:
        return _refused("dispatch", first["code"], first["reason"], first["hint"])
    return _refused(
        "dispatch",
        "nothing_to_do",
        T("没有待派遣的案件", "No case waits to be dispatched"),
        T("先生成案件。", "Make a case first."),
    )


def _out(action: Action, targets: list[int], ask: Callable[[], None]) -> ActionOut:
    try:
        ask()
    except Refused as error:
        return _refused(action, error.code, error.reason, error.hint)
    zh, en = both(_NAMES[action])
    return ActionOut(
        action=action, zh=zh, en=en, allowed=True, code=None, reason=None, hint=None, targets=targets
    )


def _refused(action: Action, code: str, reason: Any, hint: Any) -> ActionOut:
    zh, en = both(_NAMES[action])
    return ActionOut(
        action=action,
        zh=zh,
        en=en,
        allowed=False,
        code=code,
        reason=str(reason),
        hint=str(hint) if hint else None,
        targets=[],
    )


def report_as(alerts: Iterable[Alert]) -> list[CaseChoice]:
    """The kinds of case that the rules of these alerts ask for; others stand in the catalogue."""
    rules, known = runtime.rules(), {kind.code: kind for kind in cases.kinds()}
    found: dict[tuple[str, str | None], CaseChoice] = {}
    for alert in alerts:
        info = rules.get(alert.rule.code)
        wanted = info.spec.case if info else None
        if wanted is None or wanted.kind not in known:
            continue
        zh, en = known[wanted.kind].name
        found.setdefault(
            (wanted.kind, wanted.condition),
            CaseChoice(kind=wanted.kind, kind_zh=zh, kind_en=en, condition=wanted.condition, by_rule=True),
        )
    return list(found.values())


def call(viewer: Any, actor: Actor, place: Area, open_cases: Iterable[Case]) -> list[CallChoice]:
    """Whom one would ring: who holds its cases, who leads the place, the desks that run the night."""
    wanted: dict[int, str] = {}
    for post, why in _callable(place, open_cases):
        wanted.setdefault(post.pk, why)
    visible = people.posts(viewer).filter(pk__in=list(wanted))
    rows = {row.pk: row for row in visible}
    chosen = [pk for pk in wanted if pk in rows][: settings().most.calls]
    answers = people.accountable_many(chosen)
    found = []
    for pk in chosen:
        zh, en = both(wanted[pk])
        found.append(
            CallChoice(
                post=rows[pk].code,
                zh=rows[pk].name_zh,
                en=rows[pk].name_en,
                why_zh=zh,
                why_en=en,
                staff=person(answers[pk], viewer, actor),
            )
        )
    return found


def _callable(place: Area, open_cases: Iterable[Case]) -> Iterator[tuple[Post, str]]:
    for case in open_cases:
        if case.accountable_post is not None:
            yield case.accountable_post, T(f"案件 #{case.pk} 责任岗位", f"answers for case #{case.pk}")
    for role, why in (("A", T("网格长 A 岗", "leader A")), ("B", T("网格长 B 岗", "leader B"))):
        leader = people.leader(place, role)
        if leader is not None:
            yield leader, why
    for kind, why in (
        ("shift_leader", T("值班长", "shift leader")),
        ("dispatcher", T("派遣员", "dispatcher")),
        ("commander", T("指挥长", "commander")),
    ):
        post = people.post_for(place, kind)
        if post is not None:
            yield post, why
