"""An agent calls somebody: the PBX is asked by its URL to ring their phone, then the number.

Without a URL the agent dials on the phone, and the call is known by who calls whom.
"""

from __future__ import annotations

from urllib.parse import quote

import msgspec

from hub.channels.base import Door
from hub.contacts.effects import CallFirst, Dial, Done, Effect, Hangup, Outcome, Permanent, Unknown
from hub.contacts.inbound import CallEvent, CallMoment
from hub.contacts.model import CallOutcome, ContactState
from hub.vendors.outbound import Ask, Failed, OutboundHttp

from .service import Dialled, note_dial
from .settings import PbxSettings


class Dialler:
    def __init__(self, door: Door, house: OutboundHttp, outside: OutboundHttp) -> None:
        self._door = door
        self._house = house
        self._outside = outside

    async def dial(self, entry_point_id: str, settings: PbxSettings, effect: Dial) -> Outcome:
        """Ask the PBX once; an answer that was lost is never asked for again."""
        standing = await self._door.standing(effect.contact_id)
        if standing.state != ContactState.CONNECTING or self._door.clock.now() >= effect.until:
            return Permanent("Nobody waits for this call any more.")
        extension = effect.agent_address
        if extension.startswith("client:"):
            return await self._not_asked(entry_point_id, effect, "no_desk_phone")
        dialled = Dialled(effect.contact_id, entry_point_id, extension, effect.to_address)
        if not await self._door.store.write(note_dial, dialled):
            return Unknown("The PBX was asked already.")
        if not settings.dial_url:
            return Done(detail="dial_yourself")
        client = self._house if settings.own_network else self._outside
        answer = await client.ask(_request(settings, effect))
        if not isinstance(answer, Failed):
            return Done()
        if answer.reason in ("time", "lost", "size"):
            return Unknown("The PBX's answer was lost; it may ring.")
        return await self._not_asked(entry_point_id, effect, "refused")

    async def refuse(self, entry_point_id: str, effect: Effect) -> Outcome:
        """The audio is the PBX's: what would move it is done on the phone."""
        if isinstance(effect, Hangup):
            return Done()
        if isinstance(effect, Dial | CallFirst):
            return await self._not_asked(entry_point_id, effect, "refused")
        return Permanent("The call is in the PBX: do that on the phone.")

    async def _not_asked(
        self, entry_point_id: str, effect: Dial | CallFirst, reason: str
    ) -> Outcome:
        await self._door.report(
            CallEvent(
                key=f"dial:{effect.contact_id}:refused",
                entry_point_id=entry_point_id,
                contact_id=effect.contact_id,
                moment=CallMoment.NOT_REACHED,
                occurred_at=self._door.clock.now(),
                outcome=CallOutcome.FAILED,
                reason=reason,
            )
        )
        return Permanent("The PBX was not asked to call.")


def _request(settings: PbxSettings, effect: Dial) -> Ask:
    facts = {
        "extension": effect.agent_address,
        "number": effect.to_address,
        "ref": effect.contact_id,
    }
    url = settings.dial_url
    for name, value in facts.items():
        url = url.replace(f"{{{name}}}", quote(value, safe=""))
    headers = {}
    if settings.dial_secret:
        headers[settings.dial_header] = settings.dial_secret
    body = None
    if settings.dial_method == "POST":
        headers["Content-Type"] = "application/json"
        body = msgspec.json.encode(facts)
    return Ask(settings.dial_method, url, headers, body)
