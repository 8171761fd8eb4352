"""Twilio's webhooks of one entry point: checked, made ours, committed, answered in TwiML.

Every route is signed; the same webhook again gets the same answer. An answer takes at most two
seconds: a caller whose call cannot be stored in that time waits on the line and is tried once more.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from copy import copy
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

from aiohttp import web

from hub.channels.base import Door
from hub.channels.phone.answer import Answer, Then
from hub.channels.phone.before import Asked, find_before, find_callers
from hub.channels.phone.dialling import find_dialled
from hub.channels.phone.front import Front
from hub.channels.phone.joining import Talk
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call, Event
from hub.channels.phone.refusals import Refusals, Why
from hub.channels.phone.service import (
    Happened,
    Incoming,
    NamedCall,
    Recorded,
    find_named_call,
)
from hub.channels.phone.session import say
from hub.contacts.templates.filling import at_point
from hub.core.errors import Unavailable
from hub.vendors.twilio.signature import SIGNATURE_HEADER, SignedRequest, parse_form

from . import recorded, twiml
from .dialled_hooks import nobody_here, note_who
from .guest_hooks import guest_answer, note_guest
from .kept_hooks import Kept, agent_answered, follow_news
from .menu_hooks import menu_answer, through_answer
from .outside_hooks import after_waiting, outside_answered
from .parse import (
    parse_address,
    parse_call_sid,
    parse_caption,
    parse_guest_seat,
    parse_leg,
    parse_message,
    parse_room,
)
from .render import into_room, render
from .requests import BODY_LIMIT, Signers, Webhook, answer_twiml, read_all, webhook_of
from .twiml import Style
from .waiting_hooks import a_round

_LOG = logging.getLogger(__name__)
_ANSWER_WITHIN_S = 2.0
_ON_THE_LINE = ("voice", "menu", "consent")  # asked once more; in the waiting room until it is so


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
        heard: Callable[[], None],
    ) -> None:
        self._heard = heard
        self._door = door
        self._front = front
        self._line = line
        self._style = style
        self._account = Signers(public_base_url, account_sid, tuple(auth_tokens))
        self._refused = Refusals(door.store, line.id)
        self._fallback = twiml.static_fallback(line.languages)

    # --- the guard -----------------------------------------------------------------------------

    async def post(self, request: web.Request, path: str) -> web.Response:
        """Answer a webhook of POSTS."""
        webhook = await self._accept(request, path.partition("/")[0])
        if webhook is None:
            return web.Response(status=403, text="The signature is missing or not right.")
        return await self._answer(webhook, POSTS[path])

    async def _accept(self, request: web.Request, name: str) -> Webhook | None:
        """Return the webhook if it is signed by our account; None is a refusal."""
        body = await read_all(request.content)
        signed = SignedRequest(request.raw_path, body, request.headers.get(SIGNATURE_HEADER))
        params = parse_form(body) if len(body) <= BODY_LIMIT else None
        why = self._account.refuses(signed, params)
        if params is None or why is not None:
            await self._refused.note(why or Why.SIZE, name)
            return None
        self._heard()
        return webhook_of(request, params, name)

    async def _answer(self, webhook: Webhook, do: Handler) -> web.Response:
        try:
            async with asyncio.timeout(_ANSWER_WITHIN_S):
                return answer_twiml(await self._answer_once(webhook, do))
        except (Unavailable, TimeoutError) as error:
            why = str(error) or f"it took longer than {_ANSWER_WITHIN_S:.0f} s"
            _LOG.warning("a webhook could not be stored: %s", why, extra={"route": webhook.name})
            if webhook.name not in (*_ON_THE_LINE, "wait"):
                return web.Response(status=503, headers={"Retry-After": "2"})
            if webhook.retried and webhook.name in _ON_THE_LINE:
                return answer_twiml(self._fallback)
            again = f"?{urlencode({**webhook.query, 'retry': '1'})}"
            return answer_twiml(twiml.again_soon(self._style.urls(webhook.name) + again))

    async def _answer_once(self, webhook: Webhook, do: Handler) -> str:
        """Return the document, in the words of the set-up; the same webhook has the same again,
        but for a round of the waiting room for which nothing was noted.
        """
        waits = do is TwilioWebhooks._wait
        asked = Asked(self._line.id, webhook.key, parse_call_sid(webhook.params) if waits else None)
        standing = None
        if waits:
            before, standing = await self._door.look(find_callers, asked)
        else:
            before = await self._door.store.read(find_before, asked)
        if before.answer is not None:
            return before.answer
        style = replace(self._style, words=at_point(before.words, self._line.id))
        if waits:
            return await a_round(self._front, self._line, style, before.call, standing, webhook.key)
        speaking = copy(self)
        speaking._style = style
        answer = await do(speaking, webhook)
        if isinstance(answer, Kept):
            return answer
        return await self._front.keep(self._line.id, webhook.key, answer)

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
            self._now(),
        )
        return self._render(await self._front.call_arrived(self._line, incoming))

    async def _consent(self, webhook: Webhook) -> str:
        """The caller says by a key whether they may be recorded."""
        call = await self._call(webhook)
        if call is None:
            return self._fallback
        return self._render(await self._front.consent_given(self._line, call, webhook.key_pressed))

    async def _wait(self, webhook: Webhook) -> str:
        """One round of the waiting room."""
        call = await self._call(webhook)
        standing = None if call is None else await self._front.standing_of(call)
        return await a_round(self._front, self._line, self._style, call, standing)

    async def _choice(self, webhook: Webhook) -> str:
        """A key was pressed in the waiting room, or while it is closed."""
        call = await self._call(webhook)
        if call is None:
            return twiml.leave_queue()
        key = webhook.key_pressed
        if webhook.closed:
            return self._render(self._front.key_while_closed(self._line, call, key))
        then = await self._front.key_pressed(self._line, call, key)
        if then is Then.MESSAGE:
            return twiml.leave_queue()
        if then is Then.ASK_NUMBER:
            return self._render(self._front.ask_number(self._line, call))
        if then is Then.STOPPED:
            return twiml.wait_round(self._style, [say(call.language, "stopped")], None)
        return await self._wait(webhook)

    async def _menu(self, webhook: Webhook) -> str:
        """A key was pressed in the menu, something was said, or nothing."""
        heard = await menu_answer(self._front, self._line, await self._call(webhook), webhook)
        return self._render(heard)

    async def _through(self, webhook: Webhook) -> str:
        """The number outside that a menu led to has hung up, or could not be reached."""
        heard = await through_answer(self._front, self._line, await self._call(webhook), webhook)
        return self._render(heard)

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
        if webhook.params.get("QueueResult") == "leave":
            return after_waiting(self._style, self._line, call) or twiml.nothing()
        if webhook.params.get("QueueResult") in ("queue-full", "error", "system-error"):
            return self._fallback
        if webhook.params.get("QueueResult") == "hangup":
            await self._fold(webhook, None)
        return twiml.nothing()

    async def _status(self, webhook: Webhook) -> str:
        """The caller's leg has changed: rung, answered, ended."""
        return await self._follow(webhook, parse_leg(webhook.params, None, self._now()))

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

    async def _call_recording(self, webhook: Webhook) -> str:
        """The recording of a call has begun, or is ready to be fetched."""
        await recorded.follow(self._door, webhook.connection_id, webhook.params)
        return twiml.nothing()

    async def _transcription(self, webhook: Webhook) -> str:
        """The words of a recording or a message are there."""
        await recorded.keep_words(self._door, await self._call(webhook), webhook.params)
        return twiml.nothing()

    async def _captions(self, webhook: Webhook) -> str:
        """The caller has said something."""
        words, call = parse_caption(webhook.params), await self._call(webhook)
        if words and call is not None:
            await self._front.said(call, words)
        return twiml.nothing()

    # --- agents --------------------------------------------------------------------------------

    async def _agent(self, webhook: Webhook) -> str:
        """The agent has answered: into the room, unless nobody waits there any more."""
        event = parse_leg(webhook.params, webhook.connection_id, self._now())
        return await agent_answered(self._front, self._line.id, self._style, webhook, event)

    async def _agent_status(self, webhook: Webhook) -> str:
        """The agent's leg has changed."""
        event = parse_leg(webhook.params, webhook.connection_id, self._now())
        return await self._follow(webhook, event)

    async def _customer(self, webhook: Webhook) -> str:
        """A customer whom we called has answered: into the room, if the agent is still there."""
        await self._fold_customer(webhook)
        talk = await self._talk(webhook)
        if talk is None or talk.connection is None or talk.call.leg.ended:
            return twiml.farewell(self._style, [])
        if talk.call.ended_by_us or talk.connection.released or talk.connection.over:
            return nobody_here(self._style, talk.call)
        heard = await self._front.before_talk(talk.call)
        return into_room(self._style, talk.connection, talk.call, heard)

    async def _customer_consent(self, webhook: Webhook) -> str:
        """A customer whom we called says by a key whether they may be recorded."""
        talk = await self._talk(webhook)
        if talk is not None:
            await self._front.consent_given(self._line, talk.call, webhook.key_pressed)
        return await self._customer(webhook)

    async def _customer_status(self, webhook: Webhook) -> str:
        """The leg of a customer whom we called has changed."""
        await self._fold_customer(webhook)
        return twiml.nothing()

    async def _answered_by(self, webhook: Webhook) -> str:
        """Who has picked up: a person or a machine."""
        return await note_who(self._door, self._line, webhook)

    async def _first(self, webhook: Webhook) -> str:
        """A customer who was called first has answered: into the waiting room."""
        await self._fold_customer(webhook, first=True)
        call = await self._call(webhook)
        if call is None or call.ended_by_us or call.leg.ended:
            return twiml.farewell(self._style, [])
        return self._render(await self._front.called_first(call))

    async def _first_status(self, webhook: Webhook) -> str:
        await self._fold_customer(webhook, first=True)
        return twiml.nothing()

    async def _room(self, webhook: Webhook) -> str:
        """Somebody joined or left the room, or hold began or ended."""
        now = self._now()
        news = parse_guest_seat(webhook.params, self._line.id, now)
        if news is not None:
            await self._front.guest_happened(news)
        return await self._follow(webhook, parse_room(webhook.params, webhook.connection_id, now))

    async def _guest(self, webhook: Webhook) -> str:
        """A guest has answered: into the room, unless the talk is over by now."""
        await self._guest_status(webhook)
        return await guest_answer(self._door, self._style, webhook)

    async def _guest_status(self, webhook: Webhook) -> str:
        """A guest's leg has changed."""
        await note_guest(self._door, self._front, self._line, webhook)
        return twiml.nothing()

    # --- parts ---------------------------------------------------------------------------------

    def _now(self) -> datetime:
        return self._door.clock.now()

    async def _follow(self, webhook: Webhook, event: Event | None) -> str:
        return await follow_news(self._front, self._line.id, webhook, event)

    async def _fold(self, webhook: Webhook, connection_id: str | None) -> None:
        event = parse_leg(webhook.params, connection_id, self._now())
        if event is not None:
            await self._front.happened(Happened(self._line.id, event))

    async def _fold_customer(self, webhook: Webhook, *, first: bool = False) -> None:
        """`first`: called before any agent, so that the webhook names the call itself."""
        event = parse_leg(webhook.params, None, self._now())
        if event is not None:
            ways = (webhook.connection_id, None) if first else (None, webhook.connection_id)
            await self._front.happened(Happened(self._line.id, event, *ways))

    async def _talk(self, webhook: Webhook) -> Talk | None:
        asked = (self._line.id, webhook.connection_id)
        return await self._door.store.write(find_dialled, asked)

    async def _call(self, webhook: Webhook) -> Call | None:
        sid = parse_call_sid(webhook.params)
        if sid is None:
            return None
        return await self._door.store.read(find_named_call, NamedCall(self._line.id, sid))

    def _render(self, answer: Answer) -> str:
        return render(self._style, self._line, answer)

    def fallback(self) -> web.Response:
        """Twilio asks here when another webhook failed; the text is the same for everybody."""
        return answer_twiml(self._fallback)


