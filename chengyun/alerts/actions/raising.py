"""From findings to rows: open, fold in, raise again, worsen, ease, clear.

the alert of (rule, subject) is   a finding of level L says         then
not open                          the level began                   opened
not open                          it eased or went (already closed  nothing: a person has judged it
                                  by a judgement)
open, returned                    L holds again                     raised again (re-alarm)
open                              L is more severe                  worsened (re-alarm; ends its shelving)
open                              L is less severe, from the engine eased
open                              the same                          counted in
open                              the condition is gone             cleared, or closed if it was acknowledged
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from chengyun.alerts import facts
from chengyun.alerts.actions import common, incidents, inhibition, rows
from chengyun.alerts.actions.findings import Finding, Stances
from chengyun.alerts.models import Alert, Incident
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor

Key = tuple[int, str]


def carry(actor: Actor, findings: Iterable[Finding], cause: int | None = None) -> list[int]:
    """Carry out findings in their order; returns ids of alerts that were opened. Runs inside `write()`."""
    opened: list[int] = []
    waiting: dict[Key, Finding] = {}
    for f in findings:
        key = (f.rule.id, f.subject)
        if key in waiting or f.level is None:
            opened += raise_all(actor, list(waiting.values()), cause)
            waiting.clear()
        if f.level is None:
            clear(actor, f, cause)
        else:
            waiting[key] = f
    opened += raise_all(actor, list(waiting.values()), cause)
    return opened


def raise_all(
    actor: Actor, findings: Sequence[Finding], cause: int | None, *, external: bool = False
) -> list[int]:
    """Raise findings of distinct (rule, subject); returns ids of alerts that were opened."""
    if not findings:
        return []
    now = clock.now()
    standing = rows.standing(findings)
    absent = facts.out_of_service()
    fresh: list[Finding] = []
    repeats: list[tuple[int, int]] = []
    folded: dict[str, tuple[int, int]] = {}
    changes: list[tuple[int, Finding]] = []
    for f in findings:
        key = (f.rule.id, f.subject)
        known = standing.get(key)
        if known is None:
            eased = f.before is not None and f.level is not None and f.level > f.before
            if key not in absent and not eased:
                fresh.append(f)
        elif (
            known.state == "cleared"
            or (f.level or 9) < known.level
            or (f.level != known.level and not external)
        ):
            changes.append((known.id, f))
        else:
            repeats.append((known.id, f.count))
            n, m = folded.get(f.rule.code, (0, 0))
            folded[f.rule.code] = (n + f.count, m + 1)
    changed = rows.whole(pk for pk, _ in changes)
    for pk, f in changes:
        _change(actor, changed[pk], f, cause)
    opened = _open(actor, fresh, cause) if fresh else []
    rows.count_in(repeats, now)
    for code, (n, m) in folded.items():
        journal.record(
            "alert.repeated",
            subject=f"rule:{code}",
            actor=actor,
            payload={"rule": code, "rows": n, "alerts": m},
            cause=cause,
        )
    if changed:
        common.settle_incidents(actor, changed.values(), cause)
        loud = [a for a in changed.values() if a.state == "unacknowledged" and not a.hidden]
        common.tell(actor, loud, "alert.worsened")
    return opened


def _open(actor: Actor, findings: Sequence[Finding], cause: int | None) -> list[int]:
    suppressed = inhibition.of_findings(findings)
    joined, new = incidents.join(findings)
    keys = [(f.rule.id, f.subject) for f in findings]
    ids, folded = rows.insert(
        findings, {key: i.pk for key, i in zip(keys, joined, strict=True)}, suppressed, clock.now()
    )
    stamps: list[tuple[int, int]] = []
    grown: Counter[int] = Counter()
    told: dict[int, tuple[int, Finding, Incident, int]] = {}
    begun: dict[int, tuple[Finding, int, int]] = {}
    stances: Stances = {}
    for f, key, incident in zip(findings, keys, joined, strict=True):
        if key in folded:
            continue
        pk = ids[key]
        entry = _announce(actor, f, pk, incident, suppressed.get(key), stances, cause)
        stamps.append((pk, entry))
        grown[incident.pk] += 1
        begun.setdefault(incident.pk, (f, pk, entry))
        if key not in suppressed:
            n, worst, _, at = told.get(incident.pk, (0, f, incident, entry))
            told[incident.pk] = (n + 1, f if (f.level or 9) < (worst.level or 9) else worst, incident, at)
    rows.stamp(stamps)
    for incident in new:
        if incident.pk in begun:
            f, pk, entry = begun[incident.pk]
            incidents.announce(actor, incident, f.rule.code, pk, entry)
    incidents.regrade(actor, {i.pk for i in joined}, stamps[0][1] if stamps else cause, joined=grown)
    if any(f.rule.spec.inhibits for f in findings):
        inhibition.spread(actor, [pk for pk, _ in stamps])
    for _, (n, f, incident, entry) in sorted(told.items()):
        common.tell_incident(actor, incident, "alert.opened", f.level or 4, f.rule.code, n, entry)
    return [pk for pk, _ in stamps]


def _announce(
    actor: Actor,
    f: Finding,
    pk: int,
    incident: Incident,
    suppressed: int | None,
    stances: Stances,
    cause: int | None,
) -> int:
    case = f.rule.spec.case
    at_once = case is not None and not case.judged and not f.rule.spec.camera
    payload = f.grounds(stances) | {
        "alert": pk,
        "proposes": _proposes(f),
        "incident": incident.pk,
        "hidden": "suppressed" if suppressed else "",
        "raises": 1,
        "needs_case": at_once,
        "case_kind": case.kind if case else None,
        "case_condition": case.condition if case else None,
    }
    return journal.record(
        "alert.opened",
        subject=f"alert:{pk}",
        area=f.path,
        actor=actor,
        klass=f.rule.spec.klass,
        payload=payload,
        cause=cause,
    ).id


def _proposes(f: Finding) -> bool:
    wanted = f.rule.spec.proposes
    return wanted is not None and (f.level or 9) <= wanted.at_level


def _change(actor: Actor, alert: Alert, f: Finding, cause: int | None) -> None:
    """An open alert came back, worsened or eased."""
    level = f.level or alert.level
    if alert.state == "cleared":
        kind = "alert.reopened"
        common.step(alert, "raise")
        alert.raises += 1
        alert.cleared_at = None
    elif level < alert.level:
        kind = "alert.worsened"
        common.step(alert, "worsen")
    else:
        kind = "alert.eased"
        common.step(alert, "ease")
    if alert.state == "unacknowledged":
        alert.acknowledged_at, alert.acknowledged_by = None, ""
    if alert.shelved_until is not None and alert.shelved_level is not None and level < alert.shelved_level:
        _unshelve(actor, alert, cause)
    # Levels 1 and 2 (or what the cause spares) are never hidden behind a cause.
    if alert.suppressed_by_id is not None and level < alert.level and level <= 2:
        alert.suppressed_by = None
    alert.level, alert.peak = level, min(alert.peak, level)
    alert.measure, alert.have, alert.of, alert.threshold = f.measure, f.have, f.of, f.set
    alert.last_at, alert.count = clock.now(), alert.count + f.count
    payload = f.grounds() | {"hidden": alert.hidden, "raises": alert.raises, "proposes": _proposes(f)}
    common.note(actor, alert, kind, payload, cause, full=True)
    alert.save()


def clear(actor: Actor, f: Finding, cause: int | None = None) -> Alert | None:
    """The condition is gone. An acknowledged alert is closed by it, another waits to be acknowledged."""
    alert = rows.existing(f)
    if alert is None or alert.state == "cleared":
        return None
    common.step(alert, "clear")
    alert.cleared_at = alert.last_at = clock.now()
    alert.measure, alert.have, alert.of = f.measure, f.have, f.of
    payload = f.grounds() | {"hidden": alert.hidden, "raises": alert.raises, "state": alert.state}
    entry = common.note(actor, alert, "alert.cleared", payload, cause, full=True)
    alert.save()
    if alert.state == "closed":
        timers.cancel("alerts.shelf", subject=f"alert:{alert.pk}")
    common.settle_incidents(actor, [alert], entry)
    inhibition.cause_gone(alert, entry)
    return alert


def _unshelve(actor: Actor, alert: Alert, cause: int | None) -> None:
    alert.shelved_until = alert.shelved_level = None
    timers.cancel("alerts.shelf", subject=f"alert:{alert.pk}")
    common.note(actor, alert, "alert.unshelved", {"why": "worsened"}, cause)
