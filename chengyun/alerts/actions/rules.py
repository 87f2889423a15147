"""Rules as data: each change is a new version; an invalid one stays visible with its reason and never judges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.models import F

from chengyun.alerts import facts, runtime
from chengyun.alerts.actions.judging import arm_silence
from chengyun.alerts.logic.binding import Unbound
from chengyun.alerts.logic.spec import RuleRefused, RuleSpec, parse, plain
from chengyun.alerts.models import Rule, RuleSet, RuleVersion
from chengyun.alerts.pack import AlertsData
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.canonical import digest
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.models import Timer
from chengyun.kernel.transaction import write


def set_rule(*, actor: Actor, body: Mapping[str, Any], cause: int | None = None) -> Rule:
    """Store a rule as its next version. The same content again changes nothing.

    A valid version judges from the next reading on. An invalid one is kept with its faults; the last valid version goes
    on judging, and `Rule.problem` says both.
    """
    with write():
        actor.require("rule.edit")
        rule = _set(actor, body, cause)
        _note_unbound()
        return rule


def retire_rule(*, actor: Actor, code: str, cause: int | None = None) -> Rule:
    """Stop judging by a rule. Its open alerts stay until a person has dealt with them."""
    with write():
        actor.require("rule.edit")
        rule = Rule.objects.select_related("current").filter(code=code).first()
        if rule is None:
            raise NotFound("no_rule", T(f"没有规则 {code}", f"There is no rule {code}"), field="code")
        if not rule.retired:
            rule.retired = True
            rule.save(update_fields=["retired"])
            number = rule.current.number if rule.current else None
            _entry(actor, "rule.retired", code, {"version": number}, cause)
            _bump()
        return rule


def load_alerts(*, actor: Actor, data: AlertsData, cause: int | None = None) -> None:
    """Make the rules say what the pack says. Loading the same pack twice changes nothing, also not what was edited since.

    Rules that came from a pack and are no longer in it are retired.
    """
    with write():
        actor.require("rule.edit")
        known = dict(
            Rule.objects.exclude(pack_digest="").filter(retired=False).values_list("code", "pack_digest")
        )
        for body in map(plain, data.rules):
            code, fingerprint = str(body["code"]), digest(body)
            if known.pop(code, None) != fingerprint:
                _set(actor, body, cause)
                Rule.objects.filter(code=code).update(pack_digest=fingerprint)
        for code in sorted(known):
            retire_rule(actor=actor, code=code, cause=cause)
        _note_unbound()


def note_changed_district() -> None:
    """Equipment or areas changed: compile the rules anew at the next reading, and look which of them now judge nothing."""
    with write():
        _bump()
        _note_unbound()


def _set(actor: Actor, body: Mapping[str, Any], cause: int | None) -> Rule:
    code = body.get("code")
    if not isinstance(code, str) or not 2 <= len(code) <= 60:
        raise Invalid(
            "no_code",
            T("规则须有编码", "A rule needs a code"),
            field="code",
            hint=T("例如 crowd-core-total。", "For example crowd-core-total."),
        )
    content: dict[str, Any] = plain(body)
    fingerprint = digest(content)
    rule = Rule.objects.select_related("current").filter(code=code).first()
    latest = rule.versions.order_by("-number").first() if rule else None
    if rule is not None and latest is not None and latest.digest == fingerprint and not rule.retired:
        return rule
    spec, refused = _parse(content)
    names = (spec.name.zh, spec.name.en) if spec else _names(content, code)
    if rule is None:
        rule = Rule.objects.create(code=code, name_zh=names[0], name_en=names[1])
    version = RuleVersion.objects.create(
        rule=rule,
        number=latest.number + 1 if latest else 1,
        body=content,
        digest=fingerprint,
        valid=spec is not None,
        reason=str(refused or ""),
        at=clock.now(),
        by=actor.ref,
    )
    before = rule.current.number if rule.current else None
    base = {"version": version.number, "digest": fingerprint}
    if spec is None:
        assert refused is not None
        rule.problem = _says(refused, before)
        rule.problem_at = clock.now()
        rule.save(update_fields=["problem", "problem_at"])
        more = {"judging": before, "field": refused.faults[0][0][:60], "faults": len(refused.faults)}
        _entry(actor, "rule.refused", code, base | more, cause)
        return rule
    rule.current, rule.name_zh, rule.name_en, rule.retired = version, names[0], names[1], False
    rule.problem, rule.problem_at = "", None
    rule.save()
    _entry(actor, "rule.changed", code, base | {"before": before}, cause)
    _bump()
    return rule


def _parse(body: dict[str, Any]) -> tuple[RuleSpec | None, RuleRefused | None]:
    try:
        return parse(body), None
    except RuleRefused as refused:
        return None, refused


def _says(refused: RuleRefused, judging: int | None) -> str:
    faults = "; ".join(f"{field}: {reason}" for field, reason in refused.faults)
    if judging is None:
        return f"{faults}. 尚无有效版本，此规则不判断。No valid version yet: this rule judges nothing."
    return f"{faults}. 第 {judging} 版继续判断。Version {judging} goes on judging."


def _names(body: dict[str, Any], code: str) -> tuple[str, str]:
    given = body.get("name")
    if not isinstance(given, Mapping):
        return code, code
    return str(given.get("zh") or code)[:120], str(given.get("en") or code)[:120]


def _note_unbound() -> None:
    """Say of each valid rule whether it judges anything here, and keep the check for silence armed while one needs it."""
    streams = facts.streams()
    silence = False
    for info in runtime.rules().values():
        problem = ""
        try:
            bounds = runtime.bounds_of(info, streams)
            silence = silence or (info.spec.when == "absence" and bool(bounds))
        except Unbound as error:
            problem = f"不判断任何对象。Judges nothing: {error}"
        except ValueError as error:
            problem = f"运行态势的阈值不适用。The posture's thresholds do not fit: {error}"
        row = Rule.objects.get(pk=info.id)
        refused = row.versions.filter(valid=False, number__gt=info.version).order_by("-number").first()
        if refused is None and row.problem != problem:
            row.problem, row.problem_at = problem, clock.now() if problem else None
            row.save(update_fields=["problem", "problem_at"])
    if silence and not Timer.objects.filter(kind="alerts.silence").exists():
        arm_silence()


def _bump() -> None:
    RuleSet.objects.get_or_create(pk=1)
    RuleSet.objects.filter(pk=1).update(version=F("version") + 1)
    arm_silence()  # a new rule may allow less silence than those that the next look was planned for


def _entry(actor: Actor, kind: str, code: str, payload: dict[str, Any], cause: int | None) -> int:
    return journal.record(
        kind, subject=f"rule:{code}", actor=actor, payload={"rule": code} | payload, cause=cause
    ).id
