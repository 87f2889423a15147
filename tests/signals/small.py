"""A small district with a few datastreams, and short ways to send to it."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import yaml

from chengyun.kernel import clock
from chengyun.kernel.actor import system
from chengyun.kernel.packs import Pack
from chengyun.signals import actions
from chengyun.signals import pack as signals_pack
from chengyun.signals.actions import Receipt
from tests.district import small as district

TEST = system("test")
HEAD = "code,quantity,asset,area,source,every_s,late_s,min,max,klass,in_service"
STREAMS = [
    HEAD,
    "c1.people,people_present,cnt-1,dm-1,gw,60,300,,,open,",
    "c2.people,people_present,,m-000,gw,60,300,,5000,open,",
    "c3.people,people_present,,m-100,gw,60,300,,,sensitive,",
    "c4.people,people_present,,m-001,gw,60,300,,,open,no",
    "a.in,line_flow_in,,m-000,gw,60,900,,,open,",
    "a.out,line_flow_out,,m-000,gw,60,900,,,open,",
    "a.present,people_present,,m-010,balance,60,900,,,open,",
    "p.in,vehicle_count_in,,m-010,gw,60,900,,,open,",
    "p.out,vehicle_count_out,,m-010,gw,60,900,,,open,",
    "p.present,vehicles_present,,m-010,balance,60,900,,200,open,",
    "w1.depth,water_depth,,m-111,water,300,3600,,,open,",
    "s1.smoke,smoke,cam-1,m-001,gw,0,60,,,open,",
    "x.cells,people_in_cells,,tst,gw,300,600,,,open,no",
]
SOURCES: dict[str, Any] = {
    "sources": [
        {"code": "gw", "name_zh": "网关", "name_en": "Gateway"},
        {"code": "water", "name_zh": "水务", "name_en": "Water"},
        {"code": "old", "name_zh": "旧网关", "name_en": "Old gateway", "in_service": False},
    ],
    "balances": [
        {"stream": "a.present", "inputs": [{"stream": "a.in", "sign": 1}, {"stream": "a.out", "sign": -1}]},
        {
            "stream": "p.present",
            "inputs": [{"stream": "p.in", "sign": 1}, {"stream": "p.out", "sign": -1}],
            "start": 50,
            "reset_at": "04:00",
            "reset_value": 5,
        },
    ],
}


def write_folder(
    folder: Path, streams: list[str] | None = None, sources: dict[str, Any] | None = None
) -> Path:
    district.write(folder, district.files())
    (folder / "datastreams.csv").write_text("\n".join(streams or STREAMS) + "\n", encoding="utf-8")
    (folder / "sources.yaml").write_text(
        yaml.safe_dump(sources or SOURCES, allow_unicode=True), encoding="utf-8"
    )
    return folder


def read(folder: Path) -> signals_pack.SignalsData:
    pack = Pack(folder)
    data = signals_pack.read(pack)
    pack.check()
    return data


def load(folder: Path) -> dict[str, dict[str, int]]:
    """The district and its signals."""
    district.load(folder)
    return actions.load_signals(TEST, data=read(folder))


def ago(seconds: float = 0) -> str:
    """An event time so many seconds before the virtual now."""
    return (clock.now() - timedelta(seconds=seconds)).isoformat()


def reading(ds: str, v: Any, at: Any = None, u: str | None = None) -> dict[str, Any]:
    return {"ds": ds, "at": ago() if at is None else at, "v": v} | ({} if u is None else {"u": u})


def send(
    *readings: Any, source: str = "gw", key: str | None = None, arrived_at: datetime | None = None
) -> Receipt:
    body = orjson.dumps({"observations": list(readings)})
    return actions.receive(source=source, body=body, key=key, arrived_at=arrived_at)
