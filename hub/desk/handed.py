"""What goes along with a contact that is transferred: who gave it on, when, and what they say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

_META = "handed"  # in a contact's `meta`, until it is given on again


class Handed(msgspec.Struct, frozen=True):
    """`note` "": it was given on without a word."""

    by_name: str
    at: datetime
    note: str

    def kept(self, meta: Mapping[str, Any]) -> dict[str, Any]:
        """Return `meta` of the contact with this in it."""
        return {**meta, _META: msgspec.to_builtins(self)}


def handed_of(meta: Mapping[str, Any]) -> Handed | None:
    """Return what was said when the contact was given on last; None where it never was."""
    found = meta.get(_META)
    return None if found is None else msgspec.convert(found, Handed)
