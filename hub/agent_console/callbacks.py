"""Routes of callbacks: what is pending, a time agreed with a customer, another one, no more."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

import msgspec

from hub.accounts.audit import audit
from hub.accounts.model import actor_of
from hub.callbacks.entries import By
from hub.callbacks.model import OPEN, CallbackKind, CallbackState
from hub.callbacks.reads import ListCallbacks, Position, access_callback, list_callbacks
from hub.callbacks.service import Cancel, Reschedule, cancel_callback, reschedule_callback
from hub.customers.access import access_customer
from hub.desk.callbacks import ScheduleCallback, schedule_callback
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    decode_cursor,
    encode_cursor,
    route,
)

from .bodies import IdentityBody, StartContactBody
from .callback_shapes import CallbackView
from .callback_views import callback_views
from .readers import reader_of, scope_of, sight_of
from .start import line_and_number

Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class NewCallbackBody(Body, frozen=True):
    """For whom (`customer_id`, `identity_id` or `identities`) and when: a time with its zone, in
    the queue's hours and window. The line and its queue are the first of one's own unless named.
    """

    at: datetime
    entry_point_id: str | None = None
    queue_id: str | None = None
    customer_id: str | None = None
    identity_id: str | None = None
    identities: list[IdentityBody] = msgspec.field(default_factory=list)
    note: Text = ""


class RescheduleBody(Body, frozen=True):
    """A time that has just passed means now; one more than a day ago is refused."""

    at: datetime


class CancelBody(Body, frozen=True):
    note: Text = ""


class CallbackQuery(PageQuery, frozen=True):
    """`state` "open" (default), "all", or one of them."""

    state: Literal[
        "open", "all", "waiting", "queued", "dialling", "done", "given_up", "cancelled", "dropped"
    ] = "open"
    queue: Annotated[str, msgspec.Meta(max_length=64)] = ""
    kind: CallbackKind | None = None
    customer: Annotated[str, msgspec.Meta(max_length=64)] = ""


class CallbackRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._masks = mask_numbers

    @route("GET", "/api/v1/callbacks", access=Access.AGENT, summary="Who is to be called back")
    async def find(self, principal: Principal, query: CallbackQuery) -> Page[CallbackView]:
        return await self._store.read(self._list, (principal, query))

    @route("GET", "/api/v1/callbacks/{callback_id}", access=Access.AGENT, summary="Show a callback")
    async def show(self, principal: Principal, callback_id: Key) -> CallbackView:
        return await self._store.read(self._show, (principal, callback_id))

    @route(
        "POST",
        "/api/v1/callbacks",
        access=Access.AGENT,
        summary="Agree on a time to be called back by the queue",
        status=201,
    )
    async def schedule(self, principal: Principal, body: NewCallbackBody) -> CallbackView:
        return await self._store.write(self._schedule, (principal, body))

    @route(
        "POST",
        "/api/v1/callbacks/{callback_id}/reschedule",
        access=Access.AGENT,
        summary="Agree on another time",
    )
    async def reschedule(
        self, principal: Principal, callback_id: Key, body: RescheduleBody
    ) -> CallbackView:
        return await self._store.write(self._reschedule, (principal, callback_id, body))

    @route(
        "POST",
        "/api/v1/callbacks/{callback_id}/cancel",
        access=Access.AGENT,
        summary="Cancel a callback; phones that ring for it stop",
    )
    async def cancel(
        self, principal: Principal, callback_id: Key, body: CancelBody
    ) -> CallbackView:
        return await self._store.write(self._cancel, (principal, callback_id, body))

    def _list(self, tx: Tx, asked: tuple[Principal, CallbackQuery]) -> Page[CallbackView]:
        principal, query = asked
        reader = reader_of(tx, principal, mask_numbers=self._masks)
        if query.customer:
            access_customer(tx, scope_of(tx, principal), query.customer)
        rows = list_callbacks(
            tx,
            ListCallbacks(
                reader.sight,
                query.limit + 1,
                _states(query.state),
                query.queue,
                query.kind,
                query.customer,
                decode_cursor(query.after, Position),
            ),
        )
        shown = rows[: query.limit]
        more = len(rows) > query.limit
        last = encode_cursor(Position(shown[-1].made_at, shown[-1].id)) if more else None
        return Page(items=callback_views(tx, reader, shown), after=last)

    def _show(self, tx: Tx, asked: tuple[Principal, str]) -> CallbackView:
        principal, callback_id = asked
        reader = reader_of(tx, principal, mask_numbers=self._masks)
        return callback_views(tx, reader, [access_callback(tx, reader.sight, callback_id)])[0]

    def _schedule(self, tx: Tx, asked: tuple[Principal, NewCallbackBody]) -> CallbackView:
        principal, body = asked
        whom = StartContactBody(
            channel="phone",
            direction="out",
            entry_point_id=body.entry_point_id,
            queue_id=body.queue_id,
            customer_id=body.customer_id,
            identity_id=body.identity_id,
            identities=body.identities,
        )
        point, number = line_and_number(tx, principal, whom)
        placed = schedule_callback(
            tx,
            ScheduleCallback(
                _by(principal),
                point,
                number,
                body.at,
                body.queue_id,
                body.note.strip() or None,
                sight_of(tx, principal),
            ),
        )
        return self._changed(tx, principal, placed.id, "callback.schedule")

    def _reschedule(self, tx: Tx, asked: tuple[Principal, str, RescheduleBody]) -> CallbackView:
        principal, callback_id, body = asked
        access_callback(tx, sight_of(tx, principal), callback_id)
        reschedule_callback(tx, Reschedule(callback_id, body.at, _by(principal)))
        return self._changed(tx, principal, callback_id, "callback.reschedule")

    def _cancel(self, tx: Tx, asked: tuple[Principal, str, CancelBody]) -> CallbackView:
        principal, callback_id, body = asked
        access_callback(tx, sight_of(tx, principal), callback_id)
        cancel_callback(tx, Cancel(callback_id, _by(principal), body.note))
        return self._changed(tx, principal, callback_id, "callback.cancel")

    def _changed(self, tx: Tx, principal: Principal, callback_id: str, act: str) -> CallbackView:
        audit(tx, actor_of(principal), act, "callback", callback_id)
        return self._show(tx, (principal, callback_id))


def _states(asked: str) -> frozenset[CallbackState]:
    if asked == "open":
        return OPEN
    return frozenset() if asked == "all" else frozenset({CallbackState(asked)})


def _by(principal: Principal) -> By:
    return By(principal.user_id, principal.name)
