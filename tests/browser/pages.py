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
    "posture": ("/posture", "h1"),
    "trends": ("/trends", "[data-testid=people-chart]"),
    "replay": ("/replay", "table"),
    "nowhere": ("/no-such-page", "h1"),
}
