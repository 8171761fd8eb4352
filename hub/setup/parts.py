"""What tables of the set-up file are made of, and those about the end of a contact. Pure."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta, Struct

Key = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Name = Annotated[str, Meta(min_length=1, max_length=120)]
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
