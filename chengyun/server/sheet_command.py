"""chengyun import FILE --sheet CODE: a registry's sheet read in without a browser, all of it or nothing."""

from __future__ import annotations

import argparse
from collections.abc import Mapping

from chengyun.kernel import scope
from chengyun.kernel.actor import system
from chengyun.kernel.errors import Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.sheets import Sheet, Viewer, reading
from chengyun.kernel.sheets import plan as planning
from chengyun.kernel.sheets.words import Fault
from chengyun.server.commands import say, show

# So many refused lines are named on the screen; the result names all.
SHOWN = 50


def sheets() -> dict[str, Sheet]:
    """Those that can be read in, by code: the admin's pages hold them."""
    from django.contrib import admin

    from chengyun.kernel.sheets.pages import WithSheet

    found = [page.sheet for page in admin.site._registry.values() if isinstance(page, WithSheet)]
    return {sheet.code: sheet for sheet in found if sheet.model is not None}


def run(args: argparse.Namespace) -> int:
    """0: done, or nothing to do; 1: lines are refused, and nothing was written. Raises `Refused` for the file as a whole."""
    known = sheets()
    if args.sheet not in known:
        raise NotFound(
            "no_sheet",
            T(f"没有表格 {args.sheet}", f"There is no sheet {args.sheet}"),
            hint=", ".join(sorted(known)),
        )
    sheet, viewer = known[args.sheet], _viewer(args.as_user)
    viewer.actor.require(sheet.permission)
    try:
        with open(args.file, "rb") as file:
            content = file.read(reading.MAX_BYTES + 1)
    except OSError as error:
        raise Invalid(
            "file", T(f"无法读取 {args.file}", f"{args.file} cannot be read"), hint=str(error)
        ) from None
    read = reading.read(args.file.name, content, sheet.reading(viewer), sheet.key)
    bad = {fault.number for fault in read.faults}
    lines = [line for line in read.lines if line[0] not in bad]
    plan = planning.make(sheet, viewer, read.names, lines)
    plan.faults = [*read.faults, *plan.faults]
    planning.try_out(sheet, viewer, plan)
    done = not plan.faults and not args.check and bool(plan.changes)
    if done:
        planning.carry_out(sheet, viewer, plan.names, lines, plan.digest)
    _tell(plan, done, {column.name: column.label for column in sheet.columns})
    return 1 if plan.faults else 0


def _viewer(name: str | None) -> Viewer:
    if name is None:
        return Viewer(scope.ALL, system("import"))
    from django.contrib.auth import get_user_model

    from chengyun.people import actors

    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None:
        raise NotFound("no_user", T(f"没有账号 {name}", f"There is no log-in {name}"), field="--as")
    return Viewer(user, actors.of_user(user))


def _tell(plan: planning.Plan, done: bool, labels: Mapping[str, str]) -> None:
    faults = sorted(plan.faults, key=lambda fault: fault.number)
    for fault in faults[:SHOWN]:
        say(_words(fault, labels))
    if len(faults) > SHOWN:
        say(str(T(f"……另有 {len(faults) - SHOWN} 处", f"... and {len(faults) - SHOWN} more")))
    if faults:
        say(str(T("未写入任何内容：请改正后重试。", "Nothing was written: mend the file and try again.")))
    refused = {fault.number for fault in faults}
    fine = [change for change in plan.changes if change.number not in refused]
    show(
        {
            "written": done,
            "new": sum(change.new for change in fine),
            "changed": sum(not change.new for change in fine),
            "unchanged": plan.unchanged,
            "refused": plan.refused,
            "faults": [
                {"line": f.number, "column": f.column, "reason": f.reason, "hint": f.hint} for f in faults
            ],
        }
    )


def _words(fault: Fault, labels: Mapping[str, str]) -> str:
    column = labels.get(fault.column, T("整行", "whole line"))
    place = T(f"第 {fault.number} 行，{column}", f"line {fault.number}, {column}")
    return f"{place}: {fault.reason} {fault.hint}".rstrip()
