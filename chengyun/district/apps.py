from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class DistrictConfig(DomainConfig):
    name = "chengyun.district"
    label = "district"
    verbose_name = T("辖区", "District")
