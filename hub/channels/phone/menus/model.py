"""A menu as it is set up for one phone entry point: a tree of choices. Pure.

A tree in data has no loops; 0 is always a person and * always the step before, so neither can be
set. What callers hear of a choice is made of its label and its key, so the two never disagree.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

Press = Annotated[str, Meta(pattern=r"^[1-9]$")]
Language = Annotated[str, Meta(min_length=2, max_length=16)]
Label = Annotated[str, Meta(max_length=120)]
Words = Annotated[str, Meta(max_length=1000)]
QueueKey = Annotated[str, Meta(max_length=64)]
Number = Annotated[str, Meta(pattern=r"^(\+[1-9][0-9]{6,14})?$")]
Grade = Annotated[int, Meta(ge=1, le=5)]

Does = Literal["queue", "menu", "text", "voicemail", "number", "hours"]

DEEPEST = 3  # menus below one another: more is not kept in mind by anybody
MOST_CHOICES = 9


class Branch(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What happens. `does`:

    "queue": the caller waits in `queue` ("": the entry point's), with `skills` demanded besides the
    queue's own and `reason` kept with the contact. "menu": they are asked `menu`. "text": they hear
    `text`, then the same menu again. "voicemail": they leave a message for `queue`. "number": they
    are put through to `number` (E.164). "hours": `open` while the named `hours` are open, else
    `closed`.
    """

    does: Does = "queue"
    queue: QueueKey = ""
    skills: dict[str, Grade] = {}
    reason: Annotated[str, Meta(max_length=64)] = ""
    menu: Menu | None = None
    text: dict[Language, Words] = {}
    number: Number = ""
    hours: Annotated[str, Meta(max_length=64)] = ""
    open: Branch | None = None
    closed: Branch | None = None


class Choice(Branch, frozen=True, kw_only=True):
    """One key. `label` by language: what it is for, as it is said between "for" and "press 2".

    `words` by language: what a caller may say instead, where the menu listens.
    """

    press: Press
    label: dict[Language, Label] = {}
    words: dict[Language, list[Annotated[str, Meta(min_length=1, max_length=40)]]] = {}


class Menu(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`prompt` by language: said before the choices, which are said by themselves."""

    prompt: dict[Language, Words] = {}
    choices: Annotated[list[Choice], Meta(max_length=MOST_CHOICES)] = []


class PhoneMenu(Menu, frozen=True, kw_only=True):
    """The first menu of an entry point; without choices callers are asked nothing.

    `asks_language`: who is not known is asked first which of the offered languages they want.
    `listens`: what callers say counts as well as keys. `otherwise`: where callers go who press no
    key that means anything, however often they are asked. `closed`: where callers come at once,
    without the choices, while the named `hours` are closed; "": the choices are offered always.
    """

    asks_language: bool = True
    listens: bool = False
    otherwise: Branch = Branch()
    hours: Annotated[str, Meta(max_length=64)] = ""
    closed: Branch | None = None


NO_MENU = PhoneMenu()


def read_branch(raw: object) -> Branch:
    """Return a branch as it was kept with a call. Raises msgspec.ValidationError."""
    return msgspec.convert(raw, Branch)
