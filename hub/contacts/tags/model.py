"""What a tag is. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Annotated, NamedTuple

import msgspec

from hub.core.errors import Invalid

MOST = 20  # on one contact

Key = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class Colour(StrEnum):
    """The colours there are: each has a shade for light and for dark screens that can be read."""

    GREY = "grey"
    BLUE = "blue"
    GREEN = "green"
    AMBER = "amber"
    RED = "red"
    VIOLET = "violet"
    TEAL = "teal"
    PINK = "pink"


class Changed(NamedTuple):
    """What a change of a contact's tags comes to: the keys after it, and what it did."""

    after: tuple[str, ...]
    added: tuple[str, ...]
    removed: tuple[str, ...]


def changed(before: Sequence[str], add: Collection[str], remove: Collection[str]) -> Changed:
    """Return the tags after a change; what is there already, or not there, is no change.

    Raises Invalid where there are too many, or one is both put on and taken off.
    """
    if both := set(add) & set(remove):
        raise Invalid(f"Put {min(both)!r} on or take it off, one of the two.", code="tags.both")
    added = tuple(key for key in dict.fromkeys(add) if key not in before)
    removed = tuple(key for key in dict.fromkeys(remove) if key in before)
    after = (*(key for key in before if key not in removed), *added)
    if len(after) > MOST:
        raise Invalid(
            f"A contact has at most {MOST} tags: take one off first.", code="tags.many", most=MOST
        )
    return Changed(after, added, removed)
