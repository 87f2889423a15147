"""Evidence of one camera: masked, then into the spool."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from chengyun_vision.evidence.cover import Polygon
from chengyun_vision.evidence.mask import Masker
from chengyun_vision.frames import Event, Frame, Look
from chengyun_vision.worker.later import Later
from chengyun_vision.worker.spool import Writer
from chengyun_vision.worker.told import moment


class Keeper:
    """`time`: a moment of the pipeline as the district's. What cannot be masked or stored is not kept; the event goes on."""

    def __init__(
        self,
        camera: str,
        privacy: Sequence[Polygon],
        faces: Any,
        people: Any,
        spool: Writer,
        models: Sequence[str],
        time: Callable[[float], float],
        later: Later,
    ) -> None:
        self._camera, self._privacy, self._spool = camera, privacy, spool
        self._models, self._time = list(models)[:20], time
        self._masker, self._later = Masker(faces, people), later
        self.failed = 0

    def note(self, look: Look) -> None:
        self._masker.note(look.at, look.detections, look.width, look.height)

    def keep(self, event: Event, frame: Frame, look: Look) -> tuple[str, ...]:
        """Names the picture now and makes it later. What stays covered is what was known at this moment."""
        # There may be several of how it went on, and one each of how it began and ended.
        ref = f"{event.id}.{event.state}{len(event.evidence) if event.state == 'update' else ''}"
        try:
            frame.bgr()  # by the thread that decodes: libav's tools are not for two at once
            masker = self._masker.as_now()
        except Exception:  # a picture that breaks a library costs the picture, never the event
            self.failed += 1
            return ()
        if not self._later.do(lambda: self._store(masker, ref, event, frame, look)):
            self.failed += 1
            return ()
        return (ref,)

    def _store(self, masker: Masker, ref: str, event: Event, frame: Frame, look: Look) -> None:
        try:
            masked = masker.masked_jpeg(frame, look.detections, privacy=self._privacy)
            if masked is None:
                return
            heads = sum(thing.label == "person" for thing in look.detections or ())
            facts = {
                "id": ref,
                "camera": self._camera,
                "event": event.id,
                "at": moment(self._time(frame.at)),
                "sha256": masked.sha256,
                "masked": masked.how,
                "heads": heads if masked.how == "heads" else 0,
                "zones": len(self._privacy),
                "width": masked.width,
                "height": masked.height,
                "models": self._models,
            }
            self._spool.put("picture", facts, masked.jpeg)
        except Exception:  # nor one that cannot be masked or written
            self.failed += 1
