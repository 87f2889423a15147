"""Alerts that a source makes itself: the fast door, deduplicated by (rule, subject) in the database."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any, TypedDict

from chengyun.alerts import runtime
from chengyun.alerts.actions import raising
from chengyun.alerts.actions.findings import Finding
from chengyun.alerts.facts import RuleInfo
from chengyun.district import queries as district
from chengyun.kernel import clock
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotFound, TooLarge
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write

MAX_ROWS = 20_000


class Raised(TypedDict, total=False):
    """One row: `rule` (code of an external rule) and `subject` name it; `asset` or `area` (codes) place it.

    `level` defaults to the rule's mildest, `at_ms` (event time) to now; `value` is what the source measured, if anything.
    """

    rule: str
    subject: str
    level: int
    at_ms: int
    area: str
    asset: str
    value: float


def raise_many(*, actor: Actor, rows: Iterable[Raised], cause: int | None = None) -> dict[str, int]:
    """Raise or fold in; returns {"opened", "folded", "rows"}. All or nothing: a wrong row refuses the batch and is named."""
    with write():
        actor.require("alert.raise")
        given = list(rows)
        if len(given) > MAX_ROWS:
            raise TooLarge(
                "too_many_rows",
                T(f"一次最多 {MAX_ROWS} 条", f"At most {MAX_ROWS} rows at once"),
                field="rows",
            )
        found = runtime.rules()
        now_ms = int(clock.now().timestamp() * 1000)
        assets = _assets(given)
        areas = _areas(given)
        folded: dict[tuple[str, str], Finding] = {}
        for n, row in enumerate(given):
            f = _finding(n, row, found, assets, areas, now_ms)
            key = (f.rule.code, f.subject)
            earlier = folded.get(key)
            folded[key] = f if earlier is None else earlier.folded(f)
        for f in folded.values():
            actor.require("alert.raise", f.path)
        opened = raising.raise_all(actor, list(folded.values()), cause, external=True)
        return {"opened": len(opened), "folded": len(given) - len(opened), "rows": len(given)}


def end_many(*, actor: Actor, keys: Iterable[tuple[str, str]], cause: int | None = None) -> int:
    """The source says that its conditions are gone: (rule, subject). Returns how many alerts that changed."""
    with write():
        actor.require("alert.raise")
        found = runtime.rules()
        now_ms, ended = int(clock.now().timestamp() * 1000), 0
        for rule, subject in keys:
            info = _external(rule, found, "keys")
            alert = raising.rows.existing(_bare(info, subject, now_ms))
            if alert is not None:
                actor.require("alert.raise", alert.area.path)
                finding = _bare(info, subject, now_ms, alert.area.path, alert.area_id)
                ended += raising.clear(actor, finding, cause) is not None
        return ended


def _bare(info: RuleInfo, subject: str, at_ms: int, path: str = "", area_id: int = 0) -> Finding:
    return Finding(info, subject, path, area_id, None, None, at_ms)


def _finding(
    n: int,
    row: Raised,
    found: dict[str, RuleInfo],
    assets: dict[str, tuple[int, int, str]],
    areas: dict[str, tuple[int, str]],
    now_ms: int,
) -> Finding:
    info = _external(row.get("rule", ""), found, f"rows.{n}.rule")
    spec = info.spec
    asset = row.get("asset")
    if asset is not None and asset not in assets:
        raise _wrong(n, "asset", T(f"没有设备 {asset}", f"There is no asset {asset}"))
    if "area" in row and row["area"] not in areas:
        raise _wrong(n, "area", T(f"没有区域 {row['area']}", f"There is no area {row['area']}"))
    if "area" in row:
        area_id, path = areas[row["area"]]
    elif asset is not None:
        _, area_id, path = assets[asset]
    else:
        raise _wrong(
            n, "area", T("须给出 area 或 asset", "Give an area or an asset, so that the alert has a place")
        )
    subject = row.get("subject") or (f"asset:{asset}" if asset else f"area:{row['area']}")
    if len(subject) > 80:
        raise _wrong(n, "subject", T("对象名过长", "The subject is longer than 80 characters"))
    level = row.get("level", max(spec.levels))
    if level not in spec.levels:
        raise _wrong(n, "level", T(f"规则没有级别 {level}", f"The rule has no level {level}"))
    at_ms = int(row.get("at_ms", now_ms))
    value: Any = row.get("value")
    observed = ((subject, at_ms, float(value)),) if value is not None else ()
    return Finding(
        rule=info,
        subject=subject,
        path=path,
        area_id=area_id,
        level=level,
        before=None,
        at_ms=at_ms,
        asset=asset,
        asset_id=assets[asset][0] if asset else None,
        measure=None if value is None else float(value),
        observed=observed,
    )


def _external(code: str, found: dict[str, RuleInfo], field: str) -> RuleInfo:
    info = found.get(code)
    if info is None or info.spec.when != "external":
        raise Invalid(
            "no_external_rule",
            T(f"没有外部报警规则 {code}", f"There is no external rule {code}"),
            field=field,
            hint=T(
                "请在 rules/*.yaml 中定义 when: external 的规则。",
                "Define one with when: external in rules/*.yaml.",
            ),
        )
    return info


def _wrong(n: int, field: str, reason: str) -> Invalid:
    return Invalid("bad_row", reason, field=f"rows.{n}.{field}")


def _assets(rows: list[Raised]) -> dict[str, tuple[int, int, str]]:
    """code -> (id, area id, area path)."""
    known = district.asset_places() if any("asset" in row for row in rows) else {}
    wanted = {row["asset"] for row in rows if "asset" in row}
    return {code: (at.id, at.area_id, at.path) for code in wanted if (at := known.get(code)) is not None}


def _areas(rows: list[Raised]) -> dict[str, tuple[int, str]]:
    """code -> (id, path)."""
    found = {}
    for code in {row["area"] for row in rows if "area" in row}:
        with contextlib.suppress(NotFound):
            area = district.area(code)
            found[code] = (area.pk, area.path)
    return found
