from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class AlertsConfig(DomainConfig):
    name = "chengyun.alerts"
    label = "alerts"
    verbose_name = T("报警", "Alerts")
