"""Has anything changed since the last keyframe, told from the sizes of packets alone: nothing is decoded to know it.

Between keyframes an encoder sends differences. While nothing moves they stay near a level of that camera, that hour, that
rate control; what moves lifts them. The level is learned from intervals that a look confirmed as quiet, so that a busy
street never counts as quiet and noise at night soon does. A camera whose quiet sizes scatter too far to show a person
(constant bit rate filled up with noise) is never skipped.

    the packets since the last keyframe            verdict  why
    time broke, or none came                       changed  gap
    fewer than LEARNED quiet intervals are known   changed  learning
    the quiet ones scatter too far                 changed  blind
    above the quiet level                          changed  bytes
    the keyframe itself is unlike the quiet ones   changed  keyframe
    at the level, the last look showed motion      changed  motion
    at the level, last look recheck_s ago          changed  recheck
    at the level, looked since                     quiet    quiet

"quiet" means: as at the last look. What stood there then still stands; it does not mean that nothing is there.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from dataclasses import dataclass
from statistics import median
from typing import Literal

from chengyun_vision.frames import Packet

Change = Literal["changed", "quiet"]
Why = Literal["gap", "learning", "blind", "bytes", "keyframe", "motion", "recheck", "quiet"]

# Suggested values. So many quiet intervals make a level; so many are remembered, and so many keyframes: rate control may
# settle on another quality of keyframes after each disturbance.
LEARNED = 5
REMEMBERED = 60
LATELY = 9
DEVIATIONS = 3.0  # of the quiet sizes, above which a size is no longer quiet
# Of a keyframe's size: less is no other picture.
ALIKE = 0.06
# What a thing that moves adds in a second, as a share of a keyframe: less is nothing, and a camera whose quiet scatters by
# more cannot tell.
NOTHING, TELLING = 0.02, 0.15
LONGEST = 30.0  # seconds; keyframes farther apart are a gap


@dataclass(frozen=True, slots=True)
class Interval:
    """A keyframe and what came before it. `start`, `end`: `at` of the two keyframes. `rate`: bytes per second of the packets
    between them; `level`: up to which that is quiet here (None while learning, or blind).
    """

    start: float
    end: float
    verdict: Change
    why: Why
    rate: float
    level: float | None


class PacketWatch:
    """One camera's watch. `recheck_s`: "quiet" is never said for longer than this (suggested: 10 s). `counts`: by why."""

    def __init__(self, recheck_s: float = 10.0) -> None:
        self.recheck_s = recheck_s
        self.counts: Counter[Why] = Counter()
        self.reset()
        self.forget()

    def reset(self) -> None:
        """After Notice "opened", "jumped", "resized" or "dropped": the next keyframe is looked at. Levels are kept."""
        self._start: float | None = None
        self._bytes = 0
        self._lasted = 1.0  # seconds of the interval before
        self._looked: float | None = None
        self._moved = False
        self._unproven: list[tuple[float, int]] = []  # rates and keyframes since the last look

    def forget(self) -> None:
        """Begins to learn again: another setting of the encoder, another camera at this place."""
        self._quiet: deque[float] = deque(maxlen=REMEMBERED)  # rates that a look confirmed
        self._still: deque[int] = deque(maxlen=LATELY)  # sizes of keyframes that came after them
        self._level: float | None = None
        self._wholes = (0.0, math.inf)  # between which a keyframe is as usual
        self._blind = False

    @property
    def rising(self) -> bool:
        """Whether the interval that is still coming is over the quiet level already: no need to wait for its end."""
        return self._level is not None and self._bytes > self._level * self._lasted

    def add(self, packet: Packet) -> Interval | None:
        """Feed every packet. Answers at keyframes: "changed" = decode this keyframe, "quiet" = as at the last look."""
        if not packet.keyframe:
            self._bytes += packet.size
            return None
        start, size, self._start, self._bytes = self._start, self._bytes, packet.at, 0
        lasted = packet.at - start if start is not None else 0.0
        rate = size / lasted if 0 < lasted <= LONGEST else 0.0
        why = self._why(packet, rate)
        if rate:
            self._lasted = lasted
            self._unproven.append((rate, packet.size))
        if why != "quiet":
            self._looked = packet.at
        self.counts[why] += 1
        verdict: Change = "quiet" if why == "quiet" else "changed"
        return Interval(packet.at if start is None else start, packet.at, verdict, why, rate, self._level)

    def confirm(self, moved: bool) -> None:
        """What the picture decoded after a "changed" showed: whether something moved, by `Motion`, or is being followed.
        Call it for each one decoded. What came before a look without motion was quiet and is learned from; right after
        motion only what is not above the level, since the motion may have ended in it.
        """
        if not moved:
            most = self._level or 0.0
            quiet = [one for one in self._unproven if not self._moved or one[0] <= most]
            self._quiet.extend(rate for rate, _ in quiet)
            self._still.extend(whole for _, whole in quiet)
            self._learn()
        self._moved = moved
        self._unproven = []

    def _why(self, packet: Packet, rate: float) -> Why:
        if not rate:
            return "gap"
        if self._level is None:
            return "blind" if self._blind else "learning"
        if rate > self._level:
            return "bytes"
        if not self._wholes[0] <= packet.size <= self._wholes[1]:
            return "keyframe"
        if self._moved:
            return "motion"
        if self._looked is None or not 0 <= packet.at - self._looked < self.recheck_s:
            return "recheck"
        return "quiet"

    def _learn(self) -> None:
        if len(self._quiet) < LEARNED:
            return
        whole, strays = _usual(self._still)
        middle, margin = _usual(self._quiet)
        self._blind = margin > TELLING * whole
        self._level = None if self._blind else middle + max(margin, NOTHING * whole)
        apart = max(strays, ALIKE * whole)
        self._wholes = whole - apart, whole + apart


def _usual(sizes: deque[float] | deque[int]) -> tuple[float, float]:
    """The middle, and how far from it one may be and still be as usual."""
    middle = median(sizes)
    return middle, DEVIATIONS * 1.4826 * median(abs(size - middle) for size in sizes)
