from chengyun.kernel.apps import DomainConfig
from chengyun.kernel.i18n import T


class VideoConfig(DomainConfig):
    name = "chengyun.video"
    label = "video"
    verbose_name = T("视频", "Video")
