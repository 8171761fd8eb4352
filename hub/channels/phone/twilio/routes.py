"""The addresses below /channels/<entry point>/ that Twilio asks, whichever lines there are."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiohttp import web

from hub.channels.phone.music import ringing_tone, waiting_music
from hub.core.errors import NotFound

from .webhooks import POSTS, TwilioWebhooks

NEW_CALLS = "voice"
Find = Callable[[str, bool], TwilioWebhooks | None]
"""Return what answers for an entry point; `True`: only where it takes new calls."""

_Handle = Callable[[web.Request], Awaitable[web.Response]]
_BASE = "/channels/{entry_point}"


def webhook_routes(find: Find) -> list[web.RouteDef]:
    """Return the routes of every line that there is or will be."""

    def answering(request: web.Request, *, new_calls: bool = False) -> TwilioWebhooks:
        found = find(request.match_info["entry_point"], new_calls)
        if found is None:
            raise NotFound("No calls are taken there.")
        return found

    def posted(path: str) -> _Handle:
        async def handle(request: web.Request) -> web.Response:
            return await answering(request, new_calls=path == NEW_CALLS).post(request, path)

        return handle

    async def fallback(request: web.Request) -> web.Response:
        return answering(request).fallback()

    def sounding(make: Callable[[], bytes]) -> _Handle:
        async def handle(request: web.Request) -> web.Response:
            answering(request)
            data = await asyncio.to_thread(make)
            headers = {"Cache-Control": "public, max-age=86400"}
            return web.Response(body=data, content_type="audio/wav", headers=headers)

        return handle

    return [
        *(web.post(f"{_BASE}/{path}", posted(path)) for path in POSTS),
        web.post(f"{_BASE}/fallback", fallback),
        web.get(f"{_BASE}/music.wav", sounding(waiting_music)),
        web.get(f"{_BASE}/ringing.wav", sounding(ringing_tone)),
    ]
