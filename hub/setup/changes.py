"""What a set-up changes, in words. Pure."""

from __future__ import annotations

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
