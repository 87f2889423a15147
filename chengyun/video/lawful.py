"""By what right a camera looks, as its asset says it, and whether algorithms may look through it."""

from __future__ import annotations

from collections.abc import Sequence

from chengyun.district.logic import kinds
from chengyun.district.models import Asset
from chengyun.kernel.errors import Invalid
from chengyun.kernel.i18n import T
from chengyun.video import presets
from chengyun.video.logic import purposes
from chengyun.video.logic.purposes import Said
from chengyun.video.models import CameraTerms


def attr(asset: Asset, name: str) -> str:
    return str((asset.attrs or {}).get(name) or "")


def floor_days(asset: Asset) -> int:
    """How long recordings and pictures are kept at least."""
    try:
        return max(1, int(attr(asset, "retention_days")))
    except ValueError:
        return kinds.MIN_RETENTION_DAYS


def against(asset: Asset) -> list[str]:
    """What speaks against this camera standing there at all (both languages where the law is named)."""
    found = kinds.camera_refused(
        place=attr(asset, "place"), legal_basis=attr(asset, "legal_basis"), retention_days=floor_days(asset)
    )
    return [reason for _, reason in found]


def require(asset: Asset) -> None:
    """Raise `Invalid` where no camera may stand."""
    for reason in against(asset):
        raise Invalid("camera", reason, field="place")


def may_bind(preset: presets.Preset, asset: Asset, terms: CameraTerms | None) -> list[Said]:
    """Why an algorithm may not look through a camera; empty where it may."""
    found = [Said("camera", reason, reason) for reason in against(asset)]
    why = purposes.may_bind(
        presets.purposes(),
        preset.purpose,
        camera=asset.code,
        legal_basis=attr(asset, "legal_basis"),
        owner=attr(asset, "owner"),
        terms=terms.purposes if terms else None,
    )
    return [*found, *([why] if why else [])]


def allowed(asset: Asset, terms: CameraTerms | None) -> list[str]:
    """The purposes a camera may be used for, sorted."""
    table = presets.purposes()
    return sorted(purposes.allowed(table, attr(asset, "legal_basis"), terms.purposes if terms else None))


def refuse(said: Sequence[Said]) -> None:
    """Raise `Invalid` for the first of them, if any."""
    if said:
        raise Invalid("not_allowed_here", T(said[0].zh, said[0].en), field=said[0].field)


def works(asset: Asset) -> bool:
    """Whether a camera is there to be looked through at all."""
    return asset.in_service and asset.valid_to is None and not against(asset)
