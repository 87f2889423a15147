"""What the doors of video take and answer. Nothing here names credentials, or holds more of an address than its host."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Schema
from pydantic import Field, StringConstraints

Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]{0,59}$")]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
AssetCode = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,39}$")]
Short = Annotated[str, StringConstraints(max_length=60, pattern=r"^[^\x00-\x1f]*$")]
Long = Annotated[str, StringConstraints(max_length=300, pattern=r"^[^\x00]*$")]
Reason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=4, max_length=200, pattern=r"^[^\x00]*$")
]
Seconds = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]
Point = tuple[float, float]
Setting = bool | float | str
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
EventState = Literal["new", "update", "end", "lost"]
Word = Literal["new", "update", "end"]


class VideoNamed(Schema):
    code: str
    zh: str
    en: str


class VideoBoth(Schema):
    """A sentence in both languages."""

    zh: str
    en: str


class VideoZone(Schema):
    """A polygon in 0-1 of the picture from its upper left corner; it does not cross itself."""

    code: str
    points: list[Point] = Field(max_length=200)
    square_metres: float | None = None


class VideoLine(Schema):
    """From the first point to the second; `in` is to the right hand of whoever walks that way on the picture."""

    code: str
    points: list[Point] = Field(max_length=2)


class VideoSchedule(Schema):
    """When it looks, in the district's time. A span that ends before it starts runs on into the next day."""

    days: list[Day] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    times: list[str] = Field(default_factory=list, max_length=12)


class CameraShare(Schema):
    """`true` of `judged` alerts; `low` and `high`: the Wilson interval (95 %). Null where nobody judged any. `duplicate`,
    `nothing_to_do` and `open` stand beside. `since`: the first of them."""

    judged: int
    true: int
    share: float | None
    low: float | None
    high: float | None
    duplicate: int
    nothing_to_do: int
    open: int
    since: datetime | None


class CameraAnalysis(Schema):
    """What its worker said last. `state`: off (nothing is bound), paused (all of it is suppressed), waiting (no worker),
    blind (a worker holds it, but lacks what each of its algorithms needs), analysed, degraded. `unseen`: seconds of a
    minute that nobody looked at."""

    state: Literal["off", "paused", "waiting", "blind", "analysed", "degraded"]
    worker: str | None
    until: datetime | None
    seen_at: datetime | None
    fps: float | None
    unseen: float | None
    mode: str
    health: str


class CameraOut(Schema):
    """`purposes`: what it may be used for, by law and by its owner."""

    code: str
    name_zh: str
    name_en: str
    area: str
    lon: float
    lat: float
    place: str
    owner: str
    in_service: bool
    purposes: list[str]
    streams: bool
    bindings: int
    analysis: CameraAnalysis
    precision: CameraShare


class CameraPage(Schema):
    items: list[CameraOut]
    next: str | None


class CameraDetailOut(CameraOut):
    """`terms`: purposes that the owner allows, null where none are on record. `main`, `sub`: scheme and host alone. `bases`:
    the codes in `legal_basis`, by name. `problems`: what speaks against it standing there at all."""

    legal_basis: str
    bases: list[VideoNamed]
    owner_zh: str
    owner_en: str
    retention_days: int
    ceiling_days: int
    terms: list[str] | None
    terms_ref: str
    model: str
    sign: str
    sign_photo: str
    sign_on: date | None
    started_on: date | None
    filed_on: date | None
    filing_number: str
    main: str
    sub: str
    login: str
    live: bool
    recordings: bool
    privacy: list[list[Point]]
    problems: list[VideoBoth]


class CameraTermsIn(Schema):
    """What is not sent stays. Addresses are written and never read back; they hold no credentials: `login` names those in
    the worker's own environment. `reason`: why it is changed; it is kept, and says nothing of persons."""

    reason: Reason
    place: Short | None = None
    legal_basis: Short | None = None
    owner: Short | None = None
    retention_days: int | None = Field(default=None, ge=1, le=3650)
    sign: Literal["yes", "no"] | None = None
    purposes: list[Short] | None = Field(default=None, max_length=20)
    terms_ref: Annotated[str, StringConstraints(max_length=120)] | None = None
    ceiling_days: int | None = Field(default=None, ge=1, le=3660)
    model: Annotated[str, StringConstraints(max_length=80)] | None = None
    sign_photo: Annotated[str, StringConstraints(max_length=80)] | None = None
    sign_on: date | None = None
    started_on: date | None = None
    filed_on: date | None = None
    filing_number: Short | None = None
    main: Long | None = None
    sub: Long | None = None
    login: Short | None = None
    live: Long | None = None
    recordings: Long | None = None
    privacy: list[list[Point]] | None = Field(default=None, max_length=20)


class TermsChangeOut(Schema):
    """`changed`: field -> [before, after]; of an address scheme and host alone."""

    id: int
    at: datetime
    by: str
    post: str
    changed: dict[str, list[Any]]
    reason: str


