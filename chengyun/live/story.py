"""Journal entries in people's words: one short sentence each, in the active language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.utils.translation import override

from chengyun.alerts.models import Rule
from chengyun.cases import catalogues
from chengyun.kernel import journal, registry
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.people.models import Post

# Entries that are for the machine room rather than for the story of a night.
QUIET = (
    "signals.",
    "message.",
    "district.",
    "people.",
    "duty.",
    "rule.",
    "account.",
    "role.",
    "token.",
    "sheet.",
    "asset.changed",
    "department.changed",
    "element.changed",
    "leader.changed",
    "pattern.changed",
    "post.changed",
    "staff.changed",
    "incident.graded",
    "alert.suppressed",
)

NUMERALS = {1: "I", 2: "II", 3: "III", 4: "IV"}
MODES = {
    "normal": T("平时", "normal"),
    "holiday": T("节假日", "holiday"),
    "major_event": T("重大活动", "major event"),
    "emergency": T("应急战时", "emergency"),
}
_VERDICTS = {
    "true": T("属实", "true"),
    "false": T("误报", "false alarm"),
    "duplicate": T("重复", "duplicate"),
    "nothing_to_do": T("无需处置", "nothing to do"),
}
_CLOCK_EVENTS = {
    "warning": T("将到期", "is about to run out"),
    "breach": T("已超时", "has run out"),
    "escalation": T("已上报上级", "is escalated"),
    "escalated": T("已上报上级", "is escalated"),
}


def tell(entry: JournalEntry) -> str:
    """One sentence. A kind without a sentence of its own gives its label and the subject."""
    payload = entry.payload
    number = entry.subject.partition(":")[2]
    if entry.kind.startswith("alert."):
        return _words(
            _label(entry), f"#{number}", _rule(payload.get("rule")), _level(payload), _verdict(payload)
        )
    if entry.kind.startswith(("posture.", "warning.", "response.")):
        mode = MODES.get(payload.get("mode", ""), "")
        leader = _post(payload.get("leader")) if entry.kind in ("posture.asked", "posture.approved") else None
        return _words(_label(entry), mode, _level(payload), leader)
    sentence = _CASES.get(entry.kind)
    return (
        sentence(entry, payload, number)
        if sentence
        else _words(_label(entry), f"#{number}", _post(payload.get("post")))
    )


def tell_twice(entries: Sequence[JournalEntry]) -> list[tuple[str, str]]:
    """The sentence of each entry in Chinese and in English."""
    with override("zh-hans"):
        chinese = [tell(entry) for entry in entries]
    with override("en"):
        return [(zh, tell(entry)) for zh, entry in zip(chinese, entries, strict=True)]


def _label(entry: JournalEntry) -> str:
    kind = journal.kinds.get(entry.kind)
    return str(kind.label) if kind else entry.kind


def _words(*parts: Any) -> str:
    return "  ".join(str(part) for part in parts if part)


def _level(payload: dict[str, Any]) -> str:
    return NUMERALS.get(payload.get("level") or 0, "")


def _verdict(payload: dict[str, Any]) -> str:
    return str(_VERDICTS.get(payload.get("verdict") or "", ""))


def _rule(code: str | None) -> str:
    names = registry.cached(("alert",), "rule names", _read_rules).get(code or "")
    return str(T(*names)) if names else code or ""


def _read_rules() -> dict[str, tuple[str, str]]:
    return {code: (zh, en) for code, zh, en in Rule.objects.values_list("code", "name_zh", "name_en")}


def _post(code: str | None) -> str:
    names = registry.cached(("people",), "post names", _read_posts).get(code or "")
    return str(T(*names)) if names else code or ""


def _read_posts() -> dict[str, tuple[str, str]]:
    return {code: (zh, en) for code, zh, en in Post.objects.values_list("code", "name_zh", "name_en")}


def _workflow() -> Any:
    version = catalogues.current_workflow("standard")
    return catalogues.workflow(version.pk, version.digest)


def _reported(entry: JournalEntry, payload: dict[str, Any], number: str) -> str:
    version = catalogues.current()
    kind = catalogues.catalogue(version.pk, version.digest).kinds.get(payload["kind"])
    name = T(*kind.name) if kind else payload["kind"]
    return _words(_label(entry), f"#{number}", name, _post(payload.get("post")))


def _moved(entry: JournalEntry, payload: dict[str, Any], number: str) -> str:
    flow = _workflow()
    verb, state = flow.verbs.get(payload["verb"]), flow.states.get(payload["to"])
    to = f"→ {T(state.zh, state.en)}" if state else payload["to"]
    name = T(verb.zh, verb.en) if verb else payload["verb"]
    return _words(T(f"案件 #{number}", f"Case #{number}"), name, to, _post(payload.get("post")))


def _clock(entry: JournalEntry, payload: dict[str, Any], number: str) -> str:
    known = _workflow().clocks.get(payload["clock"])
    name = T(known.zh, known.en) if known else payload["clock"]
    event = _CLOCK_EVENTS.get(payload["event"], payload["event"])
    told = str(T("、", ", ")).join(_post(code) for code in payload.get("tell") or [])
    return _words(
        T(f"案件 #{number}", f"Case #{number}"),
        f"{name} {event}",
        _post(payload.get("post")),
        told and f"→ {told}",
    )


_CASES: dict[str, Callable[[JournalEntry, dict[str, Any], str], str]] = {
    "case.reported": _reported,
    "case.moved": _moved,
    "case.clock": _clock,
}
