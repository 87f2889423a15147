"""The files of a small district's people, and how tests load them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

from chengyun.kernel.actor import system
from chengyun.kernel.packs import Pack
from chengyun.people import actions
from chengyun.people import pack as people_pack
from tests.district import small as district

TEST = system("test")

STAFF = ["ref_hint,name,department,phone"] + [f"n-{n},示例人员{n},sw,0000000000{n}" for n in range(10, 30)]
POSTS = [
    "code,kind,name_zh,name_en,area,department,lon,lat,reports_to",
    "DUTY,duty_officer,值班员,Duty officer,tst,,,,LEAD",
    "LEAD,shift_leader,值班长,Shift leader,tst,,,,CMD",
    "DISP,dispatcher,派遣员,Dispatcher,tst,,,,LEAD",
    "CMD,commander,指挥长,Commander,tst,,,,",
    "VERIFY,verifier,核查员,Verifier,tst,,,,",
    "DEPT-sw,department_desk,水务席,Water desk,tst,sw,,,DUTY",
    "GL-0,grid_leader,网格长,Grid leader,g2-0,,,,",
    "GS-0,grid_staff,网格员,Grid worker,m-000;m-001,,,,GL-0",
    "GS-1,grid_staff,网格员,Grid worker,m-100,,,,",
    "FP-1,fixed,固定岗,Fixed post,d-1,,113.702,34.702,LEAD",
]


def files() -> dict[str, Any]:
    """All of it as data: YAML as objects, CSV as lines."""
    centre = {
        "code": "centre",
        "name_zh": "城运中心值班",
        "name_en": "Operations centre",
        "area": "tst",
        "handover": True,
        "starts_on": "2023-01-01",
        "shifts": [
            {"code": "day", "name_zh": "白班", "name_en": "Day", "from": "08:00", "to": "20:00"},
            {"code": "night", "name_zh": "夜班", "name_en": "Night", "from": "20:00", "to": "08:00"},
        ],
        "teams": [
            {"DUTY": "n-10", "LEAD": "n-11", "DISP": "n-12"},
            {"DUTY": "n-13", "LEAD": "n-14", "DISP": "n-15"},
            {"DUTY": "n-16", "LEAD": "n-17", "DISP": "n-18"},
        ],
    }
    desks = {
        "code": "desks",
        "name_zh": "部门值守",
        "name_en": "Desks",
        "area": "tst",
        "handover": False,
        "starts_on": "2023-01-01",
        "shifts": [
            {"code": "work", "name_zh": "工作时", "name_en": "Working hours", "from": "09:00", "to": "17:00"}
        ],
        "teams": [{"DEPT-sw": "n-20", "GS-0": "n-21"}, {"DEPT-sw": "n-22", "GS-0": "n-21"}],
    }
    return copy.deepcopy(
        {
            "organisations.yaml": {
                "departments": [{"code": "sw", "name_zh": "水务", "name_en": "Water", "kind": "department"}]
            },
            "staff.csv": STAFF,
            "posts.csv": POSTS,
            "leaders.csv": ["area,post,role", "g2-0,GL-0,A", "g2-0,GS-0,B"],
            "duty.yaml": {"patterns": [centre, desks], "standing": {"CMD": "n-25"}},
            "roles.yaml": {
                "accounts": [
                    {
                        "username": "duty",
                        "staff": "n-10",
                        "grants": [{"role": "duty_officer", "area": "tst"}],
                    },
                    {"username": "keeper", "staff": "n-26", "grants": [{"role": "admin", "area": "tst"}]},
                    {"username": "west", "staff": "n-27", "grants": [{"role": "grid_staff", "area": "g2-0"}]},
                    {"username": "audit", "grants": [{"role": "auditor", "area": "tst"}]},
                ]
            },
        }
    )


def write_folder(folder: Path, people: dict[str, Any] | None = None) -> Path:
    """A district folder on disk: the small district, and `people` (default: all of `files()`)."""
    district.write(folder, district.files())
    return district.write(folder, people if people is not None else files())


def read(folder: Path) -> people_pack.PeopleData:
    """Read and check this domain's files. Raises PackRefused."""
    pack = Pack(folder)
    data = people_pack.read(pack)
    pack.check()
    return data


def load(folder: Path) -> Any:
    """Load the whole folder; returns what loading the people did."""
    district.load(folder)
    return actions.load_people(TEST, read(folder))


def start(ahead_days: int = 3) -> None:
    actions.start_roster(TEST, ahead_days=ahead_days)
