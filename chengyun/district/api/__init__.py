"""HTTP: areas, buildings, assets, what the grids govern, impact assessments, and the map's files."""

from chengyun.district.api import assessments, maps, registry
from chengyun.district.api.door import router

__all__ = ["assessments", "maps", "registry", "router"]
