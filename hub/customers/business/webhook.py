"""POST /hooks/{source}: a system tells us by itself, signed with its feed's key."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Annotated

import msgspec
from aiohttp import web
from msgspec import Meta, Raw, field

from hub.core.errors import Malformed, TooLarge, Unauthenticated
from hub.storage import Store, Tx
from hub.web.shapes import Body

from .deliver import MAX_ROWS, Delivered, Delivery
from .feed_rows import FEED_KINDS
from .feeds import SOURCE, feed_key
from .signature import HEADER, is_signed

_MAX_BODY = 1_048_576
_NO_KEY = secrets.token_bytes(32)  # of a feed that has none: nothing is signed with it
Rows = Annotated[list[Raw], Meta(max_length=MAX_ROWS)]


class HookBody(Body, frozen=True, kw_only=True):
    """Rows by kind, each as the route of that kind takes them."""

    orders: Rows = field(default_factory=list)
    products: Rows = field(default_factory=list)
    balances: Rows = field(default_factory=list)
    cases: Rows = field(default_factory=list)
    facts: Rows = field(default_factory=list)


_decoder = msgspec.json.Decoder(HookBody)


class Webhooks:
    """Answers 202 with what came of each row, after it is committed."""

    def __init__(self, store: Store, delivery: Delivery) -> None:
        self._store = store
        self._delivery = delivery

    def routes(self) -> list[web.RouteDef]:
        return [web.post("/hooks/{source}", self._serve)]

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        source = request.match_info["source"]
        body = await _read(request)
        key, now = await self._store.read(_key_and_now, source)
        # A feed that there is not is answered like one whose signature is wrong.
        if not is_signed(request.headers.get(HEADER, ""), key, body, now):
            raise Unauthenticated(
                f"The {HEADER} header is missing, wrong, or older than five minutes: sign "
                "`t`, a dot and the raw body with the feed's key.",
                code="hook.signature",
            )
        try:
            asked = _decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise Malformed(f"The body is not what a feed sends: {error}") from error
        told: dict[str, Delivered] = {}
        for name, kind in FEED_KINDS.items():
            rows: list[Raw] = getattr(asked, name)
            if rows:
                told[name] = await self._delivery.keep(source, kind, rows)
        return web.Response(
            status=202, body=msgspec.json.encode(told), content_type="application/json"
        )


def _key_and_now(tx: Tx, source: str) -> tuple[bytes, datetime]:
    key = feed_key(tx, source) if SOURCE.fullmatch(source) else None
    return key or _NO_KEY, tx.now


async def _read(request: web.Request) -> bytes:
    raw = bytearray()
    async for chunk in request.content.iter_chunked(64 * 1024):
        raw += chunk
        if len(raw) > _MAX_BODY:
            raise TooLarge("A delivery has at most 1 MiB: send it in parts.")
    return bytes(raw)
