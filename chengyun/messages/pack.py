"""Reads `messages.yaml` of a district folder; without one the defaults beside this file hold."""

from __future__ import annotations

from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict, Field

from chengyun.kernel.packs import Pack

FILE = "messages.yaml"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChannelRow(_Part):
    code: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    kind: str = Field(pattern=r"^(webhook|log)$")
    url: str = ""
    on: bool = True
    post_kinds: list[str] = []
    message_kinds: list[str] = []
    timeout_s: int = Field(default=5, ge=1, le=30)
    max_attempts: int = Field(default=8, ge=1, le=50)


class LimitRow(_Part):
    per_seconds: int = Field(ge=1)
    at_most: int = Field(ge=1)


class MessagesData(_Part):
    channels: list[ChannelRow] = []
    limits: list[LimitRow] = []


def defaults() -> MessagesData:
    text = (Path(__file__).parent / "defaults.yaml").read_text("utf-8")
    return MessagesData.model_validate(yaml.safe_load(text))


def read(pack: Pack) -> MessagesData:
    """The channels and limits of a district; problems are collected in the pack."""
    if not pack.exists(FILE):
        return defaults()
    return pack.yaml(FILE, MessagesData) or MessagesData()
