"""What a set-up changes, in words. Pure."""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from .differences import Difference


class Changes(msgspec.Struct, frozen=True, kw_only=True):
    """What a set-up changes (or would): one line each, "queue finance". Empty: nothing.

    `details`: the places that differ from the version before, with their values.
    """

    added: list[str]
    changed: list[str]
    retired: list[str]
    warnings: list[str]
    details: list[Difference] = []

    @property
    def is_empty(self) -> bool:
        return not (self.added or self.changed or self.retired)

    def lines(self) -> Iterator[str]:
        """Yield what changes as a person reads it: "change  queue finance"."""
        for word, things in (
            ("add", self.added),
            ("change", self.changed),
            ("retire", self.retired),
        ):
            for thing in things:
                yield f"{word:<7} {thing}"
