"""The pages of the console, and what each test of all pages needs to know of them."""

from __future__ import annotations

# Path below /console, and a selector that is there once the page shows its content. {case} and so on: a number of the city.
PAGES = {
    "map": ("/", "[data-testid=map][data-state=idle]"),
    "desk": ("/desk", "h1"),
    "incident": ("/?sel=incident:{incident}", "[data-testid=incident-detail] [data-testid=plan]"),
    "report": ("/report", "h1"),
    "cases": ("/cases", "h1"),
    "case": ("/cases/{case}", "[data-testid=case-page] [data-testid=case-state]"),
    "hand-over": ("/shifts/{shift}/hand-over", "[data-testid=hand-over-page] form"),
    "cameras": ("/cameras", "[data-testid=camera-tile]"),
    "all-cameras": ("/cameras?all=1&tiles=16&state=off", "[data-testid=camera-tile]"),
    "no-cameras": ("/cameras?q=nothing-is-called-so", "[data-testid=camera-wall] .none"),
    "camera": ("/cameras/cam-0001", "[data-testid=camera-bindings] [data-testid=binding]"),
    "binding": ("/cameras/cam-0001/algorithms/sq1-crowd", "[data-testid=zone-canvas]"),
    "binding-new": ("/cameras/cam-0001/algorithms/new", "[data-testid=preset]"),
    "precision": ("/cameras/precision", "[data-testid=precision-table]"),
    "posture": ("/posture", "h1"),
    "trends": ("/trends", "[data-testid=people-chart]"),
    "replay": ("/replay", "table"),
    "nowhere": ("/no-such-page", "h1"),
}
