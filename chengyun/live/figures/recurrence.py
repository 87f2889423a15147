"""What comes back by place and by kind, beside the period before it (环比) and the same one last year (同比).

Counts of things in places, never of persons. A period of which nothing was recorded is null, not zero.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import yaml
from django.db.models import Count
from pydantic import BaseModel, ConfigDict, Field

from chengyun.alerts.models import Alert, Rule
from chengyun.cases import queries as cases
from chengyun.cases.models import Case
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.kernel.models import JournalEntry
from chengyun.live.figures.shapes import CampaignRule, CountOut, PeriodOut, RecurrenceOut, RecurringRow
from chengyun.live.rows.places import grounds

Group = Literal["place", "kind", "both"]
LONGEST = timedelta(days=366)
# What was never a matter of its own is not counted as one.
NOT_COUNTED = ("void", "declined", "merged")
# (area id or None, kind or None) -> how many
Counts = Counter[tuple[int | None, str | None]]


class _Campaign(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    least: Annotated[int, Field(ge=1)]
    rise: Annotated[float, Field(ge=0)]
    suggested: bool


@functools.cache
def campaign() -> _Campaign:
    """When a special campaign is proposed; from campaign.yaml."""
    text = Path(__file__).with_name("campaign.yaml").read_text(encoding="utf-8")
    return _Campaign.model_validate(yaml.safe_load(text))


@dataclass(frozen=True, slots=True)
class Period:
    since: datetime
    until: datetime

    def known(self) -> bool:
        """Whether anything could have been recorded in it: the journal had begun, or there are cases of it."""
        first = JournalEntry.objects.order_by("id").values_list("at", flat=True).first()
        if first is not None and first <= self.since:
            return True
        return Case.objects.filter(reported_at__gte=self.since, reported_at__lt=self.until).exists()


def recurrence(viewer: Any, since: datetime, until: datetime, *, group: Group, limit: int) -> RecurrenceOut:
    """Rows of what recurs, most first. Raises Invalid for a period that is none or is longer than a year."""
    if since >= until or until - since > LONGEST:
        raise Invalid(
            "bad_period",
            T("时间段不正确，最长一年", "since comes before until, at most a year before"),
            field="since",
        )
    now = Period(since, until)
    before = Period(since - (until - since), since)
    year = Period(_year_before(since), _year_before(until))
    known = {period: period.known() for period in (before, year)}
    pick = _picked(group)
    counted = {
        period: _cases(viewer, period, pick) if known.get(period, True) else None
        for period in (now, before, year)
    }
    alarms = {
        period: _alerts(viewer, period, pick) if known.get(period, True) else None
        for period in (now, before, year)
    }
    found, heard = counted[now] or Counter(), alarms[now] or Counter()
    keys = sorted(
        set(found) | set(heard), key=lambda key: (-found[key], -heard[key], key[0] or 0, key[1] or "")
    )
    places, names = grounds(), {kind.code: kind.name for kind in cases.kinds()}
    rows = []
    for area, kind in keys[:limit]:
        key = (area, kind)
        place = places.get(area or 0)
        zh, en = names.get(kind or "", (kind or "", kind or ""))
        own = _count(key, found, counted[before], counted[year])
        propose, why = _proposed(own)
        rows.append(
            RecurringRow(
                area=place.code if place else None,
                area_zh=place.zh if place else "",
                area_en=place.en if place else "",
                lon=place.lon if place else None,
                lat=place.lat if place else None,
                kind=kind,
                kind_zh=zh,
                kind_en=en,
                cases=own,
                alerts=_count(key, heard, alarms[before], alarms[year]),
                propose=propose,
                why_zh=why[0],
                why_en=why[1],
            )
        )
    return RecurrenceOut(
        group=group,
        now=PeriodOut(since=now.since, until=now.until, known=True),
        before=PeriodOut(since=before.since, until=before.until, known=known[before]),
        last_year=PeriodOut(since=year.since, until=year.until, known=known[year]),
        rule=_rule(),
        rows=rows,
        more=len(keys) > limit,
    )


def _year_before(at: datetime) -> datetime:
    """The same moment a year ago; of 29 February the day before."""
    try:
        return at.replace(year=at.year - 1)
    except ValueError:
        return at.replace(year=at.year - 1, day=28)


def _picked(group: Group) -> Callable[[int, str | None], tuple[int | None, str | None]]:
    if group == "place":
        return lambda area, kind: (area, None)
    if group == "kind":
        return lambda area, kind: (None, kind)
    return lambda area, kind: (area, kind)


def _cases(viewer: Any, period: Period, pick: Any) -> Counts:
    rows = (
        cases.cases(viewer)
        .filter(reported_at__gte=period.since, reported_at__lt=period.until)
        .exclude(state__in=NOT_COUNTED)
        .order_by()
        .values_list("area_id", "kind")
        .annotate(n=Count("pk"))
    )
    found: Counts = Counter()
    for area, kind, n in rows:
        found[pick(area, kind)] += n
    return found


def _alerts(viewer: Any, period: Period, pick: Any) -> Counts:
    """Alerts by the kind of case that their rule asks for; those of a rule that asks for none have a place alone. What was
    judged false or a duplicate was nothing."""
    kinds = {
        pk: ((body or {}).get("case") or {}).get("kind")
        for pk, body in Rule.objects.values_list("pk", "current__body")
    }
    rows = (
        Alert.objects.visible_to(viewer)
        .filter(opened_at__gte=period.since, opened_at__lt=period.until)
        .exclude(verdict__in=("false", "duplicate"))
        .order_by()
        .values_list("area_id", "rule_id")
        .annotate(n=Count("pk"))
    )
    found: Counts = Counter()
    for area, rule, n in rows:
        key = pick(area, kinds.get(rule))
        if key != (None, None):
            found[key] += n
    return found


def _count(
    key: tuple[int | None, str | None], now: Counts, before: Counts | None, year: Counts | None
) -> CountOut:
    then = None if before is None else before[key]
    last = None if year is None else year[key]
    return CountOut(
        now=now[key],
        before=then,
        last_year=last,
        change=_change(now[key], then),
        change_year=_change(now[key], last),
    )


def _change(now: int, then: int | None) -> float | None:
    """The share by which it rose or fell; None where there is nothing to compare with."""
    return round(now / then - 1, 4) if then else None


def _proposed(found: CountOut) -> tuple[bool, tuple[str, str]]:
    rule = campaign()
    if found.now < rule.least:
        return False, ("", "")
    if found.change is None:
        return True, (f"{found.now} 件，此前无可比数据", f"{found.now} cases, and nothing to compare with")
    if found.change < rule.rise:
        return False, ("", "")
    return True, (
        f"{found.now} 件，比上期增加 {found.change:.0%}",
        f"{found.now} cases, {found.change:.0%} more than before",
    )


def _rule() -> CampaignRule:
    rule = campaign()
    return CampaignRule(
        least=rule.least,
        rise=rule.rise,
        suggested=rule.suggested,
        zh=f"不少于 {rule.least} 件且比上期增加 {rule.rise:.0%} 以上（建议值）",
        en=f"at least {rule.least} cases and {rule.rise:.0%} more than before (suggested values)",
    )