class PresetOut(Schema):
    """An algorithm. `alerts`: how its events become alerts: as a reading that rules judge, by themselves, or not at all."""

    code: str
    name_zh: str
    name_en: str
    primitive: str
    purpose: str
    purpose_zh: str
    purpose_en: str
    classes: list[str]
    quantities: dict[str, str]
    settings: dict[str, Setting]
    needs: list[str]
    on: bool
    alerts: Literal["reading", "event", ""]
    model: str
    model_zh: str
    model_en: str
    measured_zh: str
    measured_en: str


class BindingIn(Schema):
    """`counts`: its numbers of people or vehicles present count into the totals of the area (only where no counter does).
    `model`: the manifest to use, "" for any that fits. Without zones it looks at the whole picture."""

    code: Code
    camera: AssetCode
    preset: Short
    zones: list[VideoZone] = Field(default_factory=list, max_length=20)
    lines: list[VideoLine] = Field(default_factory=list, max_length=20)
    settings: dict[str, Setting] = Field(default_factory=dict)
    schedule: VideoSchedule | None = None
    cadence: float | None = None
    counts: bool = False
    model: Short = ""
    enabled: bool = True


class SaidOut(Schema):
    field: str
    zh: str
    en: str


class BindingCheckOut(Schema):
    """What speaks against a binding; empty where it may be made."""

    problems: list[SaidOut]


class BindingTryOut(Schema):
    """POST `body`, byte for byte, to `url` until `until`: the worker answers with what these rules would have found in the
    last minutes."""

    worker: str
    url: str
    body: str
    until: datetime


class BindingStreamOut(Schema):
    zone: str
    role: str
    quantity: str
    datastream: str


class BindingOut(Schema):
    code: str
    camera: str
    preset: str
    preset_zh: str
    preset_en: str
    version: int
    zones: list[VideoZone]
    lines: list[VideoLine]
    settings: dict[str, Setting]
    schedule: VideoSchedule | None
    cadence: float | None
    counts: bool
    model: str
    enabled: bool
    paused_until: datetime | None
    pause_reason: str
    problem: str
    problem_zh: str
    problem_en: str
    problem_at: datetime | None
    streams: list[BindingStreamOut]
    precision: CameraShare


class BindingPage(Schema):
    items: list[BindingOut]
    next: str | None


class BindingVersionOut(Schema):
    """What it said from `at` on."""

    number: int
    at: datetime
    enabled: bool
    zones: list[VideoZone]
    lines: list[VideoLine]
    settings: dict[str, Setting]
    schedule: VideoSchedule | None
    cadence: float | None


class BindingPauseIn(Schema):
    reason: Short
    until: datetime


class VideoBasis(VideoNamed):
    """A legal basis and the purposes that it covers."""

    purposes: list[str]


class VideoWordsOut(Schema):
    """What may be chosen: purposes, legal bases, owners, places, reasons of a pause, and kinds of reasons to look."""

    purposes: list[VideoNamed]
    bases: list[VideoBasis]
    owners: list[VideoNamed]
    places: list[str]
    pause: list[VideoNamed]
    reasons: list[str]


class VideoWorkerOut(Schema):
    """`alive`: its lease has not run out."""

    name: str
    alive: bool
    cores: float
    cameras: int
    room: int
    load: float | None
    version: str
    models: list[str]
    started_at: datetime
    seen_at: datetime
    until: datetime


class CameraStat(Schema):
    """`unseen_s` of the `over_s` seconds since this worker last said so."""

    camera: AssetCode
    fps: float = Field(default=0, ge=0, le=1000, allow_inf_nan=False)
    unseen_s: Seconds = 0
    over_s: Seconds = 0
    degraded: bool = False
    mode: Annotated[str, StringConstraints(max_length=12)] = ""
    health: Annotated[str, StringConstraints(max_length=20)] = ""
    seen_at: datetime | None = None


class LeaseIn(Schema):
    """A heartbeat. `session`: random to the process; `has`: cameras it looks through; `room`: how many more it can carry
    (below zero: too many). `address`: where browsers get its live pictures. `problems`: binding -> what cannot be done."""

    session: Id
    room: int = Field(ge=-1000, le=1000)
    has: list[AssetCode] = Field(default_factory=list, max_length=1000)
    leaving: bool = False
    address: Annotated[str, StringConstraints(max_length=200, pattern=r"^(https?://[^\s@?#]+)?$")] = ""
    version: Annotated[str, StringConstraints(max_length=40)] = ""
    cores: float = Field(default=1, ge=0, le=4096, allow_inf_nan=False)
    load: float | None = Field(default=None, ge=0, le=1000, allow_inf_nan=False)
    models: list[Short] = Field(default_factory=list, max_length=100)
    stats: list[CameraStat] = Field(default_factory=list, max_length=1000)
    problems: dict[str, Long] = Field(default_factory=dict)


class WorkerRule(Schema):
    """A rule as the worker's own files have it: over a preset, one place, with its quantities by role. Its readings belong
    to the datastream CODE.QUANTITY."""

    code: str
    preset: str
    zone: VideoZone | None = None
    line: VideoLine | None = None
    settings: dict[str, Setting] | None = None
    schedule: VideoSchedule | None = None
    quantities: dict[str, str]


