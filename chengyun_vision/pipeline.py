"""One camera, from packets to events. It has neither clock nor thread: whoever drives it hands in packets and notices, and
says what time it is while nothing comes.

    packet -> sizes (quiet? then no decoding) -> decoder -> health, motion, background -> gate -> models -> tracker -> rules

Nobody looks at every picture: `fps` of them are looked at, and a model only where the gate says so. What was not looked at
stays None in the look, which no rule takes for "nothing there".

Without any model, what moves and what newly stands there is told as `object`: something, nobody knows what.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from chengyun_vision.change.background import Background
from chengyun_vision.change.motion import SIZE, Motion
from chengyun_vision.change.packets import PacketWatch
from chengyun_vision.decode import Decoder
from chengyun_vision.evidence.album import Album
from chengyun_vision.evidence.policy import Keep
from chengyun_vision.frames import Box, Detection, Event, Frame, Look, Packet, Tracked
from chengyun_vision.gate import Gate
from chengyun_vision.geometry import covered
from chengyun_vision.health.watch import Health
from chengyun_vision.recent import Recent
from chengyun_vision.rules.base import Rule
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.running import Keeps, Said, Sees, Settings, Tally
from chengyun_vision.source.base import Notice
from chengyun_vision.track import Tracker

# Pictures further apart than this (seconds) cannot be followed: then things are counted, not tracked.
FOLLOW = 0.55
# What is looked for without any model.
ANYTHING = frozenset({"object"})
# Moments examined further apart than this are time in which nobody looked.
_UNSEEN = 10.0


class Pipeline:
    """Feed it everything a source says, in order. `settings` may be replaced at any time, to degrade or to recover."""

    def __init__(
        self,
        rules: Ruleset,
        *,
        models: Sequence[Sees] = (),
        settings: Settings | None = None,
        keep: Keeps | None = None,
        recent: Recent | None = None,
    ) -> None:
        self.rules, self.models = rules, models
        self.settings = settings or Settings()
        self.tally = Tally()
        self._recent = recent
        self._album = Album(keep, self._policy)
        self._decoder: Decoder | None = None
        self._watch, self._gate, self._health = PacketWatch(), Gate(), Health()
        self._motion = Motion(self.settings.ignore)
        self._sees_people = False  # whether a model looked for people in the present picture
        self._blind = not models and (rules.wants("detections") or rules.wants("tracks"))
        self._background = Background(self.settings.ignore) if self._blind or rules.wants("blobs") else None
        self._tracker = Tracker() if rules.wants("tracks") else None
        self._tracks: tuple[Tracked, ...] = ()
        self._skipping = False
        self._looked_at: float | None = None
        # Of pictures that may be looked at: when the last came, and how far they are apart.
        self._spacing: tuple[float | None, float] = (None, 0.0)

    # what a driver calls

    def feed(self, item: Packet | Notice) -> Said:
        """One item of the source."""
        return self._packet(item) if isinstance(item, Packet) else self._notice(item)

    def tick(self, at: float) -> Said:
        """While nothing comes: call it about once a second with the present time."""
        return self._judge(Look(at, health=self._health.tick(at)))

    def finish(self) -> Said:
        """At the end: pictures still in the decoder, then all that is open ends."""
        said = Said()
        if self._decoder is not None:
            for frame in self._decoder.flush():
                said += self._picture(frame)
        said += self._told(self.rules.finish())
        return said

    def take_settings(self, settings: Settings) -> None:
        """From now on."""
        self.settings = settings
        if self._decoder is not None:
            self._decoder.mode, self._decoder.every = settings.mode, settings.every

    # steps

    def _notice(self, notice: Notice) -> Said:
        if notice.kind == "opened" and notice.facts is not None:
            size = None if self._decoder is None else self._decoder.size
            self._decoder = Decoder(notice.facts, self.settings.mode, self.settings.every, size=size)
        if notice.kind in ("opened", "jumped", "resized"):
            self._watch.reset()
            self._gate.reset()
            self._motion.reset()
            self._skipping = False
            self._spacing = (None, 0.0)
            self._tracks = ()
            if self._tracker is not None:
                self._tracker.reset()
        if notice.kind == "dropped":
            self._watch.reset()
        if notice.kind == "resized":
            self._watch.forget()
            if self._background is not None:
                self._background.reset()
        return self._judge(Look(notice.at, health=self._health.notice(notice)))

    def _packet(self, packet: Packet) -> Said:
        self.tally.packets += 1
        decoder = self._decoder
        if decoder is None:
            return Said()
        if packet.keyframe or self.settings.mode == "full":
            self._space(packet.at)
        if self.settings.gated and decoder.facts.codec != "picture":
            self._watch.recheck_s = self.settings.recheck_s
            interval = self._watch.add(packet)
            if interval is not None:
                self._skipping = interval.verdict == "quiet" and not self._pressing(packet.at)
        if self._skipping:
            if packet.keyframe:
                self.tally.quiet += 1
                self._examined(packet.at)
                said = self._flushed(decoder)
                decoder.skip(packet)
                said += self._judge(replace(self._nobody(packet.at), health=self._health.tick(packet.at)))
                return said
            decoder.skip(packet)
            return Said()
        said = Said()
        frames = decoder.decode(packet)
        for notice in decoder.notices():
            said += self._notice(notice)
        for frame in frames:
            said += self._picture(frame)
        return said

    def _flushed(self, decoder: Decoder) -> Said:
        said = Said()
        for frame in decoder.flush():
            said += self._picture(frame)
        return said

    def _picture(self, frame: Frame) -> Said:
        self.tally.decoded += 1
        period = 1 / self.settings.fps
        if self._looked_at is not None and 0 <= frame.at - self._looked_at < 0.9 * period:
            return Said()
        self._looked_at = frame.at
        self._examined(frame.at)
        self.tally.looked += 1
        self._sees_people = False
        try:
            look = self._look(frame)
        except Exception:  # a picture that breaks a library is one nobody saw; the camera goes on
            self.tally.failed += 1
            look = Look(frame.at)
        return self._judge(look, frame)

    def _look(self, frame: Frame) -> Look:
        luma = frame.luma(*SIZE)
        boxes = self._motion.look(luma, frame.at)
        moving = bool(boxes)
        self._watch.confirm(moving or bool(self._tracks))
        look = Look(frame.at, health=self._health.look(frame), width=frame.width, height=frame.height)
        if self._background is not None:
            look = replace(look, blobs=self._background.look(luma, frame.at))
        if self._blind:
            look = replace(look, sought=ANYTHING)
            return self._follow(look, anything([*(blob.box for blob in look.blobs or ()), *boxes]))
        due = self.rules.due(frame.at)
        models = [model for model in self.models if _of_use(model, due)]
        if not self._worth(frame.at, moving, bool(models), due):
            self.tally.quiet += 1
            nobody = self._nobody(frame.at)
            return replace(look, tracks=nobody.tracks, sought=nobody.sought)
        return self._detect(frame, look, models)

    def _worth(self, at: float, moving: bool, usable: bool, due: Sequence[Rule]) -> bool:
        if not self.settings.gated:
            return usable
        self._gate.recheck_s = self.settings.recheck_s
        going_on = bool(self._tracks) or any(rule.awake for rule in due)
        return self._gate.decide(at, motion=moving, live=going_on, wanted=usable).detect

    def _detect(self, frame: Frame, look: Look, models: Sequence[Sees]) -> Look:
        found: list[Detection] | None = None
        look = replace(look, sought=_sought(models))
        for model in models:
            seen = model.look(frame, model.tiles() if self.settings.tiles else None)
            self.tally.detected += 1
            if seen.detections is not None:
                self._sees_people |= "person" in model.labels
                found = [*(found or ()), *seen.detections]
            else:
                value = getattr(seen, model.gives)
                if isinstance(value, dict):
                    value = {**(getattr(look, model.gives) or {}), **value}
                look = replace(look, **{model.gives: value})
        return look if found is None else self._follow(look, found)

    def _follow(self, look: Look, found: Sequence[Detection]) -> Look:
        tracks: tuple[Tracked, ...] | None = None
        if self._tracker is not None and self._can_follow():
            tracks = self._tracks = self._tracker.update(look.at, found)
        return replace(look, detections=tuple(found), tracks=tracks)

    def _judge(self, look: Look, frame: Frame | None = None) -> Said:
        if self._recent is not None:
            self._recent.note(look)
        said = self._told(self.rules.step(look))
        masking = look if self._sees_people and not self._blind else replace(look, detections=None)
        if frame is not None:
            self._album.note(masking)
        said.events = [self._album.of(event, frame, masking) for event in said.events]
        return said

    def _policy(self, code: str) -> Keep:
        policy: Any = next(rule.spec.word("evidence") for rule in self.rules.rules if rule.spec.code == code)
        return policy  # type: ignore[no-any-return]

    def _told(self, events: list[Event]) -> Said:
        return Said(events, self.rules.readings())

    # small questions

    def _pressing(self, at: float) -> bool:
        """Whether something has to be looked at although nothing changed."""
        looked = self._looked_at
        if looked is None or bool(self._tracks) or not 0 <= at - looked < self.settings.recheck_s:
            return True
        return any(rule.awake for rule in self.rules.due(at))

    def _nobody(self, at: float) -> Look:
        """An unchanged moment: no tracks where things are followed and none was, else not looked at."""
        if self._tracker is None or self._tracks or not self._can_follow():
            return Look(at)
        return Look(at, tracks=(), sought=ANYTHING if self._blind else _sought(self.models))

    def _space(self, at: float) -> None:
        last, mean = self._spacing
        if last is not None and at > last:
            mean = at - last if mean == 0.0 else 0.8 * mean + 0.2 * (at - last)
        self._spacing = (at, mean)

    def _can_follow(self) -> bool:
        return self.settings.fps >= 1 / FOLLOW and self._spacing[1] <= FOLLOW

    def _examined(self, at: float) -> None:
        tally = self.tally
        if tally.first is None:
            tally.first = at
        if tally.last is not None:
            usual = self.settings.every if self.settings.mode == "snapshot" else 0.0
            if at - tally.last > max(_UNSEEN, 3 * usual, 3 / self.settings.fps):
                tally.unseen_s += at - tally.last
        tally.last = at if tally.last is None else max(at, tally.last)


def anything(boxes: Sequence[Box]) -> list[Detection]:
    """What may be said of boxes that nobody named: larger ones swallow what lies mostly in them."""
    kept: list[Box] = []
    for box in sorted(boxes, key=lambda box: -box.area):
        if all(covered(box, by) < 0.5 for by in kept):
            kept.append(box)
    return [Detection("object", box, 1.0) for box in kept]


def _sought(models: Sequence[Sees]) -> frozenset[str] | None:
    """What these models look for together; None where one of them does not say."""
    if not all(model.labels for model in models):
        return None
    return frozenset().union(*(model.labels for model in models))


def _of_use(model: Sees, due: Sequence[Rule]) -> bool:
    """Whether a rule that is due can use what the model gives. Tracks come from detections."""
    fields = {model.gives} | ({"tracks"} if model.gives == "detections" else set())
    return any(
        fields & {*rule.wants, *rule.helped_by}
        and (not rule.spec.classes or not model.labels or rule.spec.classes & model.labels)
        for rule in due
    )
