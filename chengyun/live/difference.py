"""Two nights side by side, for whoever has changed a rule. The shape is difference.schema.json."""

from __future__ import annotations

from collections import Counter
from typing import Any

from chengyun.kernel.i18n import T

Night = dict[str, Any]
_FIGURES = ("posture", "on_time", "escalations", "orphans")


def compare(before: Night, after: Night) -> dict[str, Any]:
    """What differs between two results of `replay --json`. Pairs are [before, after].

    An alert is the same one where rule, subject and time of opening are; `changed` ones cleared at another time or reached
    another level.
    """
    nights = (before, after)
    was, now = ({_name(a): a for a in night["alerts"]} for night in nights)
    counts = [Counter(a["rule"] for a in night["alerts"]) for night in nights]
    states = [night["cases"]["by_state"] for night in nights]
    return {
        "rules": {rule: _pair(counts, rule) for rule in sorted(counts[0] | counts[1])},
        "alerts": {
            "gone": [was[name] for name in was if name not in now],
            "new": [now[name] for name in now if name not in was],
            "changed": [
                {"before": was[name], "after": now[name]}
                for name in was
                if name in now and was[name] != now[name]
            ],
        },
        "posture": [len(night["posture"]) for night in nights],
        "cases": {state: _pair(states, state) for state in sorted(states[0] | states[1])},
        "on_time": [night["cases"]["on_time"] for night in nights],
        "escalations": [night["cases"]["escalations"] for night in nights],
        "orphans": [night["orphans"] for night in nights],
    }


def _name(alert: dict[str, Any]) -> tuple[str, str, str]:
    return alert["opened"], alert["rule"], alert["subject"]


def _pair(nights: list[Any], key: str) -> list[int]:
    return [night.get(key, 0) for night in nights]


def lines(found: dict[str, Any]) -> list[str]:
    """The same for a person to read, in the active language; what differs is marked with a star."""
    said = [f"{'':<44}{T('原规则', 'before')!s:>10}{T('新规则', 'after')!s:>10}"]

    def row(label: Any, pair: list[int]) -> None:
        said.append(f"{label!s:<44}{pair[0]:>10}{pair[1]:>10}{'' if pair[0] == pair[1] else '  *'}")

    for rule, pair in found["rules"].items():
        row(T(f"报警 {rule}", f"alerts of {rule}"), pair)
    for state, pair in found["cases"].items():
        row(T(f"案件 {state}", f"cases {state}"), pair)
    labels = {
        "posture": T("模式变化", "changes of posture"),
        "on_time": T("按期结案", "cases on time"),
        "escalations": T("升级督促", "escalations"),
        "orphans": T("无人负责", "orphans"),
    }
    for name in _FIGURES:
        row(labels[name], found[name])
    for label, kind in ((T("不再出现", "no longer"), "gone"), (T("新出现", "new"), "new")):
        said += [f"  {label}: {a['opened']} {a['rule']} {a['subject']}" for a in found["alerts"][kind][:50]]
    for pair in found["alerts"]["changed"][:50]:
        old, new = pair["before"], pair["after"]
        said.append(
            f"  {T('变化', 'changed')}: {old['opened']} {old['rule']} {old['subject']}: "
            f"{T('级别', 'level')} {old['level']} -> {new['level']}, "
            f"{T('恢复', 'cleared')} {old['cleared'] or '-'} -> {new['cleared'] or '-'}"
        )
    return said
