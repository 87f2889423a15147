"""Kinds of areas and assets, and what the law and the tree say about them."""

from __future__ import annotations

from chengyun.kernel.i18n import T

DISTRICT, GRID2, GRID3, MICRO = "district", "grid2", "grid3", "micro"
DEDICATED, DEDICATED_MICRO = "dedicated", "dedicated_micro"
RING, SCENE, BEAT = "ring", "scene", "beat"

AREA_KINDS = {
    DISTRICT: T("辖区", "District"),
    GRID2: T("二级网格", "Second-level grid"),
    GRID3: T("三级网格", "Third-level grid"),
    MICRO: T("微网格", "Micro grid"),
    DEDICATED: T("专属网格", "Dedicated grid"),
    DEDICATED_MICRO: T("专属微网格", "Dedicated micro grid"),
    RING: T("圈层", "Ring"),
    SCENE: T("场景", "Scene"),
    BEAT: T("警格", "Police beat"),
}

# kind -> kinds that may be its parent. No kind can stand above itself, so the tree cannot have a loop.
PARENTS: dict[str, tuple[str, ...]] = {
    DISTRICT: (),
    GRID2: (DISTRICT,),
    GRID3: (GRID2,),
    MICRO: (GRID3,),
    DEDICATED: (DISTRICT, GRID2, GRID3),
    DEDICATED_MICRO: (DEDICATED,),
    RING: (DISTRICT,),
    BEAT: (DISTRICT,),
    SCENE: (DISTRICT, GRID2, GRID3, DEDICATED),
}

# The four grid levels; an overlay governs nothing by itself and has level 0.
LEVELS = {
    DISTRICT: 1,
    GRID2: 2,
    GRID3: 3,
    MICRO: 4,
    DEDICATED: 3,
    DEDICATED_MICRO: 4,
    RING: 0,
    SCENE: 0,
    BEAT: 0,
}
GRIDS = (GRID2, GRID3, MICRO, DEDICATED, DEDICATED_MICRO)
OVERLAYS = (RING, SCENE, BEAT)
# The finest grids: where a case or an asset comes to lie. A dedicated grid stands above the ground it was cut from.
LEAVES = (MICRO, DEDICATED_MICRO)

# Closed on purpose: a camera under a misspelt kind would slip past the rules for cameras.
ASSET_KINDS = {
    "camera": T("摄像机", "Camera"),
    "counter": T("人流计数", "Crowd counter"),
    "exit": T("出入口断面", "Exit with a line count"),
    "gauge": T("水情雨情监测", "Water or rain gauge"),
    "gate": T("卡口", "Gate"),
    "screen": T("公共显示屏", "Public display"),
    "parking": T("停车场", "Car park"),
    "cabinet": T("网络机柜", "Network cabinet"),
    "hydrant": T("消防栓", "Hydrant"),
    "lamp": T("路灯", "Street lamp"),
    "toilet": T("公共厕所", "Public toilet"),
    "charger": T("充电点", "Charging point"),
    "water_point": T("饮水点", "Drinking water"),
    "first_aid": T("急救点", "First-aid point"),
    "loudspeaker": T("广播", "Loudspeaker"),
    "pump": T("泵站", "Pumping station"),
    "bridge": T("桥梁", "Bridge"),
    "tunnel": T("隧道", "Tunnel"),
    "bus_stop": T("公交站", "Bus stop"),
    "bike_bay": T("非机动车停放区", "Bicycle bay"),
    "weather": T("气象站", "Weather station"),
    "drone_dock": T("无人机机场", "Drone dock"),
    "site": T("工地", "Building site"),
}

# Where a camera may look. Place classes are closed too, so that a forbidden room cannot hide behind a new word.
CAMERA_PLACES = frozenset(
    {
        "road",
        "crossing",
        "sidewalk",
        "square",
        "park",
        "waterside",
        "bridge",
        "tunnel",
        "metro_exit",
        "bus_stop",
    }
    | {"building_entrance", "parking_entrance", "parking", "lobby", "school_gate", "hospital_entrance"}
    | {"market", "site", "high_point", "plant"}
)

# Regulation 799 of the State Council (in force 2025-04-01), article 8: no camera in these rooms, by nobody.
FORBIDDEN_PLACES = {
    "客房": "guest_room",
    "宿舍": "dormitory",
    "浴室": "bathroom",
    "卫生间": "toilet",
    "更衣室": "changing_room",
    "哺乳室": "nursing_room",
    "试衣间": "fitting_room",
}

# Article 17 asks for 30 days in the public places of article 7; article 9 frees other places from it.
MIN_RETENTION_DAYS = 30
OTHER_PLACES_BASIS = "CN-SC-799-9"


def wrong_parent(kind: str, parent_kind: str) -> str | None:
    """Why an area of `kind` may not stand below one of `parent_kind`; None where it may."""
    allowed = PARENTS[kind]
    if parent_kind in allowed:
        return None
    return f"a {kind} stands below {' or '.join(allowed) or 'nothing'}, not below a {parent_kind}"


def forbidden_place(place: str) -> str | None:
    """Why no camera may ever be registered at such a place; None where the law allows it."""
    plain = place.strip().lower().replace(" ", "_").replace("-", "_")
    for zh, en in FORBIDDEN_PLACES.items():
        if zh in place or en in plain:
            return (
                f"no camera may stand in a {en.replace('_', ' ')} ({zh}): article 8 of the regulation on public security "
                "video systems (State Council decree 799) / 条例第八条禁止在此安装"
            )
    return None


def camera_refused(*, place: str, legal_basis: str, retention_days: int) -> list[tuple[str, str]]:
    """What speaks against registering a camera: [(field, reason)], empty where nothing does."""
    found: list[tuple[str, str]] = []
    refused = forbidden_place(place)
    if refused:
        found.append(("attrs.place", refused))
    elif place not in CAMERA_PLACES:
        found.append(
            ("attrs.place", f"unknown place class {place!r}; known: {', '.join(sorted(CAMERA_PLACES))}")
        )
    if legal_basis != OTHER_PLACES_BASIS and retention_days < MIN_RETENTION_DAYS:
        found.append(("attrs.retention_days", f"at least {MIN_RETENTION_DAYS} days (decree 799, article 17)"))
    return found
