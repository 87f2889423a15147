"""Organisations, 383 invented people, posts, who holds them, who leads which grid."""

from __future__ import annotations

from typing import Any

from shapely.geometry import Point

from . import plan
from .areas import NAMED, Drawn
from .assets import Ground

Row = dict[str, Any]
DEPARTMENTS = [
    ("scjg", "市场监管所", "Market Supervision"), ("zfzd", "执法中队", "Law Enforcement Squad"), ("ga", "公安", "Police"),
    ("jj", "交警", "Traffic Police"), ("ldjc", "劳动监察", "Labour Inspection"), ("cg", "城管", "Urban Management"),
    ("hb", "环保", "Environmental Protection"), ("yl", "园林", "Parks"), ("sw", "水务", "Water"),
    ("hw", "环卫", "Sanitation"), ("tj", "统计", "Statistics"),
]  # fmt: skip
CENTRE = [
    ("DUTY", "duty_officer", "值班员", "Duty officer", "LEAD"),
    ("LEAD", "shift_leader", "值班长", "Shift leader", "CMD-2"),
    ("DISP", "dispatcher", "派遣员", "Dispatcher", "LEAD"),
    ("VERIFY", "verifier", "核查员", "Verifier", "CMD-2"),
    ("AUDIT", "auditor", "审计员", "Auditor", "CMD"),
    ("CMD", "commander", "指挥长", "Commander", ""),
    ("CMD-2", "commander", "副指挥长", "Deputy commander", "CMD"),
]
# 383 in all is real; 24 + 171 + 188 is how the sample divides it.
CENTRE_STAFF, DEPARTMENT_STAFF, GRID_STAFF = 24, 171, 188


def organisations() -> list[Row]:
    out = [{"code": c, "kind": "department", "name_zh": zh, "name_en": en} for c, zh, en in DEPARTMENTS]
    out.append({"code": "cyzx", "kind": "office", "name_zh": "城运中心", "name_en": "Operations Centre"})
    out.append({"code": "wgd", "kind": "office", "name_zh": "网格队伍", "name_en": "Grid Team"})
    return out


def staff() -> list[Row]:
    home = ["cyzx"] * CENTRE_STAFF
    home += [c for k, (c, *_) in enumerate(DEPARTMENTS) for _ in range(16 if k < 6 else 15)]
    home += ["wgd"] * GRID_STAFF
    # 000 begins no number that anybody can be given; the names are no names.
    return [
        {"ref_hint": f"s-{k:03d}", "name": f"示例人员{k:03d}", "department": d, "phone": f"000{k:08d}"}
        for k, d in enumerate(home, 1)
    ]


def _post(
    code: str,
    kind: str,
    zh: str,
    en: str,
    area: str,
    department: str = "",
    reports_to: str = "",
    xy: Any = None,
) -> Row:
    lon, lat = plan.lonlat(xy) if xy else (None, None)
    base: Row = {
        "code": code,
        "kind": kind,
        "name_zh": zh,
        "name_en": en,
        "area": area,
        "department": department,
    }
    return base | {"lon": lon, "lat": lat, "reports_to": reports_to}


