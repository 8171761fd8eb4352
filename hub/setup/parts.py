"""What tables of the set-up file are made of, and those about the end of a contact. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

from hub.contacts.panel.model import MAX_LINKS, Section, Url

Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
MaybeName = Annotated[str, Meta(max_length=120)]  # "": none
Code = Annotated[
    str, Meta(pattern=r"^([a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*)?$", max_length=64)
]


class Part(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of every table of the file."""


class Named(Part, frozen=True, kw_only=True):
    key: Key
    zh: Name
    en: Name


class AskSetup(Part, frozen=True, kw_only=True):
    """What closing asks for: "note", "next_action", "product", "commitment", or a closing field."""

    field: Key
    required: bool = True


class ClosingFieldSetup(Named, frozen=True, kw_only=True):
    """A field that reasons and outcomes can ask for. `least`, `most`: of a number."""

    kind: Literal["text", "number", "date", "choice"]
    unit: Annotated[str, Meta(max_length=20)] = ""
    longest: Annotated[int, Meta(ge=1, le=1_000)] = 200
    least: float | None = None
    most: float | None = None
    choices: list[Named] = []


class Reason(Named, frozen=True, kw_only=True):
    """Why customers come, in a tree; `queues`: where it is offered, [] everywhere. `complaint`: who
    comes for it, or for what is below it, complains.

    `code`: what contacts and figures know it by, "" the keys on the way to it ("repair/visit"). One
    that moved below another keeps the code it had, and so does what is below it.
    """

    code: Code = ""
    queues: list[str] = []
    complaint: bool = False
    asks: list[AskSetup] = []
    children: list[Reason] = []


class Outcome(Named, frozen=True, kw_only=True):
    asks: list[AskSetup] = []


class QueueRecording(Part, frozen=True, kw_only=True):
    """How calls of a queue are recorded, and how long recordings and spoken messages are kept.

    `mode`: "off", "notice" (it is said before, always), "consent" (only who agrees by a key).
    `remind_s`: a pause of that length is shown to the agent. `pause_on_hold`: hold pauses it.
    """

    mode: Literal["off", "notice", "consent"] = "off"
    keep_days: Annotated[int, Meta(ge=1, le=3650)] = 180
    remind_s: Annotated[int, Meta(ge=10, le=3600)] = 60
    pause_on_hold: bool = False


class HoursSetup(Part, frozen=True, kw_only=True):
    """Hours with a name, or not of the set-up's own zone or holidays: `week` is as hours are
    written. `zh`, `en`: what pages call them, "" both: by their key.
    """

    week: Annotated[str, Meta(min_length=1)]
    zone: str = ""  # IANA; "": the set-up's own
    calendar: str = ""  # holidays; "": those of `hours.calendar`
    zh: MaybeName = ""
    en: MaybeName = ""


class ReserveRule(Part, frozen=True, kw_only=True):
    """`keep` free agents are kept for contacts of a channel, of tiers, or both."""

    keep: Annotated[int, Meta(ge=1)]
    channel: str = ""
    tiers: list[str] = []


class LinkSetup(Named, frozen=True, kw_only=True):
    """A link of the side panel into another system; `url` has places ({customer.key}).

    `channels`, `queues`: of which contacts it is shown, [] of all.
    """

    url: Url
    channels: list[str] = []
    queues: list[str] = []


class SidePanelSetup(Part, frozen=True, kw_only=True):
    """What stands beside a contact. `order`: sections that come first, in order; the others follow
    as usual. `hidden`: sections that are not shown.
    """

    order: list[Section] = []
    hidden: list[Section] = []
    links: Annotated[list[LinkSetup], Meta(max_length=MAX_LINKS)] = []
