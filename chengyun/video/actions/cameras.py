"""What is on record of a camera."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from chengyun.district import actions as district
from chengyun.district.models import Asset
from chengyun.kernel import clock, journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.privacy import seal_text
from chengyun.kernel.transaction import write
from chengyun.video import lawful, presets
from chengyun.video.actions import bindings
from chengyun.video.logic import addresses, shapes
from chengyun.video.models import CameraTerms, TermsChange

EDIT = "registry.edit"
# What stands in the asset itself, under the district's own rules.
_IN_ASSET = ("place", "legal_basis", "owner", "retention_days", "sign")
_ADDRESSES = ("main", "sub", "live", "recordings")
OWN = (
    "purposes", "terms_ref", "ceiling_days", "model", "sign_photo", "sign_on", "started_on", "filed_on",
    "filing_number", "login", "privacy", *_ADDRESSES,
)  # fmt: skip


def camera(code: str, *, lock: bool = False) -> Asset:
    """A camera by code. Raises `NotFound`."""
    rows = Asset.objects.select_related("area").filter(code=code, kind="camera")
    found = (rows.select_for_update(of=("self",)) if lock else rows).first()
    if found is None:
        raise NotFound("no_camera", T(f"没有摄像机 {code}", f"There is no camera {code}"), field="camera")
    return found


def describe(
    *, actor: Actor, code: str, reason: str = "", cause: int | None = None, **values: Any
) -> CameraTerms:
    """Put on record what a camera is for and where its pictures come from; what is not named stays. What was changed is
    kept with the reason (`TermsChange`); nothing changed, nothing kept.

    place, legal_basis, owner, retention_days (the floor) and sign go into its asset, others are `OWN`. Refuses a place where
    no camera may stand, and credentials in an address. Bindings that what is on record no longer covers are switched off.
    """
    with write():
        asset = camera(code)
        actor.require(EDIT, asset.area.path)
        reason = " ".join(reason.split())
        if len(reason) > 200:
            raise Invalid(
                "reason", T("事由最多 200 字", "A reason has at most 200 characters"), field="reason"
            )
        before = asset.attrs
        attrs = {**before, **{k: values.pop(k) for k in _IN_ASSET if k in values}}
        changed = {k: [before.get(k), attrs[k]] for k in _IN_ASSET if attrs.get(k) != before.get(k)}
        if changed:
            asset = district.save_asset(actor=actor, code=code, cause=cause, attrs=attrs)
        terms = CameraTerms.objects.filter(camera=asset).first() or CameraTerms(camera=asset)
        unknown = set(values) - set(OWN)
        if unknown:
            raise Invalid("unknown", T("不认识的字段", "There is no such field"), field=sorted(unknown)[0])
        fields = [name for name in OWN if name in values and getattr(terms, name) != values[name]]
        for name in fields:
            changed[name] = [_said(name, getattr(terms, name)), _said(name, values[name])]
            setattr(terms, name, values[name])
        check(asset, terms)
        if terms.pk is None or fields:
            terms.save()
        if changed:
            TermsChange.objects.create(
                at=clock.now(),
                by=actor.ref,
                post=actor.post or "",
                camera=asset,
                changed=changed,
                reason=reason,
            )
            journal.record(
                "camera.described",
                subject=f"camera:{code}",
                area=asset.area.path,
                actor=actor,
                payload={
                    "camera": code,
                    "fields": sorted(changed),
                    "reason_digest": seal_text(reason)[1] if reason else None,
                },
                cause=cause,
            )
        bindings.recheck(actor, asset, terms, cause)
        return terms


def _said(name: str, value: Any) -> Any:
    """A value as the record of changes keeps it: of an address no more than its host."""
    if name in _ADDRESSES:
        return addresses.shown(value or "")
    return value.isoformat() if isinstance(value, date) else value


def check(asset: Asset, terms: CameraTerms) -> None:
    """Raise `Invalid` for what may not be on record."""
    lawful.require(asset)
    if terms.purposes is not None:
        purposes(terms.purposes)
    floor = lawful.floor_days(asset)
    if not floor <= terms.ceiling_days <= 3660:
        raise Invalid(
            "ceiling",
            T(f"最长留存应为 {floor} 至 3660 天", f"kept at most: {floor} to 3,660 days"),
            field="ceiling_days",
        )
    for name in _ADDRESSES:
        wrong = addresses.fault(getattr(terms, name))
        if wrong:
            raise Invalid("address", T(*wrong), field=name)
    wrong = addresses.login_fault(terms.login)
    if wrong:
        raise Invalid("login", T(*wrong), field="login")
    if len(terms.privacy) > 20:
        raise Invalid("privacy", T("遮挡区最多 20 个", "At most 20 privacy zones"), field="privacy")
    for points in terms.privacy:
        wrong = shapes.zone_fault(points)
        if wrong:
            raise Invalid("privacy", T(*wrong), field="privacy")
    _in_order(terms.started_on, terms.filed_on)


def purposes(given: Collection[str]) -> None:
    known = presets.purposes().names
    for purpose in given:
        if purpose not in known:
            raise Invalid(
                "purpose",
                T(f"没有用途 {purpose}", f"There is no purpose {purpose}"),
                field="purposes",
                hint=", ".join(known),
            )


def _in_order(started: date | None, filed: date | None) -> None:
    for name, day in (("started_on", started), ("filed_on", filed)):
        if day is not None and not date(1990, 1, 1) <= day <= date(2100, 1, 1):
            raise Invalid("date", T("日期不合理", "This date cannot be right"), field=name)
