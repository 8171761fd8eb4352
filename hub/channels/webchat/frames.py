"""What every frame of web chat is: tagged JSON, one kind for each direction."""

from __future__ import annotations

import msgspec


class FromPage(
    msgspec.Struct, frozen=True, kw_only=True, tag_field="type", forbid_unknown_fields=False
):
    """From the customer's page. Unknown fields are ignored: newer widgets may talk to us."""


class ToPage(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", omit_defaults=True):
    """To the customer's page."""
