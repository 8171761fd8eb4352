"""Routes of merges: two records that are one, addresses that are another's, and what to decide."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec

from hub.accounts.model import actor_of
from hub.core.errors import NotFound
from hub.customers import reads
from hub.customers.access import SeesMore, seen_customers
from hub.customers.acting import Acting
from hub.customers.identify import DefaultTier
from hub.customers.views import CustomerView, Reader, ShownTiers
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

from . import conflicts, log
from .links import today_of
from .service import MergeCustomers, UnmergeCustomer
from .split import SplitCustomer, UndoSplit, parties_of

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class MergeBody(Body, frozen=True):
    into_id: Key
    reason: Reason


class SplitBody(Body, frozen=True):
    """`to_id`: whose the addresses are; without it they get a record of their own, with `name`."""

    identity_ids: Annotated[list[Key], msgspec.Meta(min_length=1, max_length=50)]
    reason: Reason
    to_id: Key | None = None
    name: Annotated[str, msgspec.Meta(max_length=200)] | None = None


class DecideBody(Body, frozen=True):
    """`keep_id`: which of the two stays when they are the same; `other` without it."""

    decision: conflicts.Decision
    keep_id: Key | None = None
    reason: Annotated[str, msgspec.Meta(max_length=500)] = ""


@dataclass(frozen=True, slots=True)
class MergingStory:
    """What merges and splits do beyond the records: they move what waits (hub.care)."""

    merge: Callable[[Tx, MergeCustomers], object]
    unmerge: Callable[[Tx, UnmergeCustomer], object]
    split: Callable[[Tx, SplitCustomer], str]  # whose the addresses are now
    undo_split: Callable[[Tx, UndoSplit], object]


class MergingRoutes:
    """`region` tells how numbers typed without a country code are read (ISO 3166)."""

    def __init__(
        self,
        store: Store,
        story: MergingStory,
        *,
        region: Callable[[Tx, Principal], str],
        agents_see: ShownTiers,
        default_tier: DefaultTier,
        sees_more: SeesMore,
        mask_numbers: bool,
    ) -> None:
        self._store = store
        self._acting = Acting(store, sees_more)
        self._story = story
        self._region = region
        self._agents_see = agents_see
        self._default_tier = default_tier
        self._mask_numbers = mask_numbers

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/merge",
        access=Access.AGENT,
        summary="Merge this customer into another one",
    )
    async def merge(self, principal: Principal, customer_id: Key, body: MergeBody) -> CustomerView:
        actor = actor_of(principal)
        command = MergeCustomers(actor, customer_id, body.into_id, body.reason)
        await self._acting.on(principal, [customer_id, body.into_id], self._story.merge, command)
        return await self._store.read(self._show, (principal, body.into_id))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/unmerge",
        access=Access.SUPERVISOR,
        summary="Undo a merge",
    )
    async def unmerge(self, principal: Principal, customer_id: Key) -> CustomerView:
        command = UnmergeCustomer(actor_of(principal), customer_id)
        await self._acting.on(principal, [customer_id], self._story.unmerge, command)
        return await self._store.read(self._show, (principal, customer_id))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/split",
        access=Access.SUPERVISOR,
        summary="Give addresses to the customer they belong to",
    )
    async def split(self, principal: Principal, customer_id: Key, body: SplitBody) -> CustomerView:
        named = [customer_id, *([body.to_id] if body.to_id else [])]
        asked = (principal, customer_id, body)
        target = await self._acting.on(principal, named, self._split, asked)
        return await self._store.read(self._show, (principal, target))

    @route(
        "POST",
        "/api/v1/splits/{operation_id}/undo",
        access=Access.SUPERVISOR,
        summary="Undo a split",
    )
    async def undo_split(self, principal: Principal, operation_id: Key) -> None:
        command = UndoSplit(actor_of(principal), operation_id)
        await self._store.write(self._undo_split, (principal, command))

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/merges",
        access=Access.AGENT,
        summary="What was merged and split around a customer",
    )
    async def merges(self, principal: Principal, customer_id: Key) -> Page[log.MergeView]:
        return await self._store.read(self._log, (principal, customer_id))

    @route(
        "GET",
        "/api/v1/conflicts",
        access=Access.AGENT,
        summary="Records that may be the same customer: what is still to be decided",
    )
    async def list_conflicts(
        self, principal: Principal, query: PageQuery
    ) -> Page[conflicts.RecordConflictView]:
        return await self._store.read(self._conflicts, (principal, query))

    @route(
        "POST",
        "/api/v1/conflicts/{conflict_id}/decide",
        access=Access.AGENT,
        summary="Say whether two records are the same customer",
    )
    async def decide(self, principal: Principal, conflict_id: Key, body: DecideBody) -> None:
        await self._store.write(self._decide, (principal, conflict_id, body))

    def _reader(self, tx: Tx, principal: Principal) -> Reader:
        return Reader.of(principal, self._agents_see(tx), mask=self._mask_numbers)

    def _show(self, tx: Tx, asked: tuple[Principal, str]) -> CustomerView:
        """The record as what it is today, also where a change took it out of sight."""
        principal, customer_id = asked
        today = today_of(tx, [customer_id]).get(customer_id, customer_id)
        reader, scope = self._reader(tx, principal), self._acting.scope(tx, principal)
        return reads.show_customer(tx, reads.ShowCustomer(reader, scope, today, as_left=True))

    def _check_seen(self, tx: Tx, principal: Principal, customer_ids: Sequence[str]) -> None:
        scope = self._acting.scope(tx, principal)
        if seen_customers(tx, scope, customer_ids) != set(customer_ids):
            raise NotFound("There is nothing of this id.")

    def _undo_split(self, tx: Tx, asked: tuple[Principal, UndoSplit]) -> None:
        principal, command = asked
        self._check_seen(tx, principal, parties_of(tx, command.operation_id))
        self._story.undo_split(tx, command)

    def _split(self, tx: Tx, asked: tuple[Principal, str, SplitBody]) -> str:
        principal, customer_id, body = asked
        command = SplitCustomer(
            actor=actor_of(principal),
            customer_id=customer_id,
            identity_ids=tuple(body.identity_ids),
            reason=body.reason,
            to_id=body.to_id,
            name=body.name,
            tier=self._default_tier(tx),
        )
        return self._story.split(tx, command)

    def _log(self, tx: Tx, asked: tuple[Principal, str]) -> Page[log.MergeView]:
        principal, customer_id = asked
        ask = log.ShowMerges(
            self._reader(tx, principal), self._acting.scope(tx, principal), customer_id
        )
        return Page(items=log.show_merges(tx, ask), after=None)

    def _conflicts(
        self, tx: Tx, asked: tuple[Principal, PageQuery]
    ) -> Page[conflicts.RecordConflictView]:
        principal, query = asked
        position = decode_cursor(query.after, conflicts.Position)
        reader, scope = self._reader(tx, principal), self._acting.scope(tx, principal)
        ask = conflicts.ListConflicts(reader, scope, query.limit, position)
        items, following = conflicts.list_conflicts(tx, ask)
        return Page(items=items, after=encode_cursor(following) if following else None)

    def _decide(self, tx: Tx, asked: tuple[Principal, str, DecideBody]) -> None:
        principal, conflict_id, body = asked
        self._check_seen(tx, principal, conflicts.parties_of(tx, conflict_id))
        command = conflicts.DecideConflict(
            actor=actor_of(principal),
            conflict_id=conflict_id,
            decision=body.decision,
            region=self._region(tx, principal),
            keep_id=body.keep_id,
            reason=body.reason,
        )
        conflicts.decide_conflict(tx, command, self._story.merge)
