"""What a picture says of itself, read from its first bytes: a JPEG of a size, without notes of the camera that took it."""

from __future__ import annotations

# Suggested values (建议值).
MAX_BYTES = 2 * 1024 * 1024
MAX_SIDE = 8192
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


class NotAPicture(ValueError):
    """`zh` and `en` say why."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


def size_of(content: bytes) -> tuple[int, int]:
    """(width, height). Raises `NotAPicture` for anything but a whole, plain JPEG.

    Notes (EXIF, XMP, comments) are refused: they may hold a serial number, a place, or a small picture that nobody masked.
    """
    if content[:2] != b"\xff\xd8" or content[-2:] != b"\xff\xd9":
        raise NotAPicture("不是完整的 JPEG。", "this is no whole JPEG.")
    at, size = 2, None
    while at + 4 <= len(content):
        if content[at] != 0xFF:
            raise NotAPicture("JPEG 已损坏。", "the JPEG is broken.")
        marker = content[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        length = int.from_bytes(content[at + 2 : at + 4], "big")
        if length < 2:
            raise NotAPicture("JPEG 已损坏。", "the JPEG is broken.")
        if 0xE1 <= marker <= 0xEF or marker == 0xFE:
            raise NotAPicture(
                "JPEG 带有附加信息（EXIF、注释等），不予接收。",
                "the JPEG carries notes (EXIF, comments), which are refused.",
            )
        if marker in _FRAMES and at + 9 <= len(content):
            height, width = (int.from_bytes(content[at + n : at + n + 2], "big") for n in (5, 7))
            if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
                raise NotAPicture(
                    f"边长应为 1 到 {MAX_SIDE} 像素。", f"sides of 1 to {MAX_SIDE} pixels are taken."
                )
            size = width, height
        if marker == 0xDA:
            if size is None:
                break
            if content.find(b"\xff\xd9", at) != len(content) - 2:
                raise NotAPicture("JPEG 之后还有内容。", "something follows the picture.")
            return size
        at += 2 + length
    raise NotAPicture("JPEG 没有画面。", "the JPEG holds no picture.")
