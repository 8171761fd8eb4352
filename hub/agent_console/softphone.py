"""The softphone of the console: where my calls ring, and the token that it signs in with."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Literal

from sqlalchemy import select

from hub.accounts.model import actor_of
from hub.accounts.ringing import ChooseRinging, choose_ringing, rings_at
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict, Forbidden
from hub.routing.reaching import Reached, note_reached
from hub.routing.settings import load_settings
from hub.setup.phone_account import Carried, PhoneAccounts, find_lines
from hub.storage import Store, Tx
from hub.vendors.twilio import client_name
from hub.vendors.twilio.client import TWILIO_URL
from hub.vendors.twilio.softphone import can_sign, voice_token
from hub.web import Access, Body, Principal, View, route

from .readers import visible_queues

TOKEN_LIFE = timedelta(minutes=10)

Lacking = Literal["", "no_line", "no_account", "locked", "no_key", "stand_in"]

_REFUSALS: dict[Lacking, str] = {
    "no_line": "No queue of your teams takes calls of the phone provider.",
    "no_account": "No phone account is connected: an admin connects one in the set-up.",
    "locked": "The secrets of the phone account cannot be read: an admin types them anew.",
    "no_key": "The phone account has no API key, which browsers need: an admin enters one.",
    "stand_in": "A stand-in for the provider rings phones of its own: there is nothing to ring.",
}


class SoftphoneView(View, frozen=True):
    """`rings`: where calls ring for me. `desk_phone`: the number of my account. `lacks`: why there
    is no softphone here; "": there is.
    """

    rings: Literal["browser", "desk_phone"]
    desk_phone: str | None
    lacks: Lacking


class RingsBody(Body, frozen=True):
    rings: Literal["browser", "desk_phone"]


class LineBody(Body, frozen=True):
    """`on`: calls can ring at mine: in this browser, or elsewhere."""

    on: bool


class SoftphoneToken(View, frozen=True):
    """What the provider lets this browser in with. `identity`: as whom."""

    token: str
    identity: str
    expires_in_s: int


class SoftphoneRoutes:
    """`channels`: those that carry calls."""

    def __init__(self, store: Store, accounts: PhoneAccounts, channels: Collection[str]) -> None:
        self._store = store
        self._accounts = accounts
        self._channels = frozenset(channels)

    @route("GET", "/api/v1/softphone", access=Access.AGENT, summary="Where my calls ring")
    async def get(self, principal: Principal) -> SoftphoneView:
        return await self._store.read(self._view, principal)

    @route("PUT", "/api/v1/softphone", access=Access.AGENT, summary="Choose where my calls ring")
    async def choose(self, principal: Principal, body: RingsBody) -> SoftphoneView:
        by = actor_of(principal)
        chosen = ChooseRinging(principal.user_id, body.rings == "browser", by)
        await self._store.write(self._choose, chosen)
        return await self._store.read(self._view, principal)

    @route(
        "POST",
        "/api/v1/softphone/token",
        access=Access.AGENT,
        summary="A short-lived token that lets my browser be rung",
    )
    async def token(self, principal: Principal) -> SoftphoneToken:
        view = await self._store.read(self._view, principal)
        if view.lacks == "no_line":
            raise Forbidden(_REFUSALS["no_line"], code="softphone.no_line")
        if view.lacks:
            raise Conflict(_REFUSALS[view.lacks], code=f"softphone.{view.lacks}")
        identity = client_name(principal.user_id)
        now = await self._store.read(lambda tx, _: tx.now, None)
        token = voice_token(self._accounts.current(), identity, now, TOKEN_LIFE)
        return SoftphoneToken(token, identity, int(TOKEN_LIFE.total_seconds()))

    @route(
        "PUT",
        "/api/v1/softphone/line",
        access=Access.AGENT,
        summary="Say whether calls can ring at mine: else none is offered",
    )
    async def line(self, principal: Principal, body: LineBody) -> None:
        await self._store.write(self._note_line, self._reached(principal.user_id, on=body.on))

    def _note_line(self, tx: Tx, cmd: Reached) -> None:
        """A console that knows nothing yet of a desk phone takes its agent out of nothing."""
        browser = rings_at(tx, cmd.agent_id).browser
        note_reached(tx, cmd if browser else self._reached(cmd.agent_id, on=True))

    def _reached(self, user_id: str, *, on: bool) -> Reached:
        return Reached(user_id, sorted(self._channels), on)

    def _choose(self, tx: Tx, cmd: ChooseRinging) -> None:
        """A desk phone needs no console to ring; whether the browser does is said by it."""
        choose_ringing(tx, cmd)
        if not cmd.browser:
            note_reached(tx, self._reached(cmd.user_id, on=True))

    def _view(self, tx: Tx, principal: Principal) -> SoftphoneView:
        rings = rings_at(tx, principal.user_id)
        return SoftphoneView(
            rings="browser" if rings.browser else "desk_phone",
            desk_phone=rings.desk_phone,
            lacks=self._lacks() if self._takes_calls(tx, principal) else "no_line",
        )

    def _lacks(self) -> Lacking:
        if self._accounts.is_locked:
            return "locked"
        account = self._accounts.current()
        if not account.account_sid:
            return "no_account"
        if can_sign(account):
            return ""
        return "no_key" if account.base_url == TWILIO_URL else "stand_in"

    def _takes_calls(self, tx: Tx, principal: Principal) -> bool:
        """Whether a queue that the principal's teams serve takes calls of a line of the provider:
        it has answer targets for calls, or is where such a line leads.
        """
        lines = [line.entry_point for line in find_lines(tx, Carried(self._channels))]
        queues = visible_queues(tx, principal)
        if not lines or queues is None:
            return bool(lines)
        known = load_settings(tx).queues
        served = [known[one] for one in queues if one in known]
        if any(not self._channels.isdisjoint(queue.target_s) for queue in served):
            return True
        found = select(entry_points.c.id).where(
            entry_points.c.id.in_(lines), entry_points.c.queue_id.in_(sorted(queues))
        )
        return tx.execute(found.limit(1)).first() is not None
