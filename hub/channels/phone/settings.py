"""What can be set for one phone entry point, in the set-up file under `settings`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from hub.core.errors import Fault, Invalid

from .menus.check import check_menu
from .menus.model import PhoneMenu

_DEFAULT_VOICES = {"zh-CN": "Polly.Zhiyu", "en": "Polly.Joanna"}


class PhoneSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Texts replace the built-in ones; `{0}`-like placeholders are not used.

    `languages`: offered to callers, the entry point's own first; in the waiting room 9 switches.
    `ring_s`: how long an agent's phone rings (5–60; keep it near the routing's `connect_s`).
    `dial_s`: how long a customer's phone rings when we call it.
    `menu`: what callers are asked before they wait. `recognises`: a caller whose number is known
    is asked first about their open request or visit, where there is a menu.
    `longest_wait_s`: who has waited so long in a queue goes on as `after_longest` says: to
    `longest_queue`, to `longest_number` outside, is asked for the number to be called back at, or
    for a message, or is told goodbye (see `overflow`); 0: never. `stop_key`: 8 in the waiting room
    stops offers and surveys.
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
    menu: Annotated[PhoneMenu, Meta(extra={"of": "menu"})] = PhoneMenu()
    recognises: bool = True
    longest_wait_s: Annotated[int, Meta(ge=0, le=7200)] = 0
    after_longest: Literal["message", "goodbye", "queue", "number", "callback"] = "message"
    longest_queue: Annotated[
        str, Meta(max_length=64, extra={"of": "queue", "where": ("after_longest", "queue")})
    ] = ""
    longest_number: Annotated[
        str,
        Meta(pattern=r"^(\+[1-9][0-9]{6,14})?$", extra={"where": ("after_longest", "number")}),
    ] = ""
    stop_key: bool = False
    calls_per_second: Annotated[float, Meta(gt=0, le=100)] = 1.0


def parse_settings(entry_point_id: str, raw: Mapping[str, object]) -> PhoneSettings:
    """Return the typed settings. Raises Invalid naming the entry point and the key."""
    try:
        settings = msgspec.convert(dict(raw), PhoneSettings)
    except msgspec.ValidationError as error:
        raise Invalid(
            f"The settings of the phone entry point {entry_point_id!r} are not right: {error}",
            code="phone.settings",
            faults=[_unread(error)],
        ) from None
    if fault := _longest(settings):
        raise Invalid(
            f"The settings of the phone entry point {entry_point_id!r} are not right: {fault}",
            code="phone.settings",
            faults=[fault],
        )
    if faults := check_menu(settings.menu, settings.languages):
        listed = "; ".join(str(fault) for fault in faults)
        raise Invalid(
            f"The menu of the phone entry point {entry_point_id!r} is not right: {listed}",
            code="phone.menu",
            faults=faults,
        )
    return settings


def _unread(error: msgspec.ValidationError) -> Fault:
    """Return what cannot be read, by its place: msgspec says "what - at `$.place`"."""
    what, _, place = str(error).partition(" - at `$")
    return Fault(place.rstrip("`").removeprefix("."), what)


def _longest(settings: PhoneSettings) -> Fault | None:
    """Return what is missing where callers go on after the longest wait."""
    if settings.after_longest == "queue" and not settings.longest_queue:
        return Fault("longest_queue", "is missing: name the queue to go on to")
    if settings.after_longest == "number" and not settings.longest_number:
        return Fault("longest_number", "is missing: a number in E.164, like +862155501000")
    return None
