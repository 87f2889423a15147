"""How a case begins: reported by a person, from an alert, split off another, or to repair a sensor."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from chengyun.alerts import queries as alerting
from chengyun.cases import catalogues, desks, store
from chengyun.cases.actions import clocks
from chengyun.cases.actions.core import Work, open_work, record, step, tell, text_of
from chengyun.cases.logic.catalogue import resolve_condition
from chengyun.cases.models import Case, CaseAlert, Reporter
from chengyun.cases.models.case import SOURCES
from chengyun.district import queries as district
from chengyun.district.models import Area
from chengyun.kernel import clock, ids, scope
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write

PLATFORM = system("cases")
# A rule that names no condition means the kind's first; a person chooses when filing.
AUTOMATIC = ("sensor", "camera", "system")


def report(
    *,
    actor: Actor,
    kind: str,
    area: Area | str,
    condition: str | None = None,
    source: str = "person",
    source_ref: str = "",
    description: str = "",
    reporter: dict[str, str] | None = None,
    lon: float | None = None,
    lat: float | None = None,
    alert_ids: Sequence[int] = (),
    incident: int | None = None,
    first_post: str | None = None,
    split_from: int | None = None,
    cause: int | None = None,
) -> Case:
    """Open a case, or join the open one of the same incident and kind ("also reported by N"). Where `incident` is not given
    it is the one that the alerts are in.

    `area` is an Area or its code. `description` and `reporter` ({"name", "phone"}) stay in rows that can be erased.
    `first_post` is the post that was asked first (default: the actor's, for reports by persons). Raises Invalid, NotAllowed.
    """
    place = district.area(area) if isinstance(area, str) else area
    actor.require("case.assign" if source == "leader" else "case.report", place.path)
    if source not in dict(SOURCES):
        raise Invalid("bad_source", T(f"没有来源 {source}", f"There is no source {source}"), field="source")
    with write():
        if incident is None and alert_ids and split_from is None:
            incident = alerting.incident_of(alert_ids)
        if incident is not None and split_from is None:
            joined = (
                Case.objects.filter(incident=incident, kind=kind, is_open=True)
                .values_list("id", flat=True)
                .first()
            )
            if joined is not None:
                return join(
                    actor=actor,
                    case_id=joined,
                    source=source,
                    description=description,
                    reporter=reporter,
                    alert_ids=alert_ids,
                    cause=cause,
                )
        version = catalogues.current()
        catalogue = catalogues.catalogue(version.pk, version.digest)
        spec = catalogue.kinds.get(kind)
        if spec is None:
            raise Invalid(
                "unknown_kind",
                T(f"立案目录中没有类型 {kind}", f"The catalogue has no kind {kind}"),
                field="kind",
                hint=T("请从目录中选择。", f"Choose one of: {', '.join(sorted(catalogue.kinds))}."),
            )
        if condition is not None and spec.condition(condition) is None:
            raise Invalid(
                "unknown_condition",
                T(f"{kind} 没有立案条件 {condition}", f"{kind} has no condition {condition}"),
                field="condition",
                hint=T("请从该类型的条件中选择。", f"Choose one of: {', '.join(spec.conditions)}."),
            )
        chosen = resolve_condition(spec, condition)
        if chosen is None and source in AUTOMATIC:
            chosen = spec.first
        flow = catalogues.current_workflow(spec.workflow)
        workflow = catalogues.workflow(flow.pk, flow.digest)
        initial = workflow.states[workflow.initial]
        holder = desks.desk(place, workflow.holders[str(initial.holder)])
        first = _first_post(actor, first_post, source)
        case = Case(
            workflow=flow,
            catalogue=version,
            kind=kind,
            condition=chosen.code if chosen else "",
            area=place,
            lon=lon,
            lat=lat,
            klass=spec.klass,
            source=source,
            source_ref=source_ref,
            incident=incident,
            state=workflow.initial,
            urgent=spec.urgent,
            accountable_post_id=holder.id,
            first_post_id=first.id if first else None,
            reported_at=clock.now(),
            described=bool(description),
            split_from_id=split_from,
        )
        store.insert(case)
        it = Work(actor, case, workflow, catalogue, spec, case.reported_at, cause, holder=holder)
        link(it, alert_ids)
        payload: dict[str, Any] = {
            "kind": kind,
            "condition": case.condition or None,
            "source": source,
            "source_ref": source_ref or None,
            "catalogue": version.code,
            "workflow": f"{flow.code} {flow.number}",
            "to": case.state,
            "post": holder.code,
            "first": first.code if first else None,
            "urgent": case.urgent,
            "alerts": list(alert_ids),
            "incident": incident,
            "split_from": split_from,
        }
        payload |= _papers(it, description, reporter)
        entry = record(it, "case.reported", payload)
        it.set(entry=entry.id)
        names = [*([initial.clock] if initial.clock else []), *workflow.start_clocks]
        clocks.start(it, [name for name in names if case.urgent or not workflow.clocks[name].urgent_only])
        it.store()
        step(it, "report", "", entry.id)
        tell(it, holder.id, "case.assigned", desk=True, verb="report", state=case.state)
        return case


def _first_post(actor: Actor, code: str | None, source: str) -> desks.Desk | None:
    if code:
        return desks.named(code)
    return desks.named(actor.post) if actor.post and source == "person" else None


def _papers(it: Work, description: str, reporter: dict[str, str] | None) -> dict[str, Any]:
    """Free text and reporter as erasable rows; digests and random refs for the journal."""
    found: dict[str, Any] = {}
    if description:
        found["text"] = text_of(it, "description", description)
    if reporter:
        name, phone = str(reporter.get("name", ""))[:60], str(reporter.get("phone", ""))[:30]
        salt, digest = seal_text(f"{name}\x00{phone}")
        row = Reporter(
            case_id=it.case.pk, ref=ids.new("r-"), at=it.now, name=name, phone=phone, salt=salt, digest=digest
        )
        row.save(force_insert=True)
        found["reporter"] = row.ref
    return found


def link(it: Work, alert_ids: Iterable[int], via: int | None = None) -> list[int]:
    """Link alerts to the case; those that are linked already are left. Returns the new ones."""
    wanted = list(dict.fromkeys(alert_ids))
    if not wanted:
        return []
    have = set(
        CaseAlert.objects.filter(case_id=it.case.pk, alert_id__in=wanted).values_list("alert_id", flat=True)
    )
    fresh = [alert for alert in wanted if alert not in have]
    CaseAlert.objects.bulk_create(
        [CaseAlert(case_id=it.case.pk, alert_id=alert, via_id=via, at=it.now) for alert in fresh]
    )
    return fresh


def join(
    *,
    actor: Actor,
    case_id: int,
    source: str = "person",
    description: str = "",
    reporter: dict[str, str] | None = None,
    alert_ids: Sequence[int] = (),
    cause: int | None = None,
) -> Case:
    """The same thing reported again: counted, linked, and every reporter will be told the outcome. No new case."""
    with write():
        it = open_work(actor, case_id, cause)
        case = it.case
        actor.require("case.report", case.area.path)
        fresh = link(it, alert_ids)
        if alert_ids and not fresh and not description and not reporter:
            return case
        it.set(reports=case.reports + 1)
        payload = {"reports": case.reports, "source": source, "incident": case.incident}
        payload["alert"] = fresh[0] if fresh else None
        payload |= _papers(it, description, reporter)
        # What led here is the new report; what the case did before is not its cause, so the chain of the case goes on.
        entry = record(it, "case.joined", payload)
        it.store()
        step(it, "joined", case.state, entry.id)
        return case


def open_part(it: Work) -> Case:
    """Split: a new case of the same kind and place for some of the alerts; the old links stay."""
    wanted = [int(alert) for alert in it.args.get("alert_ids") or ()]
    mine = set(
        CaseAlert.objects.filter(case_id=it.case.pk, alert_id__in=wanted).values_list("alert_id", flat=True)
    )
    foreign = [alert for alert in wanted if alert not in mine]
    if foreign:
        raise Invalid(
            "foreign_alert",
            T(f"报警 {foreign[0]} 不属于本案", f"Alert {foreign[0]} does not belong to this case"),
            field="alert_ids",
        )
    return report(
        actor=PLATFORM,
        kind=it.case.kind,
        area=it.case.area,
        condition=it.case.condition or None,
        source=it.case.source,
        alert_ids=wanted,
        incident=it.case.incident,
        lon=it.case.lon,
        lat=it.case.lat,
        split_from=it.case.pk,
        cause=it.case.last_entry,
    )


def repair_case(it: Work, alerts: Sequence[int]) -> Case | None:
    """A case was closed against its sensors, by evidence and a second signer: the sensors need looking at."""
    kind = it.catalogue.repair_kind
    if not kind or it.case.kind == kind:
        return None
    return report(
        actor=PLATFORM,
        kind=kind,
        area=it.case.area,
        source="system",
        source_ref=it.subject,
        alert_ids=alerts,
        lon=it.case.lon,
        lat=it.case.lat,
        cause=it.case.last_entry,
    )


def possible_duplicates(case: Case) -> list[int]:
    """Open cases of the same kind in the same area: a hint before a merge, never a merge by itself."""
    same = Case.objects.visible_to(scope.ALL).filter(kind=case.kind, area_id=case.area_id, is_open=True)
    return list(same.exclude(pk=case.pk).order_by("id").values_list("id", flat=True)[:10])