def posts(areas: list[Drawn], ground: Ground) -> list[Row]:
    by_kind: dict[str, list[Drawn]] = {}
    for a in areas:
        by_kind.setdefault(a.kind, []).append(a)
    out = [_post(code, kind, zh, en, "ryh", "cyzx", up) for code, kind, zh, en, up in CENTRE]
    for code, zh, en in DEPARTMENTS:
        out.append(
            _post(f"DEPT-{code}", "department_desk", f"{zh}联络岗", f"{en} desk", "ryh", code, "CMD-2")
        )
        out.append(
            _post(
                f"DEPT-{code}-H",
                "department_handler",
                f"{zh}处置岗",
                f"{en} handler",
                "ryh",
                code,
                f"DEPT-{code}",
            )
        )
    for a in by_kind["grid2"]:
        out.append(
            _post(
                f"GL-{a.code}",
                "grid_leader",
                f"{a.name_zh}网格长",
                f"Leader of {a.code}",
                a.code,
                "wgd",
                "CMD-2",
            )
        )
    for a in by_kind["grid3"]:
        out.append(
            _post(
                f"GL-{a.code}",
                "grid_leader",
                f"{a.name_zh}网格长",
                f"Leader of {a.code}",
                a.code,
                "wgd",
                f"GL-{a.parent}",
            )
        )
    for a in by_kind["micro"]:
        out.append(
            _post(
                f"GS-{a.code}",
                "grid_staff",
                f"{a.name_zh}网格员",
                f"Grid staff of {a.code}",
                a.code,
                "wgd",
                f"GL-{a.parent}",
            )
        )
    for code, zh, en, *_ in NAMED:
        out.append(
            _post(f"LA-{code}", "grid_leader", f"{zh}A角", f"{en} (leader A)", code, "wgd", "GL-g2-08")
        )
        out.append(
            _post(f"LB-{code}", "grid_leader", f"{zh}B角", f"{en} (leader B)", code, "wgd", f"LA-{code}")
        )
    for a in by_kind["dedicated"]:
        up = f"LA-{a.code}" if a.parent == "g2-08" else f"GL-{a.parent}"
        out.append(
            _post(
                f"GS-{a.code}",
                "grid_staff",
                f"{a.name_zh}网格员",
                f"Grid staff of {a.code}",
                a.code,
                "wgd",
                up,
            )
        )
    spots = [plan.at(360 * k / 12 + 8, 300.0 + 160 * (k % 2)) for k in range(12)]
    spots += [plan.at(360 * k / 16 + 5, 515.0) for k in range(16)] + [
        plan.at(360 * k / 12 + 3, 790.0) for k in range(12)
    ]
    home = [p["department"] for p in pool(staff())]
    for k, xy in enumerate(spots, 1):
        area = ground.leaf(xy)
        out.append(
            _post(
                f"FP-{k:02d}",
                "fixed",
                f"固定点位 {k:02d}",
                f"Fixed post {k:02d}",
                area,
                home[k - 1],
                "LEAD",
                xy,
            )
        )
    for k, area in enumerate(("g2-08", "g2-01"), 1):
        out.append(
            _post(
                f"MP-{k:02d}", "mobile", f"流动岗 {k:02d}", f"Mobile post {k:02d}", area, home[39 + k], "LEAD"
            )
        )
    return out


def _of(people: list[Row], department: str) -> list[Row]:
    return [p for p in people if p["department"] == department]


def pool(people: list[Row]) -> list[Row]:
    """84 people who stand at the 40 fixed and 2 mobile posts in two shifts: department staff not at a desk, and one more."""
    rest = [_of(people, code)[8:] for code, *_ in DEPARTMENTS]
    mixed = [group[k] for k in range(8) for group in rest if k < len(group)]
    return [*mixed, _of(people, "cyzx")[23]]


def leaders(areas: list[Drawn]) -> list[Row]:
    """A leads, B stands in for A. The six named grids have their own pair; elsewhere the neighbour stands in."""
    named = {code for code, *_ in NAMED}
    out: list[Row] = []
    for kind in ("grid2", "grid3"):
        group: dict[str, list[Drawn]] = {}
        for a in areas:
            if a.kind == kind:
                group.setdefault(a.parent or "", []).append(a)
        for siblings in group.values():
            for a, b in zip(siblings, siblings[1:] + siblings[:1], strict=True):
                out += [
                    {"area": a.code, "post": f"GL-{a.code}", "role": "A"},
                    {"area": a.code, "post": f"GL-{b.code}", "role": "B"},
                ]
    third = [a for a in areas if a.kind == "grid3"]
    for a in (a for a in areas if a.kind == "dedicated"):
        if a.code in named:
            pair = (f"LA-{a.code}", f"LB-{a.code}")
        else:
            at = a.shape.centroid
            host = next(g for g in third if g.shape.contains(Point(at.x, at.y)))
            pair = (f"GL-{host.code}", f"GS-{a.code}")
        out += [
            {"area": a.code, "post": pair[0], "role": "A"},
            {"area": a.code, "post": pair[1], "role": "B"},
        ]
    return out


