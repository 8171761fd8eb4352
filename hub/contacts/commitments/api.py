"""Routes of commitments: promise, list, keep, withdraw, hand over."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Literal

import msgspec
from sqlalchemy import select

from hub.accounts.model import actor_of
from hub.accounts.tables import team_members
from hub.contacts.access import Sight, VisibleQueues, access_contact
from hub.core.errors import NotFound
from hub.customers.access import Scope, SeesMore, access_customer
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    Role,
    decode_cursor,
    encode_cursor,
    route,
)

from . import reads, service
from .model import CommitmentKind, CommitmentState
from .reads import CommitmentRow

Text = Annotated[str, msgspec.Meta(max_length=2_000)]


class NewCommitment(Body, frozen=True):
    """`owner_id` is oneself unless given."""

    kind: CommitmentKind
    text: Text
    due_at: datetime
    owner_id: Key | None = None


class CommitmentPatch(Body, frozen=True):
    """`state` kept or withdrawn (then `outcome` says why) ends it; else a new owner or time."""

    state: Literal["kept", "withdrawn"] | None = None
    outcome: Text = ""
    owner_id: Key | None = None
    due_at: datetime | None = None


class CommitmentQuery(PageQuery, frozen=True):
    """`owner`: "me" (default), "team" (supervisors) or a user's id. `state` "": unfinished ones."""

    owner: Annotated[str, msgspec.Meta(max_length=64)] = ""
    customer: Annotated[str, msgspec.Meta(max_length=64)] = ""
    state: CommitmentState | None = None


class CommitmentRoutes:
    def __init__(self, store: Store, visible_queues: VisibleQueues, sees_more: SeesMore) -> None:
        self._store = store
        self._sees_more = sees_more
        self._visible_queues = visible_queues

    @route("GET", "/api/v1/commitments", access=Access.AGENT, summary="List commitments")
    async def find(self, principal: Principal, query: CommitmentQuery) -> Page[CommitmentRow]:
        return await self._store.read(self._list, (principal, query))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/commitments",
        access=Access.AGENT,
        summary="Promise something in a contact",
        status=201,
    )
    async def promise(
        self, principal: Principal, contact_id: Key, body: NewCommitment
    ) -> CommitmentRow:
        return await self._store.write(self._promise, (principal, contact_id, body))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/commitments",
        access=Access.AGENT,
        summary="Promise something on a customer's record",
        status=201,
    )
    async def promise_customer(
        self, principal: Principal, customer_id: Key, body: NewCommitment
    ) -> CommitmentRow:
        return await self._store.write(self._promise_customer, (principal, customer_id, body))

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/commitments",
        access=Access.AGENT,
        summary="What a customer was promised and still waits for",
    )
    async def of_customer(
        self, principal: Principal, customer_id: Key, query: PageQuery
    ) -> Page[CommitmentRow]:
        return await self._store.read(self._of_customer, (principal, customer_id, query))

    @route(
        "PATCH",
        "/api/v1/commitments/{commitment_id}",
        access=Access.AGENT,
        summary="Keep, withdraw, hand over or postpone a commitment",
    )
    async def change(
        self, principal: Principal, commitment_id: Key, body: CommitmentPatch
    ) -> CommitmentRow:
        return await self._store.write(_change, (principal, commitment_id, body))

    def _promise(self, tx: Tx, asked: tuple[Principal, str, NewCommitment]) -> CommitmentRow:
        principal, contact_id, body = asked
        access_contact(tx, Sight.of(tx, principal, self._visible_queues), contact_id)
        return _make(tx, principal, body, contact_id=contact_id)

    def _promise_customer(
        self, tx: Tx, asked: tuple[Principal, str, NewCommitment]
    ) -> CommitmentRow:
        principal, customer_id, body = asked
        self._access(tx, principal, customer_id)
        return _make(tx, principal, body, customer_id=customer_id)

    def _list(self, tx: Tx, asked: tuple[Principal, CommitmentQuery]) -> Page[CommitmentRow]:
        principal, query = asked
        if query.customer:
            self._access(tx, principal, query.customer)
        mine = query.owner in ("", "me") and not query.customer
        is_supervisor = principal.role.at_least(Role.SUPERVISOR)
        named = "" if query.owner in ("", "me", "team") else query.owner
        found = reads.list_commitments(
            tx,
            reads.ListCommitments(
                limit=query.limit + 1,
                owner_id=principal.user_id if mine or query.owner == "me" else named,
                owners=_list_owners(tx, principal, query, is_supervisor=is_supervisor),
                customer_id=query.customer,
                state=query.state,
                after=decode_cursor(query.after, reads.Position),
            ),
        )
        return _page(found, query.limit)

    def _of_customer(self, tx: Tx, asked: tuple[Principal, str, PageQuery]) -> Page[CommitmentRow]:
        principal, customer_id, query = asked
        self._access(tx, principal, customer_id)
        position = decode_cursor(query.after, reads.Position)
        found = reads.list_commitments(
            tx,
            reads.ListCommitments(limit=query.limit + 1, customer_id=customer_id, after=position),
        )
        return _page(found, query.limit)

    def _access(self, tx: Tx, principal: Principal, customer_id: str) -> None:
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)