Handler = Callable[[TwilioWebhooks, Webhook], Awaitable[str]]
POSTS: Mapping[str, Handler] = {
    "voice": TwilioWebhooks._voice,
    "wait": TwilioWebhooks._wait,
    "choice": TwilioWebhooks._choice,
    "menu": TwilioWebhooks._menu,
    "through": TwilioWebhooks._through,
    "callback": TwilioWebhooks._callback,
    "outside/{call}": lambda own, it: outside_answered(own._door, own._line, own._style, it),
    "left": TwilioWebhooks._left,
    "status": TwilioWebhooks._status,
    "message-done": TwilioWebhooks._message_done,
    "recording": TwilioWebhooks._recording,
    "captions": TwilioWebhooks._captions,
    "agent/{connection}": TwilioWebhooks._agent,
    "agent-status/{connection}": TwilioWebhooks._agent_status,
    "customer/{connection}": TwilioWebhooks._customer,
    "customer-consent/{connection}": TwilioWebhooks._customer_consent,
    "consent": TwilioWebhooks._consent,
    "call-recording/{recording}": TwilioWebhooks._call_recording,
    "transcription": TwilioWebhooks._transcription,
    "customer-status/{connection}": TwilioWebhooks._customer_status,
    "answered-by/{connection}": TwilioWebhooks._answered_by,
    "room/{connection}": TwilioWebhooks._room,
    "guest/{connection}": TwilioWebhooks._guest,
    "guest-status/{connection}": TwilioWebhooks._guest_status,
    "first/{call}": TwilioWebhooks._first,
    "first-status/{call}": TwilioWebhooks._first_status,
}
"""What Twilio posts to, below /channels/<entry point>/."""
