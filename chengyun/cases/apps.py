from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class CasesConfig(DomainConfig):
    name = "chengyun.cases"
    label = "cases"
    verbose_name = T("案件", "Cases")
