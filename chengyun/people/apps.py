from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class PeopleConfig(DomainConfig):
    name = "chengyun.people"
    label = "people"
    verbose_name = T("人员与班次", "People and shifts")
