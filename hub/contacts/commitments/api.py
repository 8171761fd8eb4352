"""Routes of commitments: promise, list, keep, withdraw, hand over. Working them off: `api_work`."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from hub.accounts.model import actor_of
from hub.contacts.access import Sight, VisibleQueues, access_contact
from hub.customers.access import Scope, SeesMore, access_customer
from hub.storage import Store, Tx
from hub.web import (
    Access,
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
from .access import access_commitment, access_own, steered_by
from .bodies import CommitmentPatch, CommitmentQuery, NewCommitment, due_time
from .commands import HoursOf, Terms, Visit, by_the_clock
from .model import CommitmentState
from .quoted import QuotedPrice, list_quoted
from .telling import ZoneOf, utc
from .views import CommitmentRow


class CommitmentRoutes:
    """`hours`: by which a promise is counted; `zone`: the set-up's, for what customers are told."""

    def __init__(
        self,
        store: Store,
        visible_queues: VisibleQueues,
        sees_more: SeesMore,
        *,
        hours: HoursOf = by_the_clock,
        zone: ZoneOf = utc,
    ) -> None:
        self._store = store
        self._sees_more = sees_more
        self._visible_queues = visible_queues
        self._hours = hours
        self._zone = zone

    @route("GET", "/api/v1/commitments", access=Access.SPECIALIST, summary="List commitments")
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
        "GET",
        "/api/v1/customers/{customer_id}/quotes",
        access=Access.AGENT,
        summary="The prices a customer was told, the newest first, whoever told them",
    )
    async def quotes(self, principal: Principal, customer_id: Key) -> list[QuotedPrice]:
        return await self._store.read(self._quotes, (principal, customer_id))

    @route(
        "PATCH",
        "/api/v1/commitments/{commitment_id}",
        access=Access.AGENT,
        summary="Keep, withdraw, hand over or postpone a commitment",
    )
    async def change(
        self, principal: Principal, commitment_id: Key, body: CommitmentPatch
    ) -> CommitmentRow:
        return await self._store.write(self._change, (principal, commitment_id, body))

    def _promise(self, tx: Tx, asked: tuple[Principal, str, NewCommitment]) -> CommitmentRow:
        principal, contact_id, body = asked
        access_contact(tx, self._sight(tx, principal), contact_id)
        return self._make(tx, principal, body, contact_id=contact_id)

    def _promise_customer(
        self, tx: Tx, asked: tuple[Principal, str, NewCommitment]
    ) -> CommitmentRow:
        principal, customer_id, body = asked
        self._access(tx, principal, customer_id)
        return self._make(tx, principal, body, customer_id=customer_id)

    def _make(
        self,
        tx: Tx,
        principal: Principal,
        body: NewCommitment,
        *,
        contact_id: str | None = None,
        customer_id: str | None = None,
    ) -> CommitmentRow:
        hours = self._hours(tx, contact_id, None)
        made = service.make_commitment(
            tx,
            service.MakeCommitment(
                actor=actor_of(principal),
                kind=body.kind,
                text=body.text,
                due_at=body.due(tx.now, hours),
                contact_id=contact_id,
                customer_id=customer_id,
                owner_id=body.owner_id,
                owner_team=body.owner_team,
                source_interaction_id=body.source_interaction_id,
                hours=hours,
                tell_customer=body.tell_customer,
                terms=body.terms,
                visit=body.visit,
            ),
        )
        return self._sourced(tx, principal, [reads.get_commitment(tx, made)])[0]

    def _change(self, tx: Tx, asked: tuple[Principal, str, CommitmentPatch]) -> CommitmentRow:
        principal, commitment_id, body = asked
        allowed = access_own if body.state == "kept" else access_commitment
        row = allowed(tx, principal, commitment_id)
        actor = actor_of(principal)
        if body.changes:
            hours = self._hours(tx, row.contact_id, row.calendar_id)
            visit, quote = body.visit, body.quote
            service.change_commitment(
                tx,
                service.ChangeCommitment(
                    actor,
                    commitment_id,
                    body.owner_id,
                    due_time(tx.now, hours, body.due_at, body.due_in_s),
                    body.owner_team,
                    Visit(**msgspec.structs.asdict(visit)) if visit is not None else None,
                    Terms(**msgspec.structs.asdict(quote)) if quote is not None else None,
                    body.tell_customer,
                    hours,
                ),
            )
        if body.state is not None:
            state = CommitmentState(body.state)
            finish = service.FinishCommitment(actor, commitment_id, state, body.outcome)
            service.finish_commitment(tx, finish, self._zone)
        return self._sourced(tx, principal, [reads.get_commitment(tx, commitment_id)])[0]

    def _list(self, tx: Tx, asked: tuple[Principal, CommitmentQuery]) -> Page[CommitmentRow]:
        principal, query = asked
        if query.customer and principal.role.at_least(Role.AGENT):
            self._access(tx, principal, query.customer)
        ask = reads.ListCommitments(
            limit=query.limit + 1,
            customer_id=query.customer,
            state=query.state,
            after=decode_cursor(query.after, reads.Position),
            kind=query.kind,
            overdue_at=tx.now if query.overdue else None,
        )
        found = reads.list_commitments(tx, _restricted(tx, principal, query, ask))
        return self._page(tx, principal, found, query.limit)

    def _of_customer(self, tx: Tx, asked: tuple[Principal, str, PageQuery]) -> Page[CommitmentRow]:
        principal, customer_id, query = asked
        self._access(tx, principal, customer_id)
        position = decode_cursor(query.after, reads.Position)
        found = reads.list_commitments(
            tx,
            reads.ListCommitments(limit=query.limit + 1, customer_id=customer_id, after=position),
        )
        return self._page(tx, principal, found, query.limit)

    def _quotes(self, tx: Tx, asked: tuple[Principal, str]) -> list[QuotedPrice]:
        principal, customer_id = asked
        self._access(tx, principal, customer_id)
        return list_quoted(tx, customer_id)

    def _access(self, tx: Tx, principal: Principal, customer_id: str) -> None:
        access_customer(tx, Scope.of(tx, principal, self._sees_more), customer_id)

    def _sight(self, tx: Tx, principal: Principal) -> Sight:
        return Sight.of(tx, principal, self._visible_queues)

    def _sourced(
        self, tx: Tx, principal: Principal, rows: Sequence[CommitmentRow]
    ) -> list[CommitmentRow]:
        """Add where each comes from; specialists see no contact."""
        if not principal.role.at_least(Role.AGENT):
            return list(rows)
        return reads.with_sources(tx, rows, self._sight(tx, principal))

    def _page(
        self, tx: Tx, principal: Principal, found: Sequence[CommitmentRow], limit: int
    ) -> Page[CommitmentRow]:
        shown = self._sourced(tx, principal, found[:limit])
        last = reads.Position(shown[-1].due_at, shown[-1].id) if len(found) > limit else None
        return Page(items=shown, after=encode_cursor(last) if last else None)


def _restricted(
    tx: Tx, principal: Principal, query: CommitmentQuery, ask: reads.ListCommitments
) -> reads.ListCommitments:
    """Leave what this user may list: on a customer's page everybody's, else one's own and one's
    teams', what others do for one, or what one steers. Specialists have their own list only.
    """
    me = principal.user_id
    own = principal.team_ids | {me}
    if query.asked:
        return ask._replace(asked_by=me)
    if not principal.role.at_least(Role.AGENT):
        return ask._replace(owners=own, for_user=me)
    if query.owner == "team" and principal.role.at_least(Role.SUPERVISOR):
        return ask._replace(owners=steered_by(tx, principal))
    if query.owner not in ("", "me", "team"):
        steered = steered_by(tx, principal)
        everybodys = query.customer or steered is None
        return ask._replace(
            owner_id=query.owner, owners=None if everybodys else own | (steered or own)
        )
    if query.customer and query.owner != "me":
        return ask
    return ask._replace(owners=own, for_user=me)
