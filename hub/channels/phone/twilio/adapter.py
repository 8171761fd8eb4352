"""The phone port on Twilio's REST API. One instance for each entry point."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import TypeVar

from twilio.rest.api.v2010.account.call import CallInstance

from hub.channels.phone.guests.model import Guest
from hub.channels.phone.model import Call, Connection, Role, Watch
from hub.channels.phone.port import Failed, LegSnapshot, Media, Trouble
from hub.channels.phone.session import Say
from hub.contacts.guests.model import GuestMode
from hub.vendors.twilio import (
    Account,
    Fault,
    Pace,
    TwilioTransport,
    attempt,
    open_client,
)

from . import twiml
from .captions import start_captions, stop_captions
from .faults import failed_of
from .parse import CALL_STATUS
from .recordings import RECORDING_SID, TwilioRecordings
from .twiml import Style

T = TypeVar("T")

_MEDIA_LIMIT_BYTES = 64 << 20


class TwilioPort:
    """Calls of one entry point. `calls_per_second`: Twilio's limit for dialling (default 1)."""

    def __init__(
        self, account: Account, transport: TwilioTransport, style: Style, calls_per_second: float
    ) -> None:
        self._account = account
        self._transport = transport
        self._client = open_client(account, transport)
        self._style = style
        self._pace = Pace(calls_per_second)
        self.recordings = TwilioRecordings(account, transport, self._client, style)

    def __repr__(self) -> str:
        return f"<TwilioPort {self._account.sid}>"

    async def ring_agent(self, call: Call, connection: Connection, ring_s: int) -> str | Failed:
        return await self._create(call, connection.agent_address, "agent", connection.id, ring_s)

    async def dial_customer(self, call: Call, connection: Connection, ring_s: int) -> str | Failed:
        detects = call.watch is Watch.MACHINE
        return await self._create(
            call, call.customer_address, "customer", connection.id, ring_s, detects=detects
        )

    async def call_first(self, call: Call, ring_s: int) -> str | Failed:
        return await self._create(call, call.customer_address, "first", call.id, ring_s)

    async def _create(
        self, call: Call, to: str, who: str, key: str, ring_s: int, *, detects: bool = False
    ) -> str | Failed:
        """Ring `to`; what they hear is asked under `who`, how it goes told under `who`-status.

        `key` names the connection, or the call where there is none yet. `detects`: who picked up
        is told a while later, meanwhile the call goes on (the provider's asynchronous detection).
        """
        wait_s = self._pace.take()
        if wait_s > self._pace.longest_s:
            return Failed(Trouble.AGAIN, "Too many calls are being dialled.", wait_s)
        await asyncio.sleep(wait_s)
        urls = self._style.urls
        more = {
            "machine_detection": "Enable",
            "async_amd": "true",
            "async_amd_status_callback": urls("answered-by", key),
            "async_amd_status_callback_method": "POST",
        }
        made = await attempt(
            self._client.calls.create_async(
                to=to,
                from_=call.our_address,
                url=urls(who, key),
                method="POST",
                timeout=ring_s,
                status_callback=urls(f"{who}-status", key),
                status_callback_method="POST",
                status_callback_event=["initiated", "ringing", "answered", "completed"],
                **(more if detects else {}),
            )
        )
        if isinstance(made, Fault):
            return failed_of(made)
        return str(made.sid)

    async def bring_customer(
        self,
        call: Call,
        connection: Connection,
        prompts: Sequence[Say] = (),
        *,
        captions: bool = True,
    ) -> Failed | None:
        style = twiml.for_caller(self._style, call, captions=captions)
        document = twiml.customer_room(style, connection, call.language, prompts)
        return await self._run(call, document)

    async def start_captions(self, call: Call) -> Failed | None:
        return await start_captions(self._client, self._style, call)

    async def stop_captions(self, call: Call) -> Failed | None:
        return await stop_captions(self._client, call)

    async def farewell(self, call: Call, prompts: Sequence[Say]) -> Failed | None:
        return await self._run(call, twiml.farewell(self._style, prompts))

    async def to_waiting_room(self, call: Call) -> Failed | None:
        return await self._run(call, twiml.waiting_room(self._style, ()))

    async def hold(self, connection: Connection) -> Failed | None:
        return await self._set_hold(connection, held=True)

    async def unhold(self, connection: Connection) -> Failed | None:
        return await self._set_hold(connection, held=False)

    async def ring_guest(
        self, call: Call, connection: Connection, guest: Guest, ring_s: int
    ) -> str | Failed:
        return await self._create(call, guest.address, "guest", guest.id, ring_s)

    async def set_guest(
        self, connection: Connection, guest: Guest, *, silent: bool
    ) -> Failed | None:
        if connection.room_sid is None or connection.leg.sid is None:
            return Failed(Trouble.GONE, "The room is not open.")
        seat = self._client.conferences(connection.room_sid).participants(guest.label)
        match guest.mode:
            case _ if silent:
                music = self._style.music_url
                request = seat.update_async(hold=True, hold_url=music, hold_method="GET")
            case GuestMode.LISTEN:
                request = seat.update_async(muted=True, hold=False)
            case GuestMode.WHISPER:
                request = seat.update_async(
                    muted=False, hold=False, coaching=True, call_sid_to_coach=connection.leg.sid
                )
            case _:
                request = seat.update_async(muted=False, hold=False, coaching=False)
        changed = await attempt(request)
        return failed_of(changed) if isinstance(changed, Fault) else None

    async def hang_up(self, leg_sid: str) -> Failed | None:
        ended = await attempt(self._client.calls(leg_sid).update_async(status="completed"))
        return failed_of(ended) if isinstance(ended, Fault) else None

    async def snapshot(self, leg_sid: str) -> LegSnapshot | Failed:
        found = await attempt(self._client.calls(leg_sid).fetch_async())
        return failed_of(found) if isinstance(found, Fault) else _snapshot(found)

    async def find_agent_leg(self, connection: Connection) -> LegSnapshot | Failed | None:
        since = connection.created_at - timedelta(seconds=5)
        found: Sequence[CallInstance] | Fault = await attempt(
            self._client.calls.list_async(
                to=connection.agent_address, start_time_after=since, limit=5
            )
        )
        if isinstance(found, Fault):
            return failed_of(found)
        legs = [_snapshot(call) for call in found if call.direction == "outbound-api"]
        return legs[0] if legs else None

    async def find_customer_leg(self, call: Call) -> LegSnapshot | Failed | None:
        since = (call.dialled_at or call.started_at) - timedelta(seconds=5)
        found: Sequence[CallInstance] | Fault = await attempt(
            self._client.calls.list_async(
                to=call.customer_address,
                from_=call.our_address,
                start_time_after=since,
                limit=5,
            )
        )
        if isinstance(found, Fault):
            return failed_of(found)
        legs = [
            _snapshot(leg)
            for leg in found
            if leg.direction == "outbound-api" and leg.date_created and leg.date_created >= since
        ]
        return legs[0] if legs else None

    async def fetch_recording(self, recording_sid: str) -> Media | Failed:
        if not RECORDING_SID.fullmatch(recording_sid):
            return Failed(Trouble.NEVER, "That is not the name of a recording.")
        path = f"/2010-04-01/Accounts/{self._account.sid}/Recordings/{recording_sid}.wav"
        data = await attempt(
            self._transport.download(path, self._account.login, _MEDIA_LIMIT_BYTES)
        )
        if isinstance(data, Fault):
            # Reading is harmless, so a lost answer is only a reason to read again.
            failed = failed_of(data)
            lost = failed.trouble is Trouble.UNKNOWN
            return Failed(Trouble.AGAIN, failed.reason) if lost else failed
        return Media(data, "audio/wav")

    async def delete_recording(self, recording_sid: str) -> Failed | None:
        done = await attempt(self._client.recordings(recording_sid).delete_async())
        return failed_of(done) if isinstance(done, Fault) else None

    async def close(self) -> None:
        await self._transport.close()

    async def _run(self, call: Call, document: str) -> Failed | None:
        """Replace what the customer's live leg is doing by `document`."""
        if call.sid is None:
            return Failed(Trouble.GONE, "The customer is not on the line.")
        moved = await attempt(self._client.calls(call.sid).update_async(twiml=document))
        return failed_of(moved) if isinstance(moved, Fault) else None

    async def _set_hold(self, connection: Connection, *, held: bool) -> Failed | None:
        if connection.room_sid is None:
            return Failed(Trouble.GONE, "The room is not open.")
        participants = self._client.conferences(connection.room_sid).participants
        context = participants(Role.CUSTOMER.value)  # by label: no CallSid is needed
        if held:
            request = context.update_async(
                hold=True, hold_url=self._style.music_url, hold_method="GET"
            )
        else:
            request = context.update_async(hold=False)
        changed = await attempt(request)
        return failed_of(changed) if isinstance(changed, Fault) else None


def _snapshot(call: CallInstance) -> LegSnapshot:
    state, cause = CALL_STATUS[str(call.status)]
    return LegSnapshot(str(call.sid), state, cause)
