"""The PBX channel: what PBXs post is proven, kept, and followed by the hub."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta

from aiohttp import web

from hub.channels.base import Door
from hub.contacts.effects import Dial, Effect, Outcome
from hub.contacts.pbx.model import PbxCall
from hub.core.budget import Budgets, Rate
from hub.core.errors import HubError, Unavailable
from hub.vendors.outbound import OutboundHttp

from .dialling import Dialler
from .events import Direction, EventKind, PbxEvent
from .parse import parse_events
from .profiles import profile_of
from .proof import Request, is_proven
from .reducer import CallState, fold
from .service import (
    CallOf,
    Followed,
    Known,
    Refusal,
    Told,
    find_known,
    find_point,
    list_pending,
    list_silent,
    note_events,
    note_followed,
    note_refusal,
    purge,
)
from .settings import PbxSettings, pbx_of

_LOG = logging.getLogger(__name__)
BODY_LIMIT = 64 * 1024
_RATE = Rate(per_s=50.0, burst=200.0)  # of one entry point
_REFUSED = Rate(per_s=2.0, burst=20.0)  # of one entry point: what is refused is counted so fast
_GRACE = timedelta(seconds=2)  # an answer may be told after the end
_RINGS_AT_MOST = timedelta(minutes=10)
_EVERY_S = 1.0
_SWEEP_ROUNDS = 30
_LIMIT = 200
_PURGE_ROUNDS = 300


class PbxChannel:
    """The phone entry points whose calls are in a PBX, as they are in force: read for each request.

    `house` and `outside`: by what PBXs are asked to dial, in the own network and elsewhere.
    """

    def __init__(self, door: Door, house: OutboundHttp, outside: OutboundHttp) -> None:
        self._door = door
        self._budgets = Budgets(_RATE, limit=1_000)
        self._refused = Budgets(_REFUSED, limit=1_000)
        self._broken: set[CallOf] = set()  # once is enough to know, until the next start
        self._dialler = Dialler(door, house, outside)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        return [web.post("/channels/{entry_point}/calls", self._calls)]

    async def run(self) -> None:
        """Look after calls that were not followed or fell silent, until cancelled."""
        rounds = 0
        while True:
            try:
                await (self._catch_up() if rounds % _SWEEP_ROUNDS else self.sweep())
                if rounds % _PURGE_ROUNDS == 0:
                    await self._door.store.write(purge, None)
                rounds += 1
            except Unavailable as error:
                _LOG.debug("the sweep of the PBX waits: %s", error.message)
            await asyncio.sleep(_EVERY_S)

    async def perform(self, entry_point_id: str, effect: Effect) -> Outcome:
        point = await self._door.store.read(find_point, entry_point_id)
        settings = None if point is None else pbx_of(point.settings)
        if isinstance(effect, Dial) and settings is not None:
            return await self._dialler.dial(entry_point_id, settings, effect)
        return await self._dialler.refuse(entry_point_id, effect)

    async def sweep(self) -> None:
        """Follow once what was not followed yet, and end what the PBX has told no end of."""
        await self._catch_up()
        now = self._door.clock.now()
        for of in await self._door.store.read(list_silent, (now - _RINGS_AT_MOST / 2, _LIMIT)):
            await self._end_silent(of)

    async def _catch_up(self) -> None:
        for of in await self._door.store.read(list_pending, _LIMIT):
            if of not in self._broken:
                await self._follow(of)

    # --- what a PBX posts ----------------------------------------------------------------------

    async def _calls(self, request: web.Request) -> web.Response:
        key = request.match_info["entry_point"]
        body = await _read(request)
        if len(body) > BODY_LIMIT:
            return _answer(413, "A request has at most 64 KiB.")
        try:
            return await self._taken(request, key, body)
        except Unavailable as error:
            return _answer(503, error.message, error.retry_after_s or 1.0)

    async def _taken(self, request: web.Request, key: str, body: bytes) -> web.Response:
        point = await self._door.store.read(find_point, key)
        settings = None if point is None else pbx_of(point.settings)
        if point is None or settings is None:
            return _answer(404, "There is no entry point of a PBX under this address.")
        profile = profile_of(settings.profile)
        shown = Request(request.headers, request.query, body)
        now = self._door.clock.now()
        if not is_proven(settings, profile.signature, shown, now):
            await self._refuse(key, settings.proof)
            return _answer(403, "The request is not proven to be the PBX's: look at key and clock.")
        # Only what is the PBX's is counted: strangers use up nothing of it.
        wait_s = self._budgets.take(key, asyncio.get_running_loop().time())
        if wait_s:
            return _answer(429, "Too many requests: send this one again later.", wait_s)
        found = parse_events(profile, body, request.content_type, now)
        if isinstance(found, str):
            return _answer(400, found)
        for call_id in await self._door.store.write(note_events, Told(key, found)):
            await self._follow(CallOf(key, call_id))
        return web.json_response({"taken": len(found)})

    async def _refuse(self, key: str, why: str) -> None:
        _LOG.warning("a request that is not the PBX's was refused", extra={"entry_point": key})
        if not self._refused.take(key, asyncio.get_running_loop().time()):
            await self._door.store.write(note_refusal, Refusal(key, why, 1))

    # --- what follows --------------------------------------------------------------------------

    async def _follow(self, of: CallOf) -> None:
        """Have the hub follow a call; what cannot be done now the sweep does again."""
        try:
            await self._follow_once(of)
        except Unavailable as error:
            _LOG.debug("a call of a PBX waits: %s", error.message)
        except Exception:
            _LOG.exception("a call of a PBX was not followed", extra={"call": of.call_id})
            self._broken.add(of)

    async def _follow_once(self, of: CallOf) -> None:
        known = await self._door.store.read(find_known, of)
        state = None if known is None else fold(known.events)
        if known is None or state is None:
            return
        over = state.ended_at is not None
        if over and state.answered_at is None and self._door.clock.now() < known.heard_at + _GRACE:
            return
        if _is_told_of(state):
            await self._tell(of, known, state)
        await self._door.store.write(note_followed, Followed(of, known.told, over))

    async def _tell(self, of: CallOf, known: Known, state: CallState) -> None:
        point = await self._door.store.read(find_point, of.entry_point_id)
        settings = None if point is None else pbx_of(point.settings)
        try:
            # Where the line is a PBX's no more, its calls have to end all the same.
            await self._door.pbx_call(_call(of, known, state, settings or PbxSettings()))
        except Unavailable:
            raise
        except HubError as error:  # it will not be otherwise the next time
            _LOG.warning("a call of a PBX was not followed: %s", error.message)

    async def _end_silent(self, of: CallOf) -> None:
        """End a call of which nothing was heard for too long."""
        known = await self._door.store.read(find_known, of)
        state = None if known is None else fold(known.events)
        point = await self._door.store.read(find_point, of.entry_point_id)
        settings = None if point is None else pbx_of(point.settings)
        if known is None or state is None:
            return
        longest = _RINGS_AT_MOST
        if state.answered_at is not None and settings is not None:
            longest = timedelta(seconds=settings.longest_call_s)
        now = self._door.clock.now()
        if now < known.heard_at + longest:
            return
        # They talked until nobody knows when: the last that was heard is the least that is true.
        end = PbxEvent(call_id=of.call_id, kind=EventKind.ENDED, at=known.heard_at, cause="lost")
        await self._door.store.write(note_events, Told(of.entry_point_id, [end]))


def _is_told_of(state: CallState) -> bool:
    """Whether the hub has to do with a call: not between two phones of the house, and not of one
    of which only the end is known.
    """
    if state.direction is Direction.INTERNAL:
        return False
    if state.direction is Direction.OUT:
        return bool(state.number)
    return bool(state.number or state.known)


def _call(of: CallOf, known: Known, state: CallState, settings: PbxSettings) -> PbxCall:
    return PbxCall(
        entry_point_id=of.entry_point_id,
        call_id=of.call_id,
        outbound=state.direction is Direction.OUT,
        number=state.number,
        line=state.line,
        started_at=state.started_at,
        version=known.told,
        ringing=state.ringing,
        talker=state.talker,
        extensions=state.known,
        answered_at=state.answered_at,
        held=state.held,
        ended_at=state.ended_at,
        recording_url=state.recording_url if settings.recordings else "",
        cause=state.cause,
        desks={one.extension: one.agent for one in settings.desks if one.extension in state.known},
        contact_id=known.contact_id,
    )


async def _read(request: web.Request) -> bytes:
    """Return the body, or one byte more than the limit of a longer one."""
    body = b""
    while len(body) <= BODY_LIMIT:
        more = await request.content.read(BODY_LIMIT + 1 - len(body))
        if not more:
            break
        body += more
    return body


def _answer(status: int, text: str, wait_s: float = 0.0) -> web.Response:
    headers = {"Retry-After": str(max(1, round(wait_s)))} if wait_s else None
    return web.Response(status=status, text=text, headers=headers)
