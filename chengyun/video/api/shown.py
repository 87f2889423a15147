"""Rows as the doors show them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from chengyun.district.models import Asset
from chengyun.kernel import clock
from chengyun.video import lawful, presets, queries
from chengyun.video.logic import addresses, problems, purposes
from chengyun.video.models import Binding, BindingVersion, CameraTerms, Picture, Seat, VideoEvent
from chengyun.video.precision import NONE, Measured


def terms_of(asset: Asset) -> CameraTerms | None:
    return getattr(asset, "terms", None)


def measured(found: Measured | None) -> dict[str, Any]:
    found = found or NONE
    return {
        "judged": found.judged,
        "true": found.true,
        "share": found.share.share,
        "low": found.share.low,
        "high": found.share.high,
        "duplicate": found.duplicate,
        "nothing_to_do": found.nothing_to_do,
        "open": found.open,
        "since": found.since,
    }


def analysis(asset: Any, now: datetime) -> dict[str, Any]:
    """A camera of `queries.cameras`: whether anybody looks through it now, who, and how well."""
    seat: Seat | None = getattr(asset, "seat", None)
    held = seat is not None and seat.until is not None and seat.until > now
    if asset.n_bindings == 0:
        state = "off"
    elif asset.n_wanted == 0:
        state = "paused"
    elif not held or seat is None:
        state = "waiting"
    elif asset.n_able == 0:
        state = "blind"
    else:
        state = "degraded" if seat.degraded else "analysed"
    return {
        "state": state,
        "worker": seat.worker.name if seat and held and seat.worker else None,
        "until": seat.until if seat and held else None,
        "seen_at": seat.seen_at if seat else None,
        "fps": seat.fps if seat and held else None,
        "unseen": seat.unseen if seat and held else None,
        "mode": seat.mode if seat and held else "",
        "health": seat.health if seat and held else "",
    }


def camera(asset: Any, precision: Measured | None) -> dict[str, Any]:
    terms = terms_of(asset)
    return {
        "code": asset.code,
        "name_zh": asset.name_zh,
        "name_en": asset.name_en,
        "area": asset.area.code,
        "lon": asset.lon,
        "lat": asset.lat,
        "place": lawful.attr(asset, "place"),
        "owner": lawful.attr(asset, "owner"),
        "in_service": asset.in_service,
        "purposes": lawful.allowed(asset, terms),
        "streams": bool(terms and (terms.main or terms.sub)),
        "bindings": asset.n_bindings,
        "analysis": analysis(asset, clock.now()),
        "precision": measured(precision),
    }


def camera_detail(asset: Any, precision: Measured | None) -> dict[str, Any]:
    terms = terms_of(asset) or CameraTerms(camera=asset)
    plain = (
        "terms_ref",
        "ceiling_days",
        "model",
        "sign_photo",
        "sign_on",
        "started_on",
        "filed_on",
        "filing_number",
        "login",
    )
    basis, owner = lawful.attr(asset, "legal_basis"), lawful.attr(asset, "owner")
    owner_zh, owner_en = queries.owner_names().get(owner, (owner, owner))
    names = presets.purposes().basis_names
    return (
        camera(asset, precision)
        | {name: getattr(terms, name) for name in plain}
        | {
            "legal_basis": basis,
            "bases": [word(code, names.get(code)) for code in purposes.bases_of(basis)],
            "owner_zh": owner_zh,
            "owner_en": owner_en,
            "retention_days": lawful.floor_days(asset),
            "terms": terms.purposes,
            "sign": lawful.attr(asset, "sign"),
            "main": addresses.shown(terms.main),
            "sub": addresses.shown(terms.sub),
            "live": bool(terms.live),
            "recordings": bool(terms.recordings),
            "privacy": terms.privacy,
            "problems": [
                dict(zip(("zh", "en"), problems.both(said), strict=True)) for said in lawful.against(asset)
            ],
        }
    )


def word(code: str, names: tuple[str, str] | None) -> dict[str, Any]:
    """A code by name; by itself where it has none."""
    zh, en = names or (code, code)
    return {"code": code, "zh": zh, "en": en}


def body(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "zones": found.get("zones") or [],
        "lines": found.get("lines") or [],
        "settings": found.get("settings") or {},
        "schedule": found.get("schedule"),
        "cadence": found.get("cadence"),
    }


def names(code: str) -> dict[str, str]:
    preset = presets.shipped().get(code)
    return {
        "preset": code,
        "preset_zh": preset.zh if preset else code,
        "preset_en": preset.en if preset else code,
    }


def binding(row: Binding, precision: Measured | None) -> dict[str, Any]:
    said = row.current.body if row.current else {}
    problem_zh, problem_en = problems.both(row.problem)
    return (
        body(said)
        | names(row.preset)
        | {
            "code": row.code,
            "camera": row.camera.code,
            "version": row.current.number if row.current else 0,
            "counts": bool(said.get("counts")),
            "model": str(said.get("model") or ""),
            "enabled": row.enabled,
            "paused_until": row.paused_until,
            "pause_reason": row.pause_reason,
            "problem": row.problem,
            "problem_zh": problem_zh,
            "problem_en": problem_en,
            "problem_at": row.problem_at,
            "streams": [
                {"zone": s.zone, "role": s.role, "quantity": s.stream.quantity, "datastream": s.stream.code}
                for s in row.streams.all()
                if s.stream.in_service
            ],
            "precision": measured(precision),
        }
    )


def version(row: BindingVersion) -> dict[str, Any]:
    return body(row.body) | {
        "number": row.number,
        "at": row.at,
        "enabled": bool(row.body.get("enabled", True)),
    }


def event(row: VideoEvent) -> dict[str, Any]:
    plain = ("version", "zone", "kind", "about", "state", "start", "end", "peak", "unseen_s", "worker")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.ref,
        "camera": row.camera.code,
        "binding": row.binding.code,
        "alert": row.alert_id,
        "pictures": [p.ref for p in row.pictures.all() if p.erased_at is None],
    }


def picture(row: Picture) -> dict[str, Any]:
    plain = ("at", "sha256", "width", "height", "heads", "zones", "keep_until", "delete_by")
    return {name: getattr(row, name) for name in plain} | {
        "id": row.ref,
        "camera": row.camera.code,
        "event": row.event_ref,
        "alert": row.event.alert_id if row.event else None,
        "masked": row.how,
        "models": row.models_used,
    }
