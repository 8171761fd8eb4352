"""Routes of leaving: what a user holds, who gets it, and then they are out."""

from __future__ import annotations

import msgspec

from hub import care
from hub.accounts.model import actor_of
from hub.accounts.service import access_user, check_may_disable
from hub.accounts.views import UserView
from hub.care import Held, Holdings, LeaveUser
from hub.routing.leaving import count_live
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, View, route


class LeaveBody(Body, frozen=True):
    """`to` takes everything that is given to nobody else here; each names a user."""

    to: Key | None = None
    customers: Key | None = None
    contacts: Key | None = None
    commitments: Key | None = None
    callbacks: Key | None = None
    groups: Key | None = None
    leads: Key | None = None
    articles: Key | None = None


class HoldingsView(Holdings, frozen=True):
    """`live`: contacts in which they speak with a customer now, or are about to. While there are
    any, nothing can be handed over.
    """

    live: int = 0


class LeftView(View, frozen=True):
    """The user as they are now, and how much of each was handed over."""

    user: UserView
    handed_over: Holdings


class LeavingRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/users/{user_id}/holdings",
        access=Access.SUPERVISOR,
        summary="What a user looks after, by kind, and in how many contacts they speak now",
    )
    async def holdings(self, principal: Principal, user_id: Key) -> HoldingsView:
        return await self._store.read(_holdings, (principal, user_id))

    @route(
        "POST",
        "/api/v1/users/{user_id}/leave",
        access=Access.SUPERVISOR,
        summary="Give everything a user looks after to others, and disable them",
    )
    async def leave(self, principal: Principal, user_id: Key, body: LeaveBody) -> LeftView:
        left = await self._store.write(_leave, (principal, user_id, body))
        return LeftView(user=left.user, handed_over=left.handed_over)


def _holdings(tx: Tx, asked: tuple[Principal, str]) -> HoldingsView:
    principal, user_id = asked
    access_user(tx, principal, user_id)
    held = msgspec.structs.asdict(care.holdings_of(tx, user_id))
    return HoldingsView(**held, live=count_live(tx, user_id))


def _leave(tx: Tx, asked: tuple[Principal, str, LeaveBody]) -> care.Left:
    """A successor is somebody whom this supervisor knows of."""
    principal, user_id, body = asked
    check_may_disable(tx, principal, user_id)
    others = {kind: to_id for kind in Held if (to_id := getattr(body, kind)) is not None}
    for to_id in sorted({*others.values(), *([body.to] if body.to else [])}):
        access_user(tx, principal, to_id)
    return care.leave_user(tx, LeaveUser(actor_of(principal), user_id, body.to, others))
