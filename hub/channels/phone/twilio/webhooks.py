"""Twilio's webhooks of one entry point: checked, made ours, committed, answered in TwiML.

Every route is signed; the same webhook again gets the same answer. An answer takes at most two
seconds: a caller whose call cannot be stored in that time waits on the line and is tried once more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from hub.channels.base import Door
from hub.channels.phone.dialling import find_dialled
from hub.channels.phone.front import Answer, Front, Then
from hub.channels.phone.joining import Talk
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call, Connection
from hub.channels.phone.service import (
    Happened,
    Incoming,
    NamedCall,
    Recorded,
    find_named_call,
    get_connection,
)
from hub.channels.phone.session import say
from hub.core.errors import NotFound, Unavailable
from hub.vendors.twilio.signature import (
    IDEMPOTENCY_HEADER,
    SIGNATURE_HEADER,
    SignedRequest,
    is_signed_by,
    parse_form,
)

from . import twiml
from .parse import (
    parse_address,
    parse_call_sid,
    parse_caption,
    parse_leg,
    parse_message,
    parse_room,
)
from .requests import BODY_LIMIT, answer_twiml, first_key, once, read_all
from .twiml import CLOSED, Style

_LOG = logging.getLogger(__name__)
_ANSWER_WITHIN_S = 2.0


@dataclass(frozen=True, slots=True)
class Webhook:
    """One webhook that is proven to come from our account."""

    params: Mapping[str, str]
    name: str
    key: str | None
    connection_id: str
    retried: bool
    closed: bool  # the caller is in no waiting room


class TwilioWebhooks:
    def __init__(
        self,
        door: Door,
        front: Front,
        line: Line,
        style: Style,
        public_base_url: str,
        account_sid: str,
        auth_tokens: Sequence[str],
    ) -> None:
        self._door = door
        self._front = front
        self._line = line
        self._style = style
        self._public_base_url = public_base_url
        self._account_sid = account_sid
        self._auth_tokens = tuple(auth_tokens)
        self._fallback = twiml.static_fallback(line.languages)

    # --- the guard -----------------------------------------------------------------------------

    async def post(self, request: web.Request, path: str) -> web.Response:
        """Answer a webhook of POSTS."""
        webhook = await self._accept(request, path.partition("/")[0])
        if webhook is None:
            return web.Response(status=403, text="The signature is missing or not right.")
        known = await self._before(webhook)
        if known is not None:
            return answer_twiml(known)
        return await self._answer(webhook, POSTS[path])

    async def _accept(self, request: web.Request, name: str) -> Webhook | None:
        """Return the webhook if it is signed by our account; None is a refusal."""
        body = await read_all(request.content)
        signed = SignedRequest(request.raw_path, body, request.headers.get(SIGNATURE_HEADER))
        params = parse_form(body) if len(body) <= BODY_LIMIT else None
        if params is None or not is_signed_by(signed, self._public_base_url, self._auth_tokens):
            _LOG.warning("a webhook without a right signature was refused", extra={"route": name})
            return None
        if params.get("AccountSid") != self._account_sid:
            _LOG.warning("a webhook of another account was refused", extra={"route": name})
            return None
        token = request.headers.get(IDEMPOTENCY_HEADER)
        key = first_key(params, name, token)
        connection_id = request.match_info.get("connection") or request.match_info.get("call", "")
        query = request.query
        return Webhook(
            once(params), name, key, connection_id, "retry" in query, closed=CLOSED in query
        )

    async def _before(self, webhook: Webhook) -> str | None:
        try:
            return await self._front.answer_before(self._line.id, webhook.key)
        except Unavailable:
            return None

    async def _answer(self, webhook: Webhook, do: Handler) -> web.Response:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                answer = await do(self, webhook)
                kept = await self._front.keep(self._line.id, webhook.key, answer)
            return answer_twiml(kept)
        except (Unavailable, TimeoutError) as error:
            why = str(error) or f"it took longer than {_ANSWER_WITHIN_S:.0f} s"
            _LOG.warning("a webhook could not be stored: %s", why, extra={"route": webhook.name})
            if webhook.name != "voice":
                return web.Response(status=503, headers={"Retry-After": "2"})
            if webhook.retried:
                return answer_twiml(self._fallback)
            return answer_twiml(twiml.again_soon(self._style.urls("voice") + "?retry=1"))

    # --- callers -------------------------------------------------------------------------------

    async def _voice(self, webhook: Webhook) -> str:
        """A call comes in."""
        sid = parse_call_sid(webhook.params)
        if sid is None:
            return twiml.refuse()
        incoming = Incoming(
            self._line.id,
            sid,
            parse_address(webhook.params.get("From", "")),
            parse_address(webhook.params.get("To", "")) or self._line.entry_point.address,
            self._line.entry_point.language,
            self._door.clock.now(),
        )
        return self._render(await self._front.call_arrived(self._line, incoming))

    async def _wait(self, webhook: Webhook) -> str:
        """One round of the waiting room."""
        call = await self._call(webhook)
        if call is None:
            return twiml.leave_queue()
        heard = await self._front.wait_round(self._line, call)
        if heard.then is Then.HANG_UP:
            return twiml.farewell(self._style, heard.prompts)
        return twiml.wait_round(self._style, heard.prompts, heard.switch)

    async def _choice(self, webhook: Webhook) -> str:
        """A key was pressed in the waiting room, or while it is closed."""
        call = await self._call(webhook)
        if call is None:
            return twiml.leave_queue()
        key = webhook.params.get("Digits", "")[:1]
        if webhook.closed:
            return self._render(self._front.key_while_closed(self._line, call, key))
        then = await self._front.key_pressed(self._line, call, key)
        if then is Then.MESSAGE:
            return twiml.leave_queue()
        if then is Then.ASK_NUMBER:
            return self._render(self._front.ask_number(self._line, call))
        return await self._wait(webhook)

    async def _callback(self, webhook: Webhook) -> str:
        """The number to call back was confirmed, or another one keyed in."""
        call = await self._call(webhook)
        if call is None:
            return twiml.leave_queue()
        answer = await self._front.number_keyed(
            self._line, call, webhook.params.get("Digits", "")[:40], closed=webhook.closed
        )
        if answer.then is not Then.WAIT:
            return self._render(answer)
        return twiml.wait_round(self._style, answer.prompts, None)

    async def _left(self, webhook: Webhook) -> str:
        """The queue was left: for a message (<Leave>), by us (redirected), or by hanging up."""
        call = await self._call(webhook)
        if call is None:
            return self._fallback
        if webhook.params.get("QueueResult") == "leave" and call.voicemail:
            return twiml.take_message(self._style, [say(call.language, "leave_message")])
        if webhook.params.get("QueueResult") in ("queue-full", "error", "system-error"):
            return self._fallback
        if webhook.params.get("QueueResult") == "hangup":
            await self._fold(webhook, None)
        return twiml.nothing()

    async def _status(self, webhook: Webhook) -> str:
        """The caller's leg has changed: rung, answered, ended."""
        await self._fold(webhook, None)
        return twiml.nothing()

    async def _message_done(self, webhook: Webhook) -> str:
        """The caller has spoken a message, or nothing."""
        call = await self._call(webhook)
        language = self._line.entry_point.language if call is None else call.language
        spoken = "RecordingUrl" in webhook.params
        return twiml.farewell(self._style, [say(language, "thanks" if spoken else "nothing")])

    async def _recording(self, webhook: Webhook) -> str:
        """A message is ready to be fetched."""
        message, sid = parse_message(webhook.params), parse_call_sid(webhook.params)
        if message is not None and sid is not None:
            await self._front.recorded(
                Recorded(self._line.id, sid, message.recording_sid, message.duration_s)
            )
        return twiml.nothing()

    async def _captions(self, webhook: Webhook) -> str:
        """The caller has said something."""
        words, call = parse_caption(webhook.params), await self._call(webhook)
        if words and call is not None:
            self._front.said(call, words)
        return twiml.nothing()

    # --- agents --------------------------------------------------------------------------------

    async def _agent(self, webhook: Webhook) -> str:
        """The agent has answered: into the room, unless nobody waits there any more."""
        await self._fold(webhook, webhook.connection_id)
        connection = await self._connection(webhook)
        if connection is None or connection.released:
            return twiml.farewell(self._style, [])
        return twiml.agent_room(self._style, connection)

    async def _agent_status(self, webhook: Webhook) -> str:
        """The agent's leg has changed."""
        await self._fold(webhook, webhook.connection_id)
        return twiml.nothing()

    async def _customer(self, webhook: Webhook) -> str:
        """A customer whom we called has answered: into the room, if the agent is still there."""
        await self._fold_customer(webhook)
        talk = await self._talk(webhook)
        if talk is None or talk.call.ended_by_us or talk.call.leg.ended:
            return twiml.farewell(self._style, [])
        if talk.connection is None or talk.connection.released or talk.connection.over:
            return twiml.farewell(self._style, [])
        return twiml.customer_room(self._style, talk.connection, talk.call.language)

    async def _customer_status(self, webhook: Webhook) -> str:
        """The leg of a customer whom we called has changed."""
        await self._fold_customer(webhook)
        return twiml.nothing()

    async def _first(self, webhook: Webhook) -> str:
        """A customer who was called first has answered: into the waiting room."""
        await self._fold_first(webhook)
        call = await self._call(webhook)
        if call is None or call.ended_by_us or call.leg.ended:
            return twiml.farewell(self._style, [])
        return twiml.waiting_room(self._style, [say(call.language, "called_back")])

    async def _first_status(self, webhook: Webhook) -> str:
        await self._fold_first(webhook)
        return twiml.nothing()

    async def _room(self, webhook: Webhook) -> str:
        """Somebody joined or left the room, or hold began or ended."""
        event = parse_room(webhook.params, webhook.connection_id, self._door.clock.now())
        if event is not None:
            await self._front.happened(Happened(self._line.id, event))
        return twiml.nothing()

    # --- parts ---------------------------------------------------------------------------------

    async def _fold(self, webhook: Webhook, connection_id: str | None) -> None:
        event = parse_leg(webhook.params, connection_id, self._door.clock.now())
        if event is not None:
            await self._front.happened(Happened(self._line.id, event))

    async def _fold_customer(self, webhook: Webhook) -> None:
        event = parse_leg(webhook.params, None, self._door.clock.now())
        if event is not None:
            await self._front.happened(
                Happened(self._line.id, event, by_connection=webhook.connection_id)
            )

    async def _fold_first(self, webhook: Webhook) -> None:
        event = parse_leg(webhook.params, None, self._door.clock.now())
        if event is not None:
            await self._front.happened(Happened(self._line.id, event, webhook.connection_id))

    async def _talk(self, webhook: Webhook) -> Talk | None:
        asked = (self._line.id, webhook.connection_id)
        return await self._door.store.write(find_dialled, asked)

    async def _call(self, webhook: Webhook) -> Call | None:
        sid = parse_call_sid(webhook.params)
        if sid is None:
            return None
        return await self._door.store.read(find_named_call, NamedCall(self._line.id, sid))

    async def _connection(self, webhook: Webhook) -> Connection | None:
        try:
            return await self._door.store.read(get_connection, webhook.connection_id)
        except NotFound:
            return None

    def _render(self, answer: Answer) -> str:
        match answer.then:
            case Then.WAIT:
                return twiml.waiting_room(self._style, answer.prompts)
            case Then.ASK_NUMBER if answer.after:
                return twiml.ask_number_closed(
                    self._style, answer.prompts, answer.after, message=self._line.settings.voicemail
                )
            case Then.ASK_NUMBER:
                return twiml.ask_number(self._style, answer.prompts)
            case Then.MESSAGE | Then.HANG_UP if answer.after:
                message = answer.then is Then.MESSAGE
                return twiml.closed(self._style, answer.prompts, answer.after, message=message)
            case Then.MESSAGE:
                return twiml.take_message(self._style, answer.prompts)
            case Then.HANG_UP:
                return twiml.farewell(self._style, answer.prompts)
            case Then.REFUSE:
                return twiml.refuse()

    def fallback(self) -> web.Response:
        """Twilio asks here when another webhook failed; the text is the same for everybody."""
        return answer_twiml(self._fallback)


Handler = Callable[[TwilioWebhooks, Webhook], Awaitable[str]]
POSTS: Mapping[str, Handler] = {
    "voice": TwilioWebhooks._voice,
    "wait": TwilioWebhooks._wait,
    "choice": TwilioWebhooks._choice,
    "callback": TwilioWebhooks._callback,
    "left": TwilioWebhooks._left,
    "status": TwilioWebhooks._status,
    "message-done": TwilioWebhooks._message_done,
    "recording": TwilioWebhooks._recording,
    "captions": TwilioWebhooks._captions,
    "agent/{connection}": TwilioWebhooks._agent,
    "agent-status/{connection}": TwilioWebhooks._agent_status,
    "customer/{connection}": TwilioWebhooks._customer,
    "customer-status/{connection}": TwilioWebhooks._customer_status,
    "room/{connection}": TwilioWebhooks._room,
    "first/{call}": TwilioWebhooks._first,
    "first-status/{call}": TwilioWebhooks._first_status,
}
"""What Twilio posts to, below /channels/<entry point>/."""
