"""A webhook's body and key as they come in, and the document that goes back."""

from __future__ import annotations

from aiohttp import StreamReader, web
from multidict import MultiDict

from .parse import webhook_key

BODY_LIMIT = 64 * 1024  # Twilio's own limit for what it posts


async def read_all(content: StreamReader) -> bytes:
    """Return the body, or one byte more than the limit of a longer one."""
    body = b""
    while len(body) <= BODY_LIMIT and (more := await content.read(BODY_LIMIT + 1 - len(body))):
        body += more
    return body


def first_key(params: MultiDict[str], name: str, token: str | None) -> str | None:
    """The first webhook of a call is one whatever else it carries: its CallSid is its key."""
    if name == "voice":
        return f"{params.get('CallSid', '')}:voice"[:200]
    return webhook_key(once(params), name, token)


def once(params: MultiDict[str]) -> dict[str, str]:
    """Return the parameters, the first of each name."""
    return {name: params[name] for name in params}


def answer_twiml(document: str) -> web.Response:
    return web.Response(text=document, content_type="text/xml", charset="utf-8")
