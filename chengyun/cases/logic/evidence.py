"""Which files are taken as evidence: by what they are, not by what they are called."""

from __future__ import annotations

from chengyun.district.logic.assessments import CITIZEN_PHOTOS, DRONE_MEDIA

KINDS = ("photo_before", "photo_after", "photo_onsite", "video", "document")

# Suggested value: a phone's photo with room to spare.
MAX_BYTES = 10 * 1024 * 1024

_MAGIC: tuple[tuple[bytes, int, str], ...] = (
    (b"\xff\xd8\xff", 0, "image/jpeg"),
    (b"\x89PNG\r\n\x1a\n", 0, "image/png"),
    (b"WEBP", 8, "image/webp"),
    (b"%PDF-", 0, "application/pdf"),
    (b"ftyp", 4, "video/mp4"),
)
ALLOWED: dict[str, tuple[str, ...]] = {
    "photo_before": ("image/jpeg", "image/png", "image/webp"),
    "photo_after": ("image/jpeg", "image/png", "image/webp"),
    "photo_onsite": ("image/jpeg", "image/png", "image/webp"),
    "video": ("video/mp4",),
    "document": ("application/pdf",),
}


# Who took a file, and the impact assessment without which it is neither taken nor shown.
NEEDS: dict[str, str | None] = {"staff": None, "citizen": CITIZEN_PHOTOS, "drone": DRONE_MEDIA}


def media_type(content: bytes) -> str | None:
    """What a file is, by its first bytes; None for what is not taken."""
    for magic, offset, name in _MAGIC:
        if content[offset : offset + len(magic)] == magic:
            if name == "image/webp" and content[:4] != b"RIFF":
                continue
            return name
    return None


def fault(kind: str, content: bytes) -> tuple[str, str, str] | None:
    """Why a file is refused: (code, Chinese, English); None where it is taken."""
    if kind not in ALLOWED:
        return (
            "evidence_kind",
            f"没有凭证类型 {kind}",
            f"There is no evidence kind {kind}; use {', '.join(KINDS)}",
        )
    if not content:
        return "empty_file", "文件为空", "The file is empty"
    if len(content) > MAX_BYTES:
        return "file_too_large", "文件过大", f"The file is larger than {MAX_BYTES // 1024 // 1024} MB"
    found = media_type(content)
    if found not in ALLOWED[kind]:
        return (
            "file_type",
            "文件内容与类型不符",
            f"{kind} takes {', '.join(ALLOWED[kind])}; this file is {found or 'none of those'}",
        )
    return None