class WorkerBinding(Schema):
    """`model`: id of the manifest to use, "" for any of `model_kind`."""

    binding: str
    version: int
    model: str
    model_kind: str
    rule: WorkerRule


class WorkerCamera(Schema):
    """`login`: name of credentials in the worker's own environment. `privacy`: to be covered before anything else."""

    camera: str
    main: str
    sub: str
    login: str
    privacy: list[list[Point]]
    rules: list[WorkerBinding]


class LeaseOut(Schema):
    """What the worker holds from now on: all of `cameras`, for `lease_s` of its own seconds from before it asked. `rate`:
    how many times as fast as real time the district's time runs (1, but in a demonstration). It looks through nothing
    else; `dropped` are those that it had. `key` signs addresses of its live pictures."""

    worker: str
    now: datetime
    until: datetime
    lease_s: float
    renew_s: float
    rate: float
    key: str
    cameras: list[WorkerCamera]
    dropped: list[str]


class VideoWordIn(Schema):
    """One word about an event: `rule` as the lease named it (BINDING.PLACE), `at` when it was said."""

    id: Id
    rule: Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9_-]+\.[a-z0-9_-]+$")]
    state: Word
    kind: Annotated[str, StringConstraints(max_length=24, pattern=r"^[a-z0-9_]+$")]
    at: datetime
    start: datetime
    end: datetime | None = None
    peak: float = Field(default=0, ge=-1e9, le=1e9, allow_inf_nan=False)
    unseen: Annotated[float, Field(ge=0, le=1e7, allow_inf_nan=False)] = 0
    about: Annotated[str, StringConstraints(max_length=24, pattern=r"^[a-z0-9_]*$")] = ""
    evidence: list[Id] = Field(default_factory=list, max_length=20)


class VideoWordsIn(Schema):
    worker: Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    events: list[VideoWordIn] = Field(max_length=500)


class VideoFault(Schema):
    index: int
    field: str
    zh: str
    en: str


class VideoWordsTaken(Schema):
    """`repeats` changed nothing. What is in `problems` was not taken and need not be sent again as it is."""

    taken: int
    repeats: int
    problems: list[VideoFault]


class VideoEventOut(Schema):
    id: str
    camera: str
    binding: str
    version: int
    zone: str
    kind: str
    about: str
    state: EventState
    start: datetime
    end: datetime | None
    peak: float
    unseen_s: float
    worker: str
    alert: int | None
    pictures: list[str]


class VideoEventPage(Schema):
    items: list[VideoEventOut]
    next: str | None


class PictureIn(Schema):
    """What is stated of a picture, in the address; the body is the JPEG. `masked`: how; there is no other way in. `heads`:
    head regions covered; `zones`: privacy zones covered; `models`: ids of manifests."""

    id: Id
    camera: AssetCode
    at: datetime
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    masked: Literal["heads", "whole"]
    heads: int = Field(ge=0, le=100_000)
    zones: int = Field(ge=0, le=1000)
    width: int = Field(ge=1, le=8192)
    height: int = Field(ge=1, le=8192)
    worker: Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$")]
    models: list[Short] = Field(default_factory=list, max_length=20)
    event: Id | None = None


class PictureStored(Schema):
    id: str
    new: bool
    keep_until: datetime
    delete_by: datetime


class PictureOut(Schema):
    id: str
    camera: str
    event: str
    alert: int | None
    at: datetime
    sha256: str
    width: int
    height: int
    masked: str
    heads: int
    zones: int
    models: list[str]
    keep_until: datetime
    delete_by: datetime


class PicturePage(Schema):
    items: list[PictureOut]
    next: str | None


class ViewIn(Schema):
    """Why: `kind` is incident, alert, case or shift with its `ref`, or stated with the reason in words."""

    kind: Short
    ref: Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9_.:-]*$")] = ""
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")] = ""


class TakeIn(Schema):
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]


class LiveOut(Schema):
    """Where the live picture is, until when; ask again then. `form`: mjpeg (an <img>), or media (the media server's own)."""

    viewing: int
    url: str
    form: Literal["mjpeg", "media"]
    until: datetime


class PlayIn(Schema):
    since: datetime
    until: datetime
    reason: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00]*$")]
    download: bool = False


class PlayOut(Schema):
    """Where the owner's recorder gives that stretch."""

    viewing: int
    url: str
    until: datetime


class PictureViewOut(Schema):
    viewing: int
    url: str
    until: datetime


class ViewingOut(Schema):
    id: int
    at: datetime
    by: str
    post: str
    camera: str
    what: Literal["live", "playback", "download", "picture"]
    picture: str
    since: datetime
    until: datetime
    reason_kind: str
    reason_ref: str
    reason: str


class ViewingPage(Schema):
    items: list[ViewingOut]
    next: str | None


class PrecisionRow(CameraShare):
    """`cannot_run`: its worker lacks what it needs."""

    binding: str
    camera: str
    camera_zh: str
    camera_en: str
    cannot_run: bool
    preset: str
    preset_zh: str
    preset_en: str
    enabled: bool
    paused_until: datetime | None
    created_at: datetime


class PrecisionTable(Schema):
    since: datetime
    items: list[PrecisionRow]
