"""Which algorithms look through which cameras: made, changed, paused; each version stays on record."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from chengyun.district.models import Asset
from chengyun.kernel import clock, journal, timers
from chengyun.kernel.actor import Actor, system
from chengyun.kernel.canonical import digest
from chengyun.kernel.errors import Conflict, Invalid, NotFound
from chengyun.kernel.i18n import T
from chengyun.kernel.transaction import write
from chengyun.signals import actions as signals
from chengyun.signals.models import Datastream, Source
from chengyun.video import lawful, precision, presets
from chengyun.video.logic import shapes
from chengyun.video.logic.purposes import Said
from chengyun.video.models import Binding, BindingStream, BindingVersion, CameraTerms, Seat

EDIT, PAUSE = "camera.bind", "camera.pause"
RESUME = "video.resume"
SOURCE = "vision"
# Datastreams follow from a binding: who may bind needs no right over the registry of signals.
PLATFORM = system("video")
BODY = ("zones", "lines", "settings", "schedule", "cadence", "counts", "model")
PAUSE_REASONS = {
    "low_precision": T("误报过多", "Too many false alarms"),
    "maintenance": T("检修施工", "Maintenance or works"),
    "view_changed": T("画面变动，待重新标定", "The view has changed"),
    "planned_event": T("已批准活动", "Approved event"),
}
# Suggested values (建议值).
PAUSE_MAX = timedelta(days=30)
READINGS_S = 60


def problems(asset: Asset, preset: presets.Preset, body: Mapping[str, Any]) -> list[Said]:
    """Everything that speaks against a binding, for a preview; empty where it may be made."""
    terms = CameraTerms.objects.filter(camera=asset).first()
    return [*lawful.may_bind(preset, asset, terms), *shapes.faults(body, preset.needs)]


def allow(actor: Actor, asset: Asset, preset: str, body: Mapping[str, Any]) -> presets.Preset:
    """The algorithm, where the actor may bind it here so. Raises `NotAllowed`, or `Invalid` for the first that speaks
    against it."""
    actor.require(EDIT, asset.area.path)
    wanted = presets.preset(preset)
    lawful.refuse(problems(asset, wanted, body))
    return wanted


def said(body: Mapping[str, Any]) -> dict[str, Any]:
    """What a body says, without what it leaves open."""
    return {name: body.get(name) for name in BODY if body.get(name) not in (None, [], {}, "", False)}


def bind(
    *,
    actor: Actor,
    code: str,
    camera: str,
    preset: str,
    enabled: bool = True,
    pack_digest: str = "",
    cause: int | None = None,
    **body: Any,
) -> Binding:
    """Make a binding, or a new version of one: zones, lines, settings, schedule, cadence, counts, model (`BODY`).

    Refused unless the algorithm's purpose lies inside the camera's legal basis and its owner's terms. Camera and algorithm
    of a binding stay what they are. Saying the same again changes nothing.
    """
    from chengyun.video.actions.cameras import camera as find

    with write():
        asset = find(camera, lock=True)
        plain = said(body)
        wanted = allow(actor, asset, preset, plain)
        row = Binding.objects.select_related("current").filter(code=code).first()
        if row is not None and (row.camera_id, row.preset) != (asset.pk, preset):
            raise Conflict(
                "other_binding",
                T(f"编码 {code} 已属于另一绑定", f"The code {code} belongs to another binding"),
                field="code",
            )
        mark = digest({**plain, "enabled": enabled})
        if row is None:
            row = Binding(code=code, camera=asset, preset=preset, created_at=clock.now())
        row.pack_digest = pack_digest or row.pack_digest
        if row.current is not None and row.current.digest == mark:
            row.save()
            return row
        row.enabled, row.problem, row.problem_at = enabled, "", None
        row.save()
        _version(actor, row, asset, {**plain, "enabled": enabled}, mark, cause)
        seat(asset)
        _speak(row, asset, wanted, plain, cause)
        return row


def _version(
    actor: Actor, row: Binding, asset: Asset, body: dict[str, Any], mark: str, cause: int | None
) -> None:
    number = row.current.number + 1 if row.current else 1
    row.current = BindingVersion.objects.create(
        binding=row, number=number, body=body, digest=mark, at=clock.now(), by=actor.ref
    )
    row.save()
    journal.record(
        "binding.changed",
        subject=f"binding:{row.code}",
        area=asset.area.path,
        actor=actor,
        payload={
            "binding": row.code,
            "camera": asset.code,
            "preset": row.preset,
            "version": number,
            "enabled": row.enabled,
            "digest": mark,
        },
        cause=cause,
    )


def _speak(
    row: Binding, asset: Asset, preset: presets.Preset, body: Mapping[str, Any], cause: int | None
) -> None:
    """The datastreams it speaks through, one a place and role; those of places that are gone fall silent."""
    spoken = preset.spoken(bool(body.get("counts")))
    have = {(s.zone, s.role) for s in row.streams.all()}
    for _, place in shapes.places(body):
        for role, quantity in spoken.items():
            if (place["code"], role) not in have:
                every_s = 0 if role == "state" else READINGS_S
                stream = datastream(asset, f"{row.code}.{place['code']}.{quantity}", quantity, every_s, cause)
                BindingStream.objects.create(binding=row, zone=place["code"], role=role, stream=stream)
    serve(row, cause)


def serve(row: Binding, cause: int | None = None) -> None:
    """Datastreams are in service while somebody may speak through them: from the camera's first lease on, while the binding
    runs, of the places and quantities that it has now. Silence of the others says nothing."""
    if row.current is None:
        return
    preset = presets.shipped().get(row.preset)
    body = row.current.body
    spoken = preset.spoken(bool(body.get("counts"))) if preset else {}
    places = {place["code"] for _, place in shapes.places(body)}
    runs = (
        row.enabled
        and row.paused_until is None
        and Seat.objects.filter(camera=row.camera_id, started=True).exists()
    )
    for known in row.streams.select_related("stream"):
        on = runs and known.zone in places and known.role in spoken
        if known.stream.in_service != on:
            signals.set_service(
                PLATFORM, datastream=known.stream.code, in_service=on, reason="binding", cause=cause
            )


def datastream(asset: Asset, code: str, quantity: str, every_s: int, cause: int | None) -> Datastream:
    """A datastream of the source `vision` at a camera, there already or made; out of service until its first lease."""
    source = Source.objects.filter(code=SOURCE).first()
    if source is None:
        raise Conflict(
            "no_source",
            T("没有信号源 vision", "There is no source vision"),
            hint=T("请先载入辖区（chengyun init）。", "Load the district first (chengyun init)."),
        )
    found = Datastream.objects.filter(code=code).first()
    if found is not None:
        if (found.source_id, found.asset_id, found.quantity) != (source.pk, asset.pk, quantity):
            raise Conflict(
                "stream_taken",
                T(f"数据流 {code} 已另有用途", f"The datastream {code} is something else"),
                field="code",
            )
        return found
    return signals.save_datastream(
        PLATFORM,
        code=code,
        cause=cause,
        quantity=quantity,
        asset=asset,
        area=asset.area,
        source=source,
        every_s=every_s,
        late_s=300,
        min=None,
        max=None,
        klass="open",
        in_service=False,
    )


def seat(asset: Asset) -> Seat:
    """The camera's seat among the workers, made with its first binding."""
    found = Seat.objects.filter(camera=asset).first()
    if found is not None:
        return found
    stream = datastream(asset, f"{asset.code}.analysis", "analysis_unseen", READINGS_S, None)
    return Seat.objects.create(camera=asset, stream=stream)


