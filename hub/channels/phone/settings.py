"""What can be set for one phone entry point, in the set-up file under `settings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from hub.core.errors import Invalid

_DEFAULT_VOICES = {"zh-CN": "Polly.Zhiyu", "en": "Polly.Joanna"}


class PhoneSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Texts replace the built-in ones; `{0}`-like placeholders are not used.

    `languages`: offered to callers, the entry point's own first; in the waiting room 9 switches.
    `ring_s`: how long an agent's phone rings (5–60; keep it near the routing's `connect_s`).
    `dial_s`: how long a customer's phone rings when we call it.
    `music_url`: an own WAV or MP3 for the waiting room; empty is the built-in one.
    """

    greeting: Mapping[str, str] = msgspec.field(default_factory=dict)  # language -> text
    languages: tuple[str, ...] = ("zh-CN", "en")
    voices: Mapping[str, str] = msgspec.field(default_factory=lambda: dict(_DEFAULT_VOICES))
    music_url: str = ""
    ring_s: Annotated[int, Meta(ge=5, le=60)] = 10
    dial_s: Annotated[int, Meta(ge=10, le=60)] = 30
    voicemail: bool = True
    voicemail_max_s: Annotated[int, Meta(ge=10, le=600)] = 180
    captions: bool = False  # what callers say is shown to the agent while they speak; tell callers
    calls_per_second: Annotated[float, Meta(gt=0, le=100)] = 1.0


def parse_settings(entry_point_id: str, raw: Mapping[str, object]) -> PhoneSettings:
    """Return the typed settings. Raises Invalid naming the entry point and the key."""
    try:
        return msgspec.convert(dict(raw), PhoneSettings)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"The settings of the phone entry point {entry_point_id!r} are not right: {error}",
            code="phone.settings",
        ) from None
