"""Keyset paging: opaque cursors and the page that carries them. Never an OFFSET, never a total."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Generic, TypeVar

import msgspec

from hub.core.errors import Invalid, Malformed

from .decode import check_storable
from .shapes import Query

_MAX_CURSOR = 1024

T = TypeVar("T")
C = TypeVar("C", bound=msgspec.Struct)


class Page(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """Some items and the cursor of the next ones; `after` is None on the last page."""

    items: list[T]
    after: str | None = None


class PageQuery(Query, frozen=True, kw_only=True):
    """`after` is the cursor of the page before; `limit` is the number of items, 1 to 200."""

    after: Annotated[str, msgspec.Meta(max_length=_MAX_CURSOR)] = ""
    limit: Annotated[int, msgspec.Meta(ge=1, le=200)] = 50


def encode_cursor(position: msgspec.Struct) -> str:
    """Return the opaque text of a position (a Struct of sort keys, declared `array_like`)."""
    return base64.urlsafe_b64encode(msgspec.json.encode(position)).rstrip(b"=").decode("ascii")


def decode_cursor(text: str, kind: type[C]) -> C | None:
    """Return the position a cursor stands for, None for "" (the first page).

    Cursors are not signed: they hold sort keys only, and every page is filtered by access again.
    Raises Malformed for anything that is not a cursor of this list.
    """
    if not text:
        return None
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        position = msgspec.json.decode(raw, type=kind)
        check_storable(position, "cursor")
    except (binascii.Error, ValueError, msgspec.DecodeError, Invalid) as error:
        raise Malformed(
            "This is not a cursor of this list: take `after` from the last page, or leave it out.",
            code="bad_cursor",
        ) from error
    return position