def duty(people: list[Row], all_posts: list[Row]) -> Row:
    """Suggested rosters: the centre around the clock, desks, fixed posts in two shifts, standing holders."""
    centre = [p["ref_hint"] for p in _of(people, "cyzx")]
    codes = ("DUTY", "LEAD", "DISP", "VERIFY", "AUDIT")
    shift_of_four = [{code: centre[4 * k + t] for k, code in enumerate(codes)} for t in range(4)]
    desks: list[Row] = [{}, {}, {}, {}]
    for code, *_ in DEPARTMENTS:
        refs = [p["ref_hint"] for p in _of(people, code)]
        for t in range(4):
            desks[t] |= {f"DEPT-{code}": refs[t], f"DEPT-{code}-H": refs[4 + t]}
    on_street = [p["code"] for p in all_posts if p["kind"] in ("fixed", "mobile")]
    refs = [p["ref_hint"] for p in pool(people)]
    street = [dict(zip(on_street, refs[42 * t : 42 * t + 42], strict=True)) for t in range(2)]
    around_the_clock = [
        ("night", "夜班", "Night", "00:00", "08:00"),
        ("day", "白班", "Day", "08:00", "16:00"),
        ("evening", "中班", "Evening", "16:00", "00:00"),
    ]
    patterns = [
        _pattern("centre", "城运中心值班", "Operations centre", around_the_clock, shift_of_four, handover=True),
        _pattern("departments", "部门值守", "Department desks", [("all", "全天", "All day", "00:00", "24:00")], desks),
        _pattern("posts", "固定与流动岗位", "Fixed and mobile posts", [("normal", "正常班", "Normal", "08:00", "17:00"),
                 ("staggered", "错峰班", "Staggered", "17:00", "02:00")], street),
    ]  # fmt: skip
    return {
        "patterns": patterns,
        "standing": {"CMD": centre[20], "CMD-2": centre[21]} | _grid_holders(people, all_posts),
    }


def _pattern(
    code: str, zh: str, en: str, shifts: list[tuple[str, ...]], teams: list[Row], *, handover: bool = False
) -> Row:
    keys = ("code", "name_zh", "name_en", "from", "to")
    base: Row = {
        "code": code,
        "name_zh": zh,
        "name_en": en,
        "area": "ryh",
        "handover": handover,
        "starts_on": "2023-01-01",
    }
    return base | {"shifts": [dict(zip(keys, s, strict=True)) for s in shifts], "teams": teams}


def _grid_holders(people: list[Row], all_posts: list[Row]) -> dict[str, str]:
    """188 people lead and staff all grids: leaders one each, the others up to four neighbouring grids."""
    grid = [p["ref_hint"] for p in _of(people, "wgd")]
    leading = [p["code"] for p in all_posts if p["kind"] == "grid_leader"]
    holders = dict(zip(leading, grid, strict=False))
    workers = grid[len(leading) :]
    tended = [p["code"] for p in all_posts if p["kind"] == "grid_staff"]
    for k, code in enumerate(tended):
        holders[code] = workers[k * len(workers) // len(tended)]
    return holders


def accounts(people: list[Row], rosters: Row) -> Row:
    """Demo accounts; passwords are never in a pack."""
    police, parks = (
        _of(people, code)[4]["ref_hint"] for code in ("ga", "yl")
    )  # each a handler of the first team
    lake = rosters["standing"]["GS-d-06"]
    # Those who serve in the evening of 31 December 2023: who plays them in the sample night is on duty, and can hand over.
    demo = [("duty", "s-003", "duty_officer", "ryh"), ("leader", "s-007", "shift_leader", "ryh")]
    demo += [("dispatch", "s-011", "dispatcher", "ryh"), ("verify", "s-015", "verifier", "ryh")]
    demo += [("auditor", "s-019", "auditor", "ryh"), ("commander", "s-021", "commander", "ryh")]
    demo += [("deputy", "s-022", "commander", "ryh"), ("admin", "s-023", "admin", "ryh")]
    demo += [("police", police, "department", "ryh"), ("parks", parks, "department", "ryh")]
    demo += [("grid", lake, "grid_staff", "d-06")]
    rows = [
        {"username": u, "grants": [{"role": r, "area": a}]} | ({"staff": s} if s else {})
        for u, s, r, a in demo
    ]
    return {"accounts": rows}
