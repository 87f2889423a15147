"""A camera or a recorder by ONVIF: plain SOAP 1.2, log-in by a WS-Security password digest.

A camera is a video source of the device; its profiles of the largest and the smallest picture are its main and sub-stream.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from chengyun_vision.source.adapters.base import Camera, Which
from chengyun_vision.source.base import SourceError, redacted
from chengyun_vision.source.web import fetch, parted

_DEVICE = "http://www.onvif.org/ver10/device/wsdl"
_MEDIA = "http://www.onvif.org/ver10/media/wsdl"
_TYPES = "http://www.onvif.org/ver10/schema"
_SOAP = "http://www.w3.org/2003/05/soap-envelope"
_WSS = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss"
_MOST = 4 * 1024 * 1024


class Onvif:
    """`device`: address of the device service with user and password, `http://user:password@host/onvif/device_service`."""

    def __init__(self, device: str, *, patience: float = 10.0, wall: Callable[[], float] = time.time) -> None:
        self._device, self._user, self._password = parted(device)
        self._patience = patience
        self._wall = wall
        self._skew: float | None = None  # of the device's clock against ours; its digest check is strict
        self._media = ""
        self._profiles: dict[str, list[tuple[int, str]]] = {}  # camera -> (pixels, profile), largest first

    def list_cameras(self) -> list[Camera]:
        self._profiles = self._read_profiles()
        return [
            Camera(code, code, ("main", "sub") if len(found) > 1 else ("main",))
            for code, found in self._profiles.items()
        ]

    def ensure_stream(self, camera: str, which: Which = "main") -> str:
        setup = (
            "<trt:StreamSetup><tt:Stream>RTP-Unicast</tt:Stream>"
            "<tt:Transport><tt:Protocol>RTSP</tt:Protocol></tt:Transport></trt:StreamSetup>"
        )
        return self._login(self._uri("GetStreamUri", self._profile(camera, which), setup), ("rtsp", "rtsps"))

    def snapshot(self, camera: str) -> bytes:
        address = self._uri("GetSnapshotUri", self._profile(camera, "main"))
        return fetch(self._login(address, ("http", "https")), patience=self._patience)

    def live_urls(self, camera: str) -> dict[str, str]:
        return {}  # a camera's own addresses want its password: not for browsers

    def _profile(self, camera: str, which: Which) -> str:
        if not self._profiles:
            self._profiles = self._read_profiles()
        if camera not in self._profiles:
            raise SourceError("not_found", camera)
        return self._profiles[camera][0 if which == "main" else -1][1]

    def _read_profiles(self) -> dict[str, list[tuple[int, str]]]:
        found: dict[str, list[tuple[int, str]]] = {}
        for profile in self._ask(self._media_address(), f'<trt:GetProfiles xmlns:trt="{_MEDIA}"/>').iter(
            f"{{{_MEDIA}}}Profiles"
        ):
            source = profile.findtext(f"{{{_TYPES}}}VideoSourceConfiguration/{{{_TYPES}}}SourceToken")
            encoder = profile.find(f"{{{_TYPES}}}VideoEncoderConfiguration/{{{_TYPES}}}Resolution")
            token = profile.get("token")
            if not source or not token or encoder is None:
                continue
            sides = [encoder.findtext(f"{{{_TYPES}}}{side}") or "" for side in ("Width", "Height")]
            pixels = int(sides[0]) * int(sides[1]) if all(side.isdigit() for side in sides) else 0
            found.setdefault(source, []).append((pixels, token))
        return {code: sorted(profiles, reverse=True) for code, profiles in found.items()}

    def _uri(self, verb: str, profile: str, more: str = "") -> str:
        token = f"<trt:ProfileToken>{escape(profile)}</trt:ProfileToken>"
        body = f'<trt:{verb} xmlns:trt="{_MEDIA}" xmlns:tt="{_TYPES}">{more}{token}</trt:{verb}>'
        uri = self._ask(self._media_address(), body).findtext(f".//{{{_TYPES}}}Uri")
        if not uri:
            raise SourceError("not_found", redacted(self._device))
        return uri.strip()

    def _media_address(self) -> str:
        if not self._media:
            body = f'<tds:GetCapabilities xmlns:tds="{_DEVICE}"><tds:Category>Media</tds:Category></tds:GetCapabilities>'
            address = self._ask(self._device, body).findtext(f".//{{{_TYPES}}}Media/{{{_TYPES}}}XAddr")
            self._media = self._here(address.strip(), ("http", "https")) if address else self._device
        return self._media

    def _here(self, address: str, schemes: tuple[str, ...]) -> str:
        """An address that the device names, on the host by which we know it: behind NAT it names one that nobody reaches,
        and no device may send us elsewhere.
        """
        try:
            parts = urlsplit(address)
            port = f":{parts.port}" if parts.port else ""
        except ValueError:
            raise SourceError("codec", redacted(self._device)) from None
        if parts.scheme not in schemes:
            raise SourceError("codec", redacted(self._device))
        host = urlsplit(self._device).hostname or ""
        host = f"[{host}]" if ":" in host else host
        return urlunsplit((parts.scheme, host + port, parts.path, parts.query, ""))

    def _login(self, address: str, schemes: tuple[str, ...]) -> str:
        parts = urlsplit(self._here(address, schemes))
        if not self._user:
            return urlunsplit(parts)
        login = f"{quote(self._user, safe='')}:{quote(self._password, safe='')}@"
        return urlunsplit(parts._replace(netloc=login + parts.netloc))

    def _ask(self, address: str, body: str, *, signed: bool = True) -> ElementTree.Element:
        header = f"<s:Header>{self._security()}</s:Header>" if signed and self._user else ""
        envelope = f'<s:Envelope xmlns:s="{_SOAP}">{header}<s:Body>{body}</s:Body></s:Envelope>'
        answer = fetch(
            address,
            data=envelope.encode(),
            headers={"Content-Type": "application/soap+xml; charset=utf-8"},
            patience=self._patience,
            most=_MOST,
            heed=(400, 500),
        )
        if b"<!DOCTYPE" in answer or b"<!ENTITY" in answer:
            raise SourceError("codec", redacted(self._device))
        try:
            root = ElementTree.fromstring(answer)
        except (ElementTree.ParseError, ValueError, LookupError):
            raise SourceError("codec", redacted(self._device)) from None
        fault = root.find(f".//{{{_SOAP}}}Fault")
        if fault is not None:
            said = " ".join(fault.itertext())
            raise SourceError("auth" if "NotAuthorized" in said else "not_found", redacted(self._device))
        return root

    def _security(self) -> str:
        nonce = secrets.token_bytes(16)
        created = datetime.fromtimestamp(self._wall() + self._clock_skew(), UTC).strftime(
            "%Y-%m-%dT%H:%M:%SZ"
        )
        digest = hashlib.sha1(nonce + created.encode() + self._password.encode()).digest()
        return (
            f'<w:Security xmlns:w="{_WSS}-wssecurity-secext-1.0.xsd" s:mustUnderstand="1"><w:UsernameToken>'
            f"<w:Username>{escape(self._user)}</w:Username>"
            f'<w:Password Type="{_WSS}-username-token-profile-1.0#PasswordDigest">{_b64(digest)}</w:Password>'
            f'<w:Nonce EncodingType="{_WSS}-soap-message-security-1.0#Base64Binary">{_b64(nonce)}</w:Nonce>'
            f'<u:Created xmlns:u="{_WSS}-wssecurity-utility-1.0.xsd">{created}</u:Created>'
            "</w:UsernameToken></w:Security>"
        )

    def _clock_skew(self) -> float:
        """Asked for once, unsigned: a camera without a time server is often hours off and then refuses every digest."""
        if self._skew is None:
            self._skew = 0.0
            try:
                root = self._ask(
                    self._device, f'<tds:GetSystemDateAndTime xmlns:tds="{_DEVICE}"/>', signed=False
                )
                self._skew = _utc(root) - self._wall()
            except (SourceError, ValueError, TypeError, OverflowError):
                pass
        return self._skew


def _utc(root: ElementTree.Element) -> float:
    stamp: Any = root.find(f".//{{{_TYPES}}}UTCDateTime")

    def number(path: str) -> int:
        parent, child = path.split("/")
        return int(stamp.findtext(f"{{{_TYPES}}}{parent}/{{{_TYPES}}}{child}"))

    day = [number(f"Date/{part}") for part in ("Year", "Month", "Day")]
    clock = [number(f"Time/{part}") for part in ("Hour", "Minute", "Second")]
    return datetime(*day, *clock, tzinfo=UTC).timestamp()  # type: ignore[misc,arg-type]


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