def _make(
    tx: Tx,
    principal: Principal,
    body: NewCommitment,
    *,
    contact_id: str | None = None,
    customer_id: str | None = None,
) -> CommitmentRow:
    made = service.make_commitment(
        tx,
        service.MakeCommitment(
            actor=actor_of(principal),
            kind=body.kind,
            text=body.text,
            due_at=body.due_at,
            contact_id=contact_id,
            customer_id=customer_id,
            owner_id=body.owner_id,
        ),
    )
    return reads.get_commitment(tx, made)


def _change(tx: Tx, asked: tuple[Principal, str, CommitmentPatch]) -> CommitmentRow:
    principal, commitment_id, body = asked
    access_commitment(tx, principal, commitment_id)
    actor = actor_of(principal)
    if body.owner_id is not None or body.due_at is not None:
        service.change_commitment(
            tx, service.ChangeCommitment(actor, commitment_id, body.owner_id, body.due_at)
        )
    if body.state is not None:
        state = CommitmentState(body.state)
        service.finish_commitment(
            tx, service.FinishCommitment(actor, commitment_id, state, body.outcome)
        )
    return reads.get_commitment(tx, commitment_id)


def access_commitment(tx: Tx, principal: Principal, commitment_id: str) -> CommitmentRow:
    """Return a commitment this user may change: their own, or as supervisor their teams'.

    Raises NotFound for the others.
    """
    row = reads.get_commitment(tx, commitment_id)
    if row.owner_id != principal.user_id:
        steers = principal.role.at_least(Role.SUPERVISOR)
        owners = _team_of(tx, principal) if steers else frozenset[str]()
        if owners is not None and row.owner_id not in owners:
            raise NotFound("There is no such commitment of yours.")
    return row


def _team_of(tx: Tx, principal: Principal) -> frozenset[str] | None:
    """The users whose commitments a supervisor steers; None: everybody's."""
    if principal.role is Role.ADMIN:
        return None
    members = select(team_members.c.user_id).where(
        team_members.c.team_id.in_(sorted(principal.team_ids))
    )
    return frozenset(tx.execute(members).scalars()) | {principal.user_id}


def _page(found: Sequence[CommitmentRow], limit: int) -> Page[CommitmentRow]:
    shown = list(found[:limit])
    last = reads.Position(shown[-1].due_at, shown[-1].id) if len(found) > limit else None
    return Page(items=shown, after=encode_cursor(last) if last else None)


def _list_owners(
    tx: Tx, principal: Principal, query: CommitmentQuery, *, is_supervisor: bool
) -> frozenset[str] | None:
    """Whose may be listed: on a customer's page everybody's, else one's own or one's team's."""
    if query.customer:
        return None
    if is_supervisor and query.owner not in ("", "me"):
        return _team_of(tx, principal)
    return frozenset({principal.user_id})
