"""What the district's actions write into the journal."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

_COUNTS = {
    "areas": dict,
    "buildings": dict,
    "assets": dict,
    "elements": dict,
    "base": dict,
    "assessments": dict,
}

journal.declare("district.loaded", T("辖区数据载入", "District loaded"), keys={"pack": str, **_COUNTS})
journal.declare(
    "asset.service_changed",
    T("设备停用或恢复", "Asset taken out of or put back in service"),
    keys={"code": str, "in_service": bool, "reason": str},
)
journal.declare("asset.changed", T("设备变更", "Asset changed"), keys={"code": str, "fields": list})
journal.declare(
    "element.changed",
    T("治理要素变更", "Governed element changed"),
    keys={"area": str, "code": str, "quantity": int, "fields": list},
)
journal.declare(
    "assessment.recorded",
    T("影响评估登记", "Impact assessment recorded"),
    keys={
        "code": str,
        "topic": str,
        "sha256": str,
        "signed_by": str,
        "valid_from": str,
        "valid_to": str,
        "from_pack": bool,
    },
)
journal.declare(
    "assessment.revoked",
    T("影响评估撤销", "Impact assessment revoked"),
    keys={"code": str, "topic": str, "reason": str},
)
