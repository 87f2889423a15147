"""The pages of the console, and what each test of all pages needs to know of them."""

from __future__ import annotations

# Path below /console, and a selector that is there once the page shows its content.
PAGES = {
    "map": ("/", "[data-testid=map][data-state=idle]"),
    "desk": ("/desk", "h1"),
    "report": ("/report", "h1"),
    "cases": ("/cases", "h1"),
    "posture": ("/posture", "h1"),
    "trends": ("/trends", "[data-testid=people-chart]"),
    "replay": ("/replay", "table"),
    "nowhere": ("/no-such-page", "h1"),
}
