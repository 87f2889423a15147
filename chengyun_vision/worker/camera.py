"""One camera of a process: its stream, its pipeline, what is kept as evidence, and its words to the server."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, tzinfo
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qs, quote, unquote, urlsplit, urlunsplit

from chengyun_vision import source, steady
from chengyun_vision.frames import Event, Packet
from chengyun_vision.pipeline import FOLLOW, Pipeline
from chengyun_vision.problem import Problem
from chengyun_vision.recent import Recent
from chengyun_vision.rules import preset
from chengyun_vision.rules.ruleset import Ruleset
from chengyun_vision.rules.spec import Spec
from chengyun_vision.running import Said, Sees, Settings
from chengyun_vision.scenes.source import SCHEME, SceneSource
from chengyun_vision.source import Source, Supervised
from chengyun_vision.worker.budget import NAMES, Level, lowered
from chengyun_vision.worker.clock import District
from chengyun_vision.worker.keeper import Keeper
from chengyun_vision.worker.later import Later
from chengyun_vision.worker.sight import Sight
from chengyun_vision.worker.spool import Writer
from chengyun_vision.worker.told import Open, Teller, moment
from chengyun_vision.worker.watched import Watched

# How many packets of one camera are worked on before the others have their turn.
AT_ONCE = 50
_KINDS = {"detector": "detections", "density": "heat", "points": "points", "mask": "masks", "classify": "votes"}  # fmt: skip


def new_id() -> str:
    return f"v-{secrets.token_hex(10)}"


class Camera:
    """`work`: what the lease says of it. `models`: all of this process, by the id of their manifest. `problems`: binding ->
    why it cannot be carried out. `before`: what was seen of it until now. Raises nothing for a wrong rule: it is named in
    `problems`."""

    def __init__(
        self,
        work: Mapping[str, Any],
        *,
        models: Mapping[str, Sees],
        faces: Any,
        district: District,
        spool: Writer,
        later: Later,
        wake: threading.Event,
        zone: tzinfo,
        orphans: Sequence[Open] = (),
        before: Recent | None = None,
        settings: Mapping[str, Any] = MappingProxyType({}),
    ) -> None:
        self.code: str = work["camera"]
        self.work = work
        self.problems: dict[str, str] = {}
        self.models_used: dict[str, Sees] = {}
        self.health = ""  # "ok", or why no pictures come; "" where neither is known
        self._why = "offline"  # no pictures came when they last did not
        self.dropped = False
        self._district, self._spool = district, spool
        self._scene = False
        specs = self._specs(work["rules"], models)
        ruleset = Ruleset(specs, new_id, lambda at: datetime.fromtimestamp(self.time(at), zone))
        self.settings = replace(pace(ruleset), **settings)
        self.level: Level = 0
        people = next((m for m in models.values() if m.gives == "detections" and "person" in m.labels), None)
        self._keeper = Keeper(
            self.code,
            work.get("privacy") or [],
            faces,
            people,
            spool,
            list(self.models_used),
            self.time,
            later,
        )
        # Whoever changes a rule goes on trying: what was seen in the last minutes outlives a change of the rules.
        view = f"{work.get('main')} {work.get('sub')}"
        self.recent = before if before is not None and before.of == view else Recent(view)
        self.pipeline = Pipeline(
            ruleset, models=list(self.models_used.values()), settings=self.settings, keep=self._keeper,
            recent=self.recent,
        )  # fmt: skip
        self._teller = Teller(orphans, district.now())
        self.watched = Watched(work.get("privacy") or [])
        self._sick: dict[str, str] = {}  # open events of the camera's own health
        self._ticked = self._at = 0.0
        self._looked = self._pictures = 0
        self._address = self._choose(specs)
        self.sight = Sight(district.now())
        self._stream = Supervised(self._source, wake=wake) if specs and self._address else None
        self.readings: list[dict[str, Any]] = []

    # what the process's loop calls

    def step(self) -> tuple[int, float]:
        """Works on what has come. How much it was, and by how many seconds the last of it was late."""
        if self._stream is None:
            return 0, 0.0
        items = self._stream.take(AT_ONCE)
        lag = 0.0
        for item in items:
            self._tell(self.pipeline.feed(item), item.at)
            self._note(item)
            if isinstance(item, Packet):
                self.watched.feed(item)
        if items:  # by when it came, not by what a camera's clock makes of it
            lag = max(0.0, time.monotonic() - self._stream.came)
        self._seen()
        now = time.monotonic()
        if not items and now - self._ticked >= 1.0:
            self._ticked = now
            at = max(
                self._at, self.now() if self._stream.facts is None or self._stream.facts.live else self._at
            )
            self._tell(self.pipeline.tick(at), at)
        for said in self._teller.given_up(self._district.now()):
            self._spool.put("word", {"camera": self.code, "word": said})
        return len(items), lag

    def degrade(self, level: Level) -> None:
        if level != self.level:
            self.level = level
            self.pipeline.take_settings(lowered(self.settings, level, self.sight.usual))

    def stat(self) -> dict[str, Any]:
        """What the server's lease door takes of a camera, since it was last asked."""
        over, unseen = self.sight.take(self._district.now()) if self._stream else (0.0, 0.0)
        looked, self._looked = self.pipeline.tally.looked - self._looked, self.pipeline.tally.looked
        last = self.pipeline.tally.last
        return {
            "camera": self.code,
            "fps": round(min(1000.0, looked * self._rate / over), 2) if over > 0 else 0.0,
            "unseen_s": round(unseen, 3),
            "over_s": round(min(over, 86_400.0), 3),
            "degraded": self.level > 0,
            "mode": NAMES[self.level] if self.level else self.settings.mode,
            "health": self._condition(),
            "seen_at": moment(self.time(last)) if last is not None else None,
        }

    def close(self) -> None:
        """Nobody knows how it goes on here: what is open stays open, for whoever looks next."""
        if self._stream is not None:
            self._stream.close()

    def time(self, at: float) -> float:
        """A moment of the pipeline as the district's."""
        return at if self._scene else self._district.of_wall(at)

    def now(self) -> float:
        """The present moment of the pipeline."""
        return self._district.now() if self._scene else steady.wall()

    # steps

    @property
    def _rate(self) -> float:
        """How many times as fast as the machine's the pipeline's time runs."""
        return self._district.sync.rate if self._scene and self._district.sync else 1.0

    def _note(self, item: Packet | source.Notice) -> None:
        self._at = max(self._at, item.at)
        if isinstance(item, Packet):
            if self.pipeline.tally.looked != self._pictures:
                self._pictures, self.health = self.pipeline.tally.looked, "ok"
        elif item.kind == "opened":
            self.health = ""
            self.watched.opened(item.facts)
        elif item.kind == "lost":
            self.health = self._why = item.cause or "offline"
        elif item.kind == "dropped":
            self.dropped = True

    def _condition(self) -> str:
        """In a word: why no pictures come, or what is told to be wrong with them, or "ok"."""
        if self.health not in ("", "ok"):
            return self.health
        told = min(self._sick.values(), key=lambda state: state == "offline", default=self.health)
        return self._why if told == "offline" else told

    def _seen(self) -> None:
        last = self.pipeline.tally.last
        if last is not None:
            self.sight.looked(self.time(last), lowered=self.level > 0)

    def _tell(self, said: Said, at: float) -> None:
        for event in said.events:
            if event.kind == "camera_health":
                if event.state == "end":
                    self._sick.pop(event.id, None)
                else:
                    self._sick[event.id] = event.about
            word = self._teller.tell(self._timed(event), self.time(at))
            if word["about"] == "offline":
                word["about"] = self._why
            kind = "update" if word["state"] == "update" else "word"
            self._spool.put(kind, {"camera": self.code, "word": word})
        self.readings += [
            {"ds": f"{r.rule}.{r.quantity}", "at": moment(self.time(r.at)), "v": r.value}
            for r in said.readings
        ]

    def _timed(self, event: Event) -> Event:
        end = None if event.end is None else self.time(event.end)
        return replace(event, start=self.time(event.start), end=end)

    # making

    def _specs(self, rules: Sequence[Mapping[str, Any]], models: Mapping[str, Sees]) -> list[Spec]:
        specs = []
        for bound in rules:
            try:
                spec = spec_of(bound["rule"])
                self._provide(bound, spec, models)
                specs.append(spec)
            except Problem as problem:
                self.problems[bound["binding"]] = str(problem)[:300]
        return specs

    def _provide(self, bound: Mapping[str, Any], spec: Spec, models: Mapping[str, Sees]) -> None:
        """The model that a binding asks for. Raises `Problem` where this worker has none of the kind."""
        wanted, kind = bound.get("model") or "", bound.get("model_kind") or "none"
        if kind == "none":
            return
        field = _KINDS.get(kind, "detections")
        for code, model in models.items():
            if (not wanted or code == wanted) and model.gives == field:
                if not spec.classes or not model.labels or spec.classes & model.labels:
                    self.models_used[code] = model
                    return
        raise Problem(
            f"本分析进程没有所需模型({wanted or kind})。", f"this worker has no model for it ({wanted or kind}).",
            hint_zh="请用 --model 指定。", hint_en="Give it with --model.",
        )  # fmt: skip

    def _choose(self, specs: Sequence[Spec]) -> str:
        """The sub-stream where every picture is decoded, the main one where keyframes will do."""
        main, sub = self.work.get("main") or "", self.work.get("sub") or ""
        address = (sub or main) if self.settings.mode == "full" else (main or sub)
        self._scene = address.startswith(SCHEME)
        return address

    def _source(self) -> Source:
        address = self._address
        if self._scene:
            return SceneSource(address, now=self._district.now, period=1 / self.settings.fps)
        if address.startswith("file:"):
            return source.make(unquote(urlsplit(address).path), pace="live", loop=True, start=_start(address))
        return source.make(with_login(address, self.work.get("login") or ""), period=1 / self.settings.fps)


