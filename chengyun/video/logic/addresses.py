"""Addresses of streams. Credentials never stand in one: they have a name, and only the worker's environment knows more."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, urlsplit

SCHEMES = ("rtsp", "rtsps", "http", "https", "file", "scene")
_LOGIN = re.compile(r"[A-Z][A-Z0-9_]{0,39}")
_SECRET = re.compile(r"pass|pwd|secret|token|auth|user|key|sign|credential", re.I)


def fault(address: str) -> tuple[str, str] | None:
    """Why an address is not taken: (zh, en)."""
    if not address:
        return None
    if len(address) > 300 or not address.isprintable() or " " in address:
        return (
            "地址含有空格或不可见字符，或过长。",
            "an address has no spaces, no invisible characters, 300 at most.",
        )
    try:
        parts = urlsplit(address)
        _ = parts.port
    except ValueError:
        return "地址无法识别。", "this is no address."
    if parts.scheme.lower() not in SCHEMES:
        return f"协议应为 {'、'.join(SCHEMES)}。", f"one of {', '.join(SCHEMES)} is wanted."
    if parts.scheme.lower() != "file" and not parts.hostname:
        return "地址缺少主机。", "the address names no host."
    if "@" in parts.netloc or any(_SECRET.search(key) for key, _ in parse_qsl(parts.query, True)):
        return (
            "地址中不得含有账号、密码或密钥：请填写凭据名称，由分析进程从其环境读取。",
            "no account, password or key stands in an address: give the name of the credentials, which the worker finds in "
            "its own environment.",
        )
    return None


def login_fault(name: str) -> tuple[str, str] | None:
    if name and not _LOGIN.fullmatch(name):
        return "凭据名称为大写字母、数字、_。", "a name of credentials has upper-case letters, digits and _."
    return None


def shown(address: str) -> str:
    """What may be shown of an address: scheme and host."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.hostname or ''}" if address else ""
