"""Routes of the block list: who is on it, and blocking the sender of a contact."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from sqlalchemy import Row

from hub.accounts.model import actor_of
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import (
    Block,
    ListBlocks,
    Unblock,
    block,
    list_blocks,
    unblock,
)
from hub.contacts.home import region_of
from hub.desk.blocking import BlockSender, block_sender
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    View,
    decode_cursor,
    encode_cursor,
    route,
)

from .acts import Acts
from .detail import Capabilities

Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=500)]


class BlockQuery(PageQuery, frozen=True, kw_only=True):
    """`q`: a part of what is blocked, or of why."""

    q: Annotated[str, msgspec.Meta(max_length=200)] = ""


class NewBlock(Body, frozen=True):
    """`until` null: until somebody takes it away."""

    kind: BlockKind
    value: Annotated[str, msgspec.Meta(min_length=1, max_length=254)]
    reason: Reason
    until: datetime | None = None


class BlockSenderBody(Body, frozen=True):
    reason: Reason
    until: datetime | None = None


class BlockView(View, frozen=True):
    """`in_force`: its time is not over. `contact_id`: from which it was blocked, if from one."""

    id: str
    kind: BlockKind
    value: str
    reason: str
    by: str
    contact_id: str | None
    created_at: datetime
    expires_at: datetime | None
    in_force: bool


class Made(View, frozen=True):
    id: str


class _Position(msgspec.Struct, frozen=True, array_like=True):
    at: datetime
    id: str


class BlockRoutes:
    def __init__(self, store: Store, capabilities: Capabilities) -> None:
        self._store = store
        self._acts = Acts(capabilities)

    @route(
        "GET", "/api/v1/blocks", access=Access.SUPERVISOR, summary="The block list, newest first"
    )
    async def list_blocks(self, principal: Principal, query: BlockQuery) -> Page[BlockView]:
        return await self._store.read(_list, query)

    @route("POST", "/api/v1/blocks", access=Access.SUPERVISOR, summary="Block", status=201)
    async def add_block(self, principal: Principal, body: NewBlock) -> Made:
        return Made(id=await self._store.write(_add, (principal, body)))

    @route(
        "DELETE",
        "/api/v1/blocks/{block_id}",
        access=Access.SUPERVISOR,
        summary="Take an entry off the block list",
    )
    async def remove_block(self, principal: Principal, block_id: Key) -> None:
        await self._store.write(unblock, Unblock(actor_of(principal), block_id))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/block",
        access=Access.AGENT,
        summary="Block who wrote this and close it as spam",
    )
    async def block_sender(
        self, principal: Principal, contact_id: Key, body: BlockSenderBody
    ) -> Made:
        asked = (principal, contact_id, body)
        return Made(id=await self._store.write(self._block_sender, asked))

    def _block_sender(self, tx: Tx, asked: tuple[Principal, str, BlockSenderBody]) -> str:
        principal, contact_id, body = asked
        handle = self._acts.handle(tx, principal, contact_id, "block")
        command = BlockSender(handle, actor_of(principal), body.reason, body.until)
        return block_sender(tx, command)


def _add(tx: Tx, asked: tuple[Principal, NewBlock]) -> str:
    principal, body = asked
    region = region_of(tx, principal)
    return block(
        tx, Block(actor_of(principal), body.kind, body.value, body.reason, region, body.until)
    )


def _list(tx: Tx, query: BlockQuery) -> Page[BlockView]:
    position = decode_cursor(query.after, _Position)
    after = None if position is None else (position.at, position.id)
    rows = list_blocks(tx, ListBlocks(query.q.strip(), query.limit + 1, after))
    shown = rows[: query.limit]
    more = len(rows) > len(shown)
    cursor = encode_cursor(_Position(shown[-1].created_at, shown[-1].id)) if more else None
    return Page(items=[_view(tx, row) for row in shown], after=cursor)


def _view(tx: Tx, row: Row[tuple[object, ...]]) -> BlockView:
    return BlockView(
        id=row.id,
        kind=BlockKind(row.kind),
        value=row.value,
        reason=row.reason,
        by=row.by_name,
        contact_id=row.contact_id,
        created_at=row.created_at,
        expires_at=row.expires_at,
        in_force=row.expires_at is None or row.expires_at > tx.now,
    )
