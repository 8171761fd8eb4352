"""The body of an HTTP answer, whole but no longer than was asked for."""

from __future__ import annotations

import aiohttp


async def read_body(response: aiohttp.ClientResponse, limit_bytes: int) -> bytes:
    """Return the body, cut at `limit_bytes`. A single read returns only what has come so far."""
    body = bytearray()
    while len(body) < limit_bytes:
        more = await response.content.read(limit_bytes - len(body))
        if not more:
            break
        body += more
    return bytes(body)
