"""Taking assets out of service and putting them back."""

from __future__ import annotations

from chengyun.district.models import Asset
from chengyun.kernel import journal
from chengyun.kernel.actor import Actor
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write

SERVICE_REASONS = {
    "maintenance": T("检修", "Maintenance"),
    "fault": T("故障", "Fault"),
    "removed": T("拆除", "Removed"),
    "restored": T("恢复", "Restored"),
}


def set_in_service(
    *, actor: Actor, code: str, in_service: bool, reason: str, cause: int | None = None
) -> Asset:
    """Take an asset out of service or put it back; where it is so already, nothing is recorded.

    `reason` is one of `SERVICE_REASONS`. Raises `NotFound`, `NotAllowed`, `Invalid`.
    """
    with write():
        asset = Asset.objects.select_related("area").filter(code=code).first()
        if asset is None:
            actor.require("registry.edit")
            raise NotFound("no_asset", T(f"没有设备 {code}", f"There is no asset {code}"), field="code")
        actor.require("registry.edit", asset.area.path)
        if reason not in SERVICE_REASONS:
            known = ", ".join(SERVICE_REASONS)
            raise Invalid(
                "unknown_reason", T(f"原因须为 {known}", f"The reason is one of {known}"), field="reason"
            )
        if asset.in_service == in_service:
            return asset
        asset.in_service = in_service
        asset.save(update_fields=["in_service"])
        journal.record(
            "asset.service_changed",
            subject=f"asset:{asset.pk}",
            area=asset.area.path,
            actor=actor,
            payload={"code": code, "in_service": in_service, "reason": reason},
            cause=cause,
        )
        return asset
