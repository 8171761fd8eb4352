"""The provider's webhooks: a text that came in, and what became of one of ours.

Each is signed; the same one again changes nothing. What came in is stored before it is answered:
where it cannot be, the answer says so, and the provider tries its fallback.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from aiohttp import StreamReader, web

from hub.channels.base import Door
from hub.core.errors import NotFound, Unavailable
from hub.vendors.twilio import Account, SignedRequest, is_signed_by
from hub.vendors.twilio.signature import SIGNATURE_HEADER, parse_form

from .line import TextLine
from .parse import Refused, parse_state, parse_text
from .receiving import Receiver
from .service import News
from .settling import settle

_LOG = logging.getLogger(__name__)
_BODY_LIMIT = 64 * 1024
_ANSWER_WITHIN_S = 12.0  # Twilio waits 15 s; pictures are fetched meanwhile
_NOTHING_TO_SAY = "<?xml version='1.0' encoding='UTF-8'?><Response/>"

FindLine = Callable[[str], TextLine | None]


class SmsWebhooks:
    """What one account posts of every number; `find_line`: by entry point, as it is then."""

    def __init__(
        self,
        door: Door,
        find_line: FindLine,
        receiver: Receiver,
        account: Account,
        public_base_url: str,
    ) -> None:
        self._door = door
        self._find_line = find_line
        self._receiver = receiver
        self._account = account
        self._public_base_url = public_base_url

    async def text(self, request: web.Request) -> web.Response:
        """A text came in."""
        line, params = await self._accept(request)
        text = parse_text(params, self._account.sid)
        if isinstance(text, Refused):
            _LOG.warning("a text was not taken: %s", text.why, extra={"entry_point": line.id})
            return _answer()
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                await self._receiver.receive(line, text)
        except (Unavailable, TimeoutError) as error:
            _LOG.warning("a text could not be stored: %s", error, extra={"entry_point": line.id})
            return web.Response(status=503, headers={"Retry-After": "2"})
        return _answer()

    async def state(self, request: web.Request) -> web.Response:
        """The provider tells what became of a text of ours."""
        line, params = await self._accept(request)
        news = parse_state(params)
        if isinstance(news, Refused):
            return web.Response(status=204)
        interaction_id = request.match_info["interaction"][:36]
        try:
            await settle(self._door, line.id, News(interaction_id, news.sid, news.told))
        except NotFound:
            _LOG.info("a callback speaks of no text of ours", extra={"entry_point": line.id})
        except Unavailable:
            return web.Response(status=503, headers={"Retry-After": "2"})
        return web.Response(status=204)

    async def _accept(self, request: web.Request) -> tuple[TextLine, Mapping[str, str]]:
        """Return the number and the parameters of a request that is proven to be our account's.

        Raises HTTPNotFound for a number that is not ours, HTTPForbidden for what is not signed.
        """
        line = self._find_line(request.match_info["point"])
        if line is None:
            raise web.HTTPNotFound(text="There is no such number.")
        body = await _read(request.content)
        params = parse_form(body) if len(body) <= _BODY_LIMIT else None
        signed = SignedRequest(request.raw_path, body, request.headers.get(SIGNATURE_HEADER))
        if (
            params is None
            or not is_signed_by(signed, self._public_base_url, self._account.auth_tokens)
            or params.get("AccountSid") != self._account.sid
        ):
            _LOG.warning("a text without a right signature was refused", extra={"route": "sms"})
            raise web.HTTPForbidden(text="The signature is missing or not right.")
        return line, {name: params[name] for name in params}


def webhook_routes(current: Callable[[], SmsWebhooks | None]) -> list[web.RouteDef]:
    """Return the routes of every number; `current`: those of the account that is connected."""

    def of_account() -> SmsWebhooks:
        webhooks = current()
        if webhooks is None:
            raise web.HTTPNotFound(text="No account is connected.")
        return webhooks

    async def text(request: web.Request) -> web.Response:
        return await of_account().text(request)

    async def state(request: web.Request) -> web.Response:
        return await of_account().state(request)

    return [
        web.post("/channels/{point}/sms", text),
        web.post("/channels/{point}/sms-status/{interaction}", state),
    ]


async def _read(content: StreamReader) -> bytes:
    """Return the body, or one byte more than the limit of a longer one."""
    body = b""
    while len(body) <= _BODY_LIMIT and (more := await content.read(_BODY_LIMIT + 1 - len(body))):
        body += more
    return body


def _answer() -> web.Response:
    return web.Response(text=_NOTHING_TO_SAY, content_type="text/xml", charset="utf-8")
