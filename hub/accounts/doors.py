"""Doors: one-click sign-in on the machine of the demo. These routes exist in no other hub."""

from __future__ import annotations

import msgspec

from hub.core.errors import Forbidden
from hub.web.calls import Call
from hub.web.principal import Access, Principal
from hub.web.routes import route

from .accounts import Accounts


class OpenDoor(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    user_id: str


class DoorToken(msgspec.Struct, frozen=True, kw_only=True):
    """Good for one sign-in within five minutes, from this machine."""

    token: str


class DoorRoutes:
    """Bound by the app only where doors are on."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    @route("POST", "/api/v1/doors", access=Access.ADMIN, summary="Make a one-click sign-in")
    async def make(self, principal: Principal, call: Call, body: OpenDoor) -> DoorToken:
        if not call.from_this_machine:
            raise Forbidden("Doors are made only on the machine of the demo.")
        return DoorToken(token=await self._accounts.make_door(body.user_id))
