"""How the reading of a file goes on that came in before (`hub.contacts.inbound.FileRead`)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BeingRead:
    """How far the reading of a file has come, until `FileRead` tells what is in it.

    `before`: how many others are read first; then the words of `page` of `of` pages are read.
    """

    entry_point_id: str
    interaction_id: str
    before: int = 0
    page: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class PagesRead:
    """The words of further pages, `first` to `last`, of a file whose first ones are known."""

    entry_point_id: str
    interaction_id: str
    first: int
    last: int
    text: str
