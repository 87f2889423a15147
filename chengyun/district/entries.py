"""What the district's actions write into the journal."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

_COUNTS = {"areas": dict, "buildings": dict, "assets": dict, "elements": dict}

journal.declare("district.loaded", T("辖区数据载入", "District loaded"), keys={"pack": str, **_COUNTS})
journal.declare(
    "asset.service_changed",
    T("设备停用或恢复", "Asset taken out of or put back in service"),
    keys={"code": str, "in_service": bool, "reason": str},
)