def spec_of(rule: Mapping[str, Any]) -> Spec:
    """A rule as the server says it. Raises `Problem`."""
    body = _bare(rule)
    # The state of a place follows from the events themselves: the server says it.
    body["quantities"] = {r: q for r, q in body.get("quantities", {}).items() if r != "state"}
    body = {**body, **{k: _bare(body[k]) for k in ("zone", "line") if k in body}}
    return preset.rule_of(body, rule["code"])


def _bare(shape: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in shape.items() if value is not None}


def pace(rules: Ruleset) -> Settings:
    """As often as the rules do well with. What is followed needs every picture decoded, and two looks a second at least;
    everything else makes do with keyframes."""
    if rules.wants("tracks"):
        return Settings(fps=max(rules.rate, 1 / FOLLOW + 0.2), mode="full")
    return Settings(fps=rules.rate, mode="keyframe")


def _start(address: str) -> float:
    """Where a clip is entered: `file:/clips/gate.mp4?from=12`, so that many cameras of one clip do not all show the same."""
    said = parse_qs(urlsplit(address).query).get("from", ["0"])[0]
    return float(said) if said.isdigit() else 0.0


def with_login(address: str, name: str, environment: Callable[[str], str | None] = os.environ.get) -> str:
    """The address with the credentials that stand in the environment under CHENGYUN_CAMERA_<name> (user:password)."""
    said = environment(f"CHENGYUN_CAMERA_{name}") if name else None
    if not said:
        return address
    parts = urlsplit(address)
    user, _, password = said.partition(":")
    return urlunsplit(
        parts._replace(netloc=f"{quote(user, safe='')}:{quote(password, safe='')}@{parts.netloc}")
    )
