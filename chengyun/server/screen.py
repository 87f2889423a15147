"""The night in a terminal, until there is a map: people present, mode, open alerts and cases, clocks, what just happened."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from rich.console import Console, Group
from rich.layout import Layout
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

# The legal colours of the four levels, with their numerals: never colour alone.
LEVELS = {
    1: ("I", "bold white on red"),
    2: ("II", "black on dark_orange"),
    3: ("III", "black on yellow"),
    4: ("IV", "white on blue"),
}


def level_text(level: int | None) -> Text:
    if level is None:
        return Text("–", style="dim")
    numeral, style = LEVELS[level]
    return Text(f" {numeral} ", style=style)


def ago(then: datetime | None, now: datetime) -> str:
    """How old something is, short: `40 s`, `12 min`, `3 h`."""
    if then is None:
        return "–"
    seconds = max(0, int((now - then).total_seconds()))
    if seconds < 90:
        return f"{seconds} s"
    return f"{seconds // 60} min" if seconds < 5400 else f"{seconds // 3600} h"


def draw(view: dict[str, Any], *, note: str = "") -> Layout:
    """A picture of `live.overview.overview()`; `note` is about the demonstration itself."""
    layout = Layout()
    layout.split_column(
        Layout(_head(view, note), size=6, name="head"),
        Layout(name="body"),
        Layout(_story(view), size=12, name="story"),
    )
    layout["body"].split_row(Layout(_alerts(view)), Layout(_cases(view)))
    return layout


def _head(view: dict[str, Any], note: str) -> Panel:
    now: datetime = view["now"]
    people = view["people"]
    line = Text()
    line.append(f"{timezone.localtime(now):%Y-%m-%d %H:%M:%S}   ", style="bold")
    line.append("模式 mode ")
    line.append(
        f" {view['mode_label']} ",
        style="bold white on red" if view["mode"] == "emergency" else "bold reverse",
    )
    line.append("  级别 level ")
    line.append_text(level_text(view["level"]))
    count = Text()
    if people["value"] is None:
        count.append("在场人数 people present: no data 无数据", style="bold yellow")
    else:
        shown = f"{'≥ ' if people['lower_bound'] else ''}{people['value']:,.0f}"
        count.append("在场人数 people present ")
        limit = people["limit"]
        count.append(shown, style="bold red" if limit and people["value"] >= limit else "bold")
        count.append(
            (f" / {limit:,.0f}" if limit else "")
            + f"   coverage {people['with_data']} of {people['of']}   age {ago(people['at'], now)}"
        )
    share = min(_share(people), 1.5)
    bar = Text("█" * int(share * 60), style="red" if share >= 1 else "green")
    tail = (
        Text(f"proposal waiting 待决建议: {view['proposal']}", style="bold red")
        if view["proposal"]
        else Text(note, style="yellow")
    )
    return Panel(Group(line, count, bar, tail), title="城运 Chengyun", subtitle=view["place"])


def _share(people: dict[str, Any]) -> float:
    """How much of the limit is used; 0 where the number or the limit is not known."""
    return float(people["value"] / people["limit"]) if people["value"] and people["limit"] else 0.0


def _table(*columns: tuple[str, int | None]) -> Table:
    """Columns as (heading, width); the one without a width takes what is left."""
    table = Table(expand=True, box=None, padding=(0, 1, 0, 0))
    for name, width in columns:
        table.add_column(name, width=width, ratio=None if width else 1, no_wrap=True, overflow="ellipsis")
    return table


def _alerts(view: dict[str, Any]) -> Panel:
    table = _table(("级", 5), ("报警 alert", None), ("地点 place", 12), ("状态", 8), ("自", 6))
    for row in view["alerts"][:12]:
        style = "bold" if row["unacknowledged"] else ""
        table.add_row(
            level_text(row["level"]),
            row["title"],
            row["place"],
            row["state_label"],
            ago(row["since"], view["now"]),
            style=style,
        )
    return Panel(
        table, title=f"报警 open alerts {view['alert_count']}  ·  事件 incidents {view['incident_count']}"
    )


def _cases(view: dict[str, Any]) -> Panel:
    table = _table(("案件 case", None), ("阶段", 10), ("负责 post", 10), ("时限", 8))
    for row in view["cases"][:12]:
        table.add_row(row["title"], row["state_label"], row["post"], _remaining(row["due_at"], view["now"]))
    counts = "  ".join(f"{label} {number}" for label, number in view["case_counts"])
    return Panel(table, title=f"案件 open cases {view['case_count']}", subtitle=counts)


def _remaining(due: datetime | None, now: datetime) -> Text:
    if due is None:
        return Text("–", style="dim")
    minutes = (due - now).total_seconds() / 60
    length = f"{abs(minutes):.0f} min" if abs(minutes) < 180 else f"{abs(minutes) / 60:.0f} h"
    if minutes < 0:
        return Text(f"超 {length}", style="bold red")
    return Text(length, style="yellow" if minutes < 10 else "")


def _story(view: dict[str, Any]) -> Panel:
    lines = [
        Text.assemble((f"{timezone.localtime(row['at']):%H:%M:%S} ", "dim"), row["text"])
        for row in view["story"][-10:]
    ]
    return Panel(Group(*lines), title="日志 journal")


def line(view: dict[str, Any]) -> str:
    """The same in one line, where there is no screen."""
    people = view["people"]
    count = (
        "no data"
        if people["value"] is None
        else f"{'>=' if people['lower_bound'] else ''}{people['value']:.0f}"
    )
    level = LEVELS[view["level"]][0] if view["level"] else "-"
    return (
        f"{timezone.localtime(view['now']):%m-%d %H:%M}  people {count:>7} ({people['with_data']}/{people['of']})  "
        f"{view['mode']} {level}  alerts {view['alert_count']}  cases {view['case_count']}"
    )


def console() -> Console:
    return Console()
