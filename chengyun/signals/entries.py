"""What signals write into the journal: facts about sources and streams, never single observations."""

from chengyun.kernel import journal
from chengyun.kernel.i18n import T

journal.declare(
    "signals.loaded",
    T("数据流载入", "Datastreams loaded"),
    keys={"sources": dict, "datastreams": dict, "balances": dict, "settings": bool},
)
journal.declare(
    "signals.trouble",
    T("信号源数据有误", "A source sends what cannot be taken"),
    keys={"source": str, "reason": str},
)
journal.declare(
    "signals.unjudged",
    T("观测已保存但研判失败", "Readings were stored but judging failed"),
    keys={"source": str, "error": str, "digest": str},
)
journal.declare(
    "signals.manual",
    T("手工录入读数", "Reading entered by hand"),
    keys={"datastream": str, "value": float, "at": str, "reason_digest": str},
)
journal.declare(
    "signals.file",
    T("文件导入", "File taken in"),
    keys={"source": str, "digest": str, "accepted": int, "duplicates": int, "quarantined": int},
)
journal.declare(
    "datastream.changed", T("数据流变更", "Datastream changed"), keys={"datastream": str, "fields": list}
)
journal.declare(
    "datastream.service_changed",
    T("数据流停用或恢复", "Datastream taken out of or put back in service"),
    keys={"datastream": str, "in_service": bool, "reason_digest": str},
)
journal.declare(
    "source.service_changed",
    T("信号源的数据流停用或恢复", "Datastreams of a source taken out of or put back in service"),
    keys={"source": str, "pattern": str, "in_service": bool, "count": int, "reason_digest": str},
)
journal.declare(
    "balance.baseline_set",
    T("进出平衡设定基准", "Baseline of a balance set"),
    keys={"datastream": str, "value": float, "before": float, "at": str, "reason_digest": str},
)
journal.declare(
    "signals.quarantine_cleared",
    T("隔离区清理", "Quarantine cleared"),
    keys={"source": str, "reason": str, "count": int},
)
