"""Which algorithms look through which cameras. Commands take an Idempotency-Key."""

from typing import Any

from django.http import HttpRequest

from chengyun.district.logic.kinds import CAMERA_PLACES
from chengyun.kernel.http import actor_of, command, page
from chengyun.kernel.i18n import both
from chengyun.video import actions, precision, presets, queries, trying
from chengyun.video import needs as reasons
from chengyun.video.actions import bindings as verbs
from chengyun.video.actions.viewing import STATED
from chengyun.video.api import shown
from chengyun.video.api.door import may_read, router
from chengyun.video.api.schemas import (
    BindingCheckOut,
    BindingIn,
    BindingOut,
    BindingPage,
    BindingPauseIn,
    BindingTryOut,
    BindingVersionOut,
    PresetOut,
    VideoWordsOut,
)


@router.get("/presets", response=list[PresetOut], summary="The algorithms that there are")
def list_presets(request: HttpRequest) -> list[dict[str, Any]]:
    may_read(request)
    names = presets.purposes().names
    plain = (
        "code", "primitive", "purpose", "quantities", "settings", "on", "alerts", "model", "model_zh", "model_en",
        "measured_zh", "measured_en",
    )  # fmt: skip
    return [
        {name: getattr(p, name) for name in plain}
        | {
            "name_zh": p.zh,
            "name_en": p.en,
            "classes": list(p.classes),
            "needs": list(p.needs),
            "purpose_zh": names.get(p.purpose, (p.purpose, p.purpose))[0],
            "purpose_en": names.get(p.purpose, (p.purpose, p.purpose))[1],
        }
        for p in presets.shipped().values()
    ]


@router.get(
    "/words",
    response=VideoWordsOut,
    summary="What may be chosen: purposes, reasons of a pause, reasons to look",
)
def video_words(request: HttpRequest) -> dict[str, Any]:
    may_read(request)
    table = presets.purposes()
    return {
        "purposes": [shown.word(code, names) for code, names in table.names.items()],
        "bases": [
            shown.word(code, table.basis_names.get(code)) | {"purposes": sorted(covered)}
            for code, covered in table.bases.items()
        ],
        "owners": [shown.word(code, names) for code, names in sorted(queries.owner_names().items())],
        "places": sorted(CAMERA_PLACES),
        "pause": [shown.word(code, both(label)) for code, label in verbs.PAUSE_REASONS.items()],
        "reasons": [*reasons.reasons(), STATED],
    }


@router.get("/bindings", response=BindingPage, summary="Bindings with their precision")
def list_bindings(
    request: HttpRequest,
    camera: str | None = None,
    preset: str | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> dict[str, Any]:
    may_read(request)
    found = queries.bindings(request.user, camera=camera, preset=preset)
    rows, after = page(found, cursor, limit, key="code")
    judged = precision.of_bindings([row.pk for row in rows], queries.since_of(None))
    return {"items": [shown.binding(row, judged.get(row.pk)) for row in rows], "next": after}


# Before the addresses of single bindings, which would take it for a code.
@router.post(
    "/bindings/check", response=BindingCheckOut, summary="What speaks against a binding, without making it"
)
def check_binding(request: HttpRequest, body: BindingIn) -> dict[str, Any]:
    may_read(request)
    asset = queries.camera(request.user, body.camera)
    said = verbs.problems(asset, presets.preset(body.preset), _body(body))
    return {"problems": [{"field": s.field, "zh": s.zh, "en": s.en} for s in said]}


@router.post(
    "/bindings/try",
    response=BindingTryOut,
    summary="Where a binding may be tried on the last minutes, without making it",
)
def try_binding(request: HttpRequest, body: BindingIn) -> dict[str, Any]:
    """For whoever may bind, where it may be bound. 409: no worker looks through the camera now."""
    asset = queries.camera(request.user, body.camera)
    found = trying.question(
        actor=actor_of(request), asset=asset, code=body.code, preset=body.preset, body=verbs.said(_body(body))
    )
    return {name: getattr(found, name) for name in ("worker", "url", "body", "until")}


@router.get("/bindings/{code}", response=BindingOut)
def get_binding(request: HttpRequest, code: str) -> dict[str, Any]:
    may_read(request)
    return _binding(request, code)


@router.get(
    "/bindings/{code}/versions", response=list[BindingVersionOut], summary="What it said, newest first"
)
def list_binding_versions(request: HttpRequest, code: str) -> list[dict[str, Any]]:
    may_read(request)
    return [shown.version(row) for row in queries.versions(request.user, code)[:100]]


@router.post("/bindings", response=BindingOut, summary="Make a binding, or change one: it gets a new version")
@command
def save_binding(request: HttpRequest, body: BindingIn) -> dict[str, Any]:
    queries.camera(request.user, body.camera)
    actions.bind(
        actor=actor_of(request),
        code=body.code,
        camera=body.camera,
        preset=body.preset,
        enabled=body.enabled,
        **_body(body),
    )
    return _answer(request, body.code)


@router.post("/bindings/{code}/pause", response=BindingOut, summary="Suppress it for a reason and a time")
@command
def pause_binding(request: HttpRequest, code: str, body: BindingPauseIn) -> dict[str, Any]:
    queries.binding(request.user, code)
    actions.pause(actor=actor_of(request), code=code, reason=body.reason, until=body.until)
    return _answer(request, code)


@router.post("/bindings/{code}/resume", response=BindingOut, summary="Let it run again")
@command
def resume_binding(request: HttpRequest, code: str) -> dict[str, Any]:
    queries.binding(request.user, code)
    actions.resume(actor=actor_of(request), code=code)
    return _answer(request, code)


def _body(body: BindingIn) -> dict[str, Any]:
    return body.model_dump(mode="json", exclude={"code", "camera", "preset", "enabled"})


def _binding(request: HttpRequest, code: str) -> dict[str, Any]:
    row = queries.binding(request.user, code)
    return shown.binding(row, precision.of_bindings([row.pk], queries.since_of(None)).get(row.pk))


def _answer(request: HttpRequest, code: str) -> dict[str, Any]:
    return BindingOut(**_binding(request, code)).model_dump(mode="json")
