"""治理要素一览表: what each of the six named grids governs, how much of it, and who answers for it."""

from __future__ import annotations

from typing import Any

Row = dict[str, Any]

# Counted in the drawn data: asset kind -> names, unit, department.
COUNTED = {
    "camera": ("视频点位", "Cameras", "个", "ga"),
    "counter": ("人流点位", "Crowd counters", "个", "ga"),
    "exit": ("地铁出入口", "Metro exits", "个", "ga"),
    "gate": ("内环卡口", "Inner ring gates", "处", "jj"),
    "screen": ("公共显示屏", "Public displays", "块", "cg"),
    "parking": ("停车场", "Car parks", "个", "jj"),
}
# Suggested quantities, in the order convention centre, Qianxi, art centre, flower park, culture square, lake.
SUGGESTED = [
    ("fire_point", "消防设施", "Fire-fighting points", "处", "zfzd", (48, 36, 28, 10, 16, 8)),
    ("shop", "沿线商户", "Shops", "户", "scjg", (22, 64, 12, 4, 18, 6)),
    ("food", "餐饮单位", "Food businesses", "户", "scjg", (14, 31, 5, 2, 9, 3)),
    ("site", "在建工地", "Building sites", "处", "hb", (1, 1, 0, 0, 1, 0)),
    ("employer", "用工单位", "Employers", "家", "ldjc", (18, 96, 7, 2, 11, 3)),
    ("tree", "行道树", "Street trees", "株", "yl", (420, 260, 310, 980, 540, 730)),
    ("green", "绿地", "Lawns and beds", "处", "yl", (26, 14, 22, 41, 19, 33)),
    ("bin", "果皮箱", "Litter bins", "个", "hw", (62, 40, 44, 58, 46, 75)),
    ("toilet", "公共厕所", "Public toilets", "座", "hw", (4, 2, 2, 3, 2, 4)),
    ("manhole", "检查井盖", "Manhole covers", "个", "cg", (310, 190, 220, 160, 180, 240)),
    ("lamp", "路灯", "Street lamps", "盏", "cg", (180, 120, 140, 110, 130, 260)),
    ("bike_bay", "非机动车停放区", "Bicycle bays", "处", "cg", (12, 14, 8, 6, 9, 10)),
    ("outfall", "雨水排口", "Storm outfalls", "处", "sw", (3, 2, 3, 2, 2, 11)),
    ("lifebuoy", "救生设施", "Lifebuoy points", "处", "sw", (0, 0, 2, 3, 0, 36)),
    ("statistic", "统计单位", "Reporting units", "家", "tj", (6, 42, 3, 0, 4, 0)),
]


def elements(counts: dict[tuple[str, str], int]) -> list[Row]:
    out: list[Row] = []
    for k in range(6):
        area = f"d-{k + 1:02d}"
        rows = [
            (c, zh, en, counts.get((area, c), 0), unit, dept, "counted")
            for c, (zh, en, unit, dept) in COUNTED.items()
        ]
        rows += [(c, zh, en, n[k], unit, dept, "suggested") for c, zh, en, unit, dept, n in SUGGESTED]
        for code, zh, en, quantity, unit, dept, status in rows:
            if quantity:
                base: Row = {"area": area, "code": code, "name_zh": zh, "name_en": en, "quantity": quantity}
                out.append(base | {"unit": unit, "department": dept, "status": status})
    return out
