"""Named states of a camera, each told only after it has lasted and ended only after it has been fine for a while. Pure."""

from __future__ import annotations

from collections.abc import Mapping

STATES = ("offline", "frozen", "dark", "blurred", "covered", "moved", "corrupt", "clock")

# Seconds until a state is told, seconds of being fine until it ends. Suggested values.
HOLDS: Mapping[str, tuple[float, float]] = {
    "offline": (10.0, 5.0),
    "frozen": (60.0, 0.0),
    "dark": (60.0, 60.0),
    "blurred": (120.0, 60.0),
    "covered": (10.0, 10.0),
    "moved": (60.0, 60.0),
    "corrupt": (30.0, 30.0),
    "clock": (0.0, 60.0),
}


class Hold:
    """One state. `on`, `off`: seconds. Time that goes backwards counts as no time."""

    def __init__(self, on: float, off: float) -> None:
        self.on, self.off = on, off
        self.bad = False  # what was last known
        self.told = False
        self._since = 0.0  # of the trouble that is told, or may come to be
        self._turned = 0.0  # when `bad` last turned

    def step(self, at: float, bad: bool | None = None) -> float:
        """Seconds for which the state has held, 0.0 when it is not told. `bad` None: nothing new is known, time passes."""
        if bad is not None and bad != self.bad:
            self.bad, self._turned = bad, at
            if bad and not self.told:
                self._since = at
        lasted = at - self._turned
        if self.bad and not self.told and lasted >= self.on:
            self.told = True
        elif not self.bad and self.told and lasted >= self.off:
            self.told = False
        return max(at - self._since, 1e-3) if self.told else 0.0


class States:
    """All states of a camera. A state of which nothing is known yet is left out of the answer."""

    def __init__(self, holds: Mapping[str, tuple[float, float]] = HOLDS) -> None:
        self._holds = {name: Hold(*times) for name, times in holds.items()}
        self._known: set[str] = set()

    def step(self, at: float, bad: Mapping[str, bool] | None = None) -> dict[str, float]:
        """Seconds by state (see Hold); `bad`: what is newly known of some of them."""
        bad = bad or {}
        self._known.update(bad)
        return {
            name: hold.step(at, bad.get(name)) for name, hold in self._holds.items() if name in self._known
        }
