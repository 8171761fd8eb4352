"""Routes of legal holds: of a customer in a dispute nothing is deleted until it is over."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec

from hub.accounts.model import actor_of
from hub.customers.access import access_customer
from hub.customers.holds.service import (
    HoldCustomer,
    ReleaseCustomer,
    find_hold,
    hold_customer,
    release_customer,
)
from hub.storage import Store, Tx
from hub.web import Access, Body, Key, Principal, route
from hub.web.shapes import View

from .readers import scope_of


class LegalHold(View, frozen=True, kw_only=True):
    """Since when, why and by whom."""

    reason: str
    by_name: str
    at: datetime


class LegalHoldView(View, frozen=True):
    """`hold` None: the rules of the set-up say what is deleted."""

    hold: LegalHold | None


class LegalHoldBody(Body, frozen=True):
    """`reason` is shown to supervisors and kept in the audit log."""

    reason: Annotated[str, msgspec.Meta(min_length=1, max_length=500, pattern=r"\S")]


class LegalHoldRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/legal-hold",
        access=Access.SUPERVISOR,
        summary="Whether everything of a customer is kept, and why",
    )
    async def show_legal_hold(self, principal: Principal, customer_id: Key) -> LegalHoldView:
        return await self._store.read(_show, (principal, customer_id))

    @route(
        "PUT",
        "/api/v1/customers/{customer_id}/legal-hold",
        access=Access.SUPERVISOR,
        summary="Keep everything of a customer, whatever the rules say",
    )
    async def put_legal_hold(
        self, principal: Principal, customer_id: Key, body: LegalHoldBody
    ) -> LegalHoldView:
        return await self._store.write(_hold, (principal, customer_id, body.reason.strip()))

    @route(
        "DELETE",
        "/api/v1/customers/{customer_id}/legal-hold",
        access=Access.SUPERVISOR,
        summary="The rules have a customer again",
    )
    async def drop_legal_hold(self, principal: Principal, customer_id: Key) -> LegalHoldView:
        return await self._store.write(_release, (principal, customer_id))


def _show(tx: Tx, asked: tuple[Principal, str]) -> LegalHoldView:
    principal, customer_id = asked
    access_customer(tx, scope_of(tx, principal), customer_id)
    return _view(tx, customer_id)


def _hold(tx: Tx, asked: tuple[Principal, str, str]) -> LegalHoldView:
    principal, customer_id, reason = asked
    access_customer(tx, scope_of(tx, principal), customer_id)
    hold_customer(tx, HoldCustomer(actor_of(principal), customer_id, reason))
    return _view(tx, customer_id)


def _release(tx: Tx, asked: tuple[Principal, str]) -> LegalHoldView:
    principal, customer_id = asked
    access_customer(tx, scope_of(tx, principal), customer_id)
    release_customer(tx, ReleaseCustomer(actor_of(principal), customer_id))
    return _view(tx, customer_id)


def _view(tx: Tx, customer_id: str) -> LegalHoldView:
    row = find_hold(tx, customer_id)
    if row is None:
        return LegalHoldView(None)
    return LegalHoldView(LegalHold(reason=row.reason, by_name=row.by_name, at=row.at))