def recheck(actor: Actor, asset: Asset, terms: CameraTerms, cause: int | None) -> list[str]:
    """Switch off what the record of a camera no longer covers; returns the codes of those bindings."""
    gone = []
    for row in Binding.objects.filter(camera=asset, enabled=True).select_related("current"):
        preset = presets.shipped().get(row.preset)
        if preset is not None and lawful.may_bind(preset, asset, terms) and row.current is not None:
            row.enabled = False
            row.save()
            body = {**row.current.body, "enabled": False}
            _version(actor, row, asset, body, digest(body), cause)
            serve(row, cause)
            gone.append(row.code)
    return gone


def load_binding(code: str) -> Binding:
    """A binding, locked. Raises `NotFound`."""
    row = (
        Binding.objects.select_for_update(of=("self",))
        .select_related("camera__area", "current")
        .filter(code=code)
        .first()
    )
    if row is None:
        raise NotFound("no_binding", T(f"没有绑定 {code}", f"There is no binding {code}"), field="binding")
    return row


def pause(*, actor: Actor, code: str, reason: str, until: datetime, cause: int | None = None) -> Binding:
    """Look away with one algorithm from one camera, for a stated reason and time; it runs again by itself."""
    with write():
        row = load_binding(code)
        actor.require(PAUSE, row.camera.area.path)
        now = clock.now()
        if reason not in PAUSE_REASONS:
            raise Invalid(
                "bad_reason",
                T("请选择预设原因", "Choose one of the preset reasons"),
                field="reason",
                hint=", ".join(PAUSE_REASONS),
            )
        if until.tzinfo is None or not now < until <= now + PAUSE_MAX:
            raise Invalid(
                "bad_end",
                T("暂停须在 30 天内结束", "A pause ends within 30 days"),
                field="until",
            )
        row.paused_until, row.pause_reason = until, reason
        row.save()
        serve(row, cause)
        measured = precision.of_binding(row)
        journal.record(
            "binding.paused",
            subject=f"binding:{code}",
            area=row.camera.area.path,
            actor=actor,
            payload={
                "binding": code,
                "camera": row.camera.code,
                "reason": reason,
                "until": until.isoformat(),
                "judged": measured.judged,
                "true": measured.true,
            },
            cause=cause,
        )
        timers.arm(RESUME, due_at=until, subject=f"binding:{code}")
        return row


def resume(*, actor: Actor, code: str, why: str = "person", cause: int | None = None) -> Binding:
    """Look again: by a person, or (`why` "over") because the pause has run out."""
    with write():
        row = load_binding(code)
        actor.require(PAUSE, row.camera.area.path)
        if row.paused_until is None:
            return row
        row.paused_until, row.pause_reason = None, ""
        row.save()
        serve(row, cause)
        timers.cancel(RESUME, subject=f"binding:{code}")
        journal.record(
            "binding.resumed",
            subject=f"binding:{code}",
            area=row.camera.area.path,
            actor=actor,
            payload={"binding": code, "camera": row.camera.code, "why": why},
            cause=cause,
        )
        return row
