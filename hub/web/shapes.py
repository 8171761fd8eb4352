"""Bases of the Structs at the HTTP edge. Unknown fields are refused: a typing error is noticed."""

from __future__ import annotations

from typing import Annotated

import msgspec


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A request body."""


class Query(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A query string. Text fields default to "" and not None: a query has no null."""


class View(msgspec.Struct, frozen=True, kw_only=True):
    """An answer."""


# An id or a configuration key, as it stands in a path.
Key = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9_.-]+$")]
