"""Routes that work commitments off: for their owners, specialists among them, and who steers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import Row, case, select

from hub.accounts.audit import audit
from hub.accounts.model import Actor, actor_of
from hub.contacts.access import Sight, VisibleQueues
from hub.core.errors import NotFound
from hub.customers.access import Scope, SeesMore
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.normalise import mask
from hub.customers.tables import identities
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
from hub.web.shapes import View

from . import conflicts, reads, service, work
from .access import access_commitment, access_own, access_seen, is_owner, steered_by
from .bodies import Decision, HandedOver, NewComment, Outcome, Reason
from .commands import (
    ChangeCommitment,
    Comment,
    FinishCommitment,
    ReturnCommitment,
    TakeCommitment,
)
from .entries import list_entries
from .model import CommitmentKind, CommitmentState
from .tables import commitments
from .telling import ZoneOf, utc
from .views import AddressView, CommitmentDetail, ConflictView

_A = TypeVar("_A")
# By what who does the job reaches the customer, the best first.
_BY_MAIL = (IdentityKind.EMAIL, IdentityKind.PHONE)
_BY_PHONE = (IdentityKind.PHONE, IdentityKind.EMAIL)


class Revealed(View, frozen=True):
    value: str


class CommitmentWorkRoutes:
    """`mask_numbers`: specialists see 138****8000, as agents do, and every reveal is audited."""

    def __init__(
        self,
        store: Store,
        visible_queues: VisibleQueues,
        sees_more: SeesMore,
        *,
        zone: ZoneOf = utc,
        mask_numbers: bool = True,
    ) -> None:
        self._store = store
        self._visible_queues = visible_queues
        self._sees_more = sees_more
        self._zone = zone
        self._masks = mask_numbers

    @route(
        "GET",
        "/api/v1/commitments/{commitment_id}",
        access=Access.SPECIALIST,
        summary="Show a commitment with its record",
    )
    async def show(self, principal: Principal, commitment_id: Key) -> CommitmentDetail:
        return await self._store.read(self._show, (principal, commitment_id))

    @route(
        "POST",
        "/api/v1/commitments/{commitment_id}/comments",
        access=Access.SPECIALIST,
        summary="Comment on a commitment",
        status=201,
    )
    async def add_comment(
        self, principal: Principal, commitment_id: Key, body: NewComment
    ) -> CommitmentDetail:
        command = Comment(actor_of(principal), commitment_id, body.text)
        return await self._on(principal, commitment_id, self._seen, work.comment, command)

    @route(
        "POST",
        "/api/v1/commitments/{commitment_id}/take",
        access=Access.SPECIALIST,
        summary="Do what my team has to do",
    )
    async def take(self, principal: Principal, commitment_id: Key) -> CommitmentDetail:
        command = TakeCommitment(actor_of(principal), commitment_id)
        return await self._on(principal, commitment_id, access_own, work.take_commitment, command)

    @route(
        "POST",
        "/api/v1/commitments/{commitment_id}/return",
        access=Access.SPECIALIST,
        summary="Give a commitment back, with the reason",
        status=204,
    )
    async def give_back(self, principal: Principal, commitment_id: Key, body: Reason) -> None:
        command = ReturnCommitment(actor_of(principal), commitment_id, body.reason)
        await self._do(principal, commitment_id, access_own, work.return_commitment, command)

    @route(
        "POST",
        "/api/v1/commitments/{commitment_id}/hand-over",
        access=Access.AGENT,
        summary="Hand a commitment over, with what has to be known",
        status=204,
    )
    async def hand_over(self, principal: Principal, commitment_id: Key, body: HandedOver) -> None:
        asked = (actor_of(principal), commitment_id, body)
        await self._do(principal, commitment_id, access_commitment, _hand_over, asked)

    @route(
        "POST",
        "/api/v1/commitments/{commitment_id}/done",
        access=Access.SPECIALIST,
        summary="Say that a promise was kept",
    )
    async def finish(
        self, principal: Principal, commitment_id: Key, body: Outcome
    ) -> CommitmentDetail:
        kept = CommitmentState.KEPT
        command = FinishCommitment(actor_of(principal), commitment_id, kept, body.outcome)
        return await self._on(principal, commitment_id, access_own, self._finish, command)

    @route(
        "POST",
        "/api/v1/commitments/{commitment_id}/reveal",
        access=Access.SPECIALIST,
        summary="Show the address of the job in full; this is audited",
    )
    async def reveal(self, principal: Principal, commitment_id: Key) -> Revealed:
        return await self._store.write(_reveal, (principal, commitment_id))

    @route(
        "GET",
        "/api/v1/commitments/conflicts",
        access=Access.SUPERVISOR,
        summary="Quotes to one customer that cannot both be true",
    )
    async def find_conflicts(self, principal: Principal, query: PageQuery) -> Page[ConflictView]:
        return await self._store.read(_conflicts, (principal, query))

    @route(
        "POST",
        "/api/v1/commitments/conflicts/{conflict_id}/decide",
        access=Access.SUPERVISOR,
        summary="Decide which of two quotes counts",
        status=204,
    )
    async def decide(self, principal: Principal, conflict_id: Key, body: Decision) -> None:
        await self._store.write(_decide, (principal, conflict_id, body))

    async def _on(
        self,
        principal: Principal,
        commitment_id: str,
        access: Callable[[Tx, Principal, str], Row[Any]],
        use_case: Callable[[Tx, _A], object],
        command: _A,
    ) -> CommitmentDetail:
        """Do it, if this user may, and return what became of the commitment."""

        def run(tx: Tx, _: None) -> CommitmentDetail:
            access(tx, principal, commitment_id)
            use_case(tx, command)
            return self._show(tx, (principal, commitment_id))

        return await self._store.write(run, None)

    async def _do(
        self,
        principal: Principal,
        commitment_id: str,
        access: Callable[[Tx, Principal, str], Row[Any]],
        use_case: Callable[[Tx, _A], object],
        command: _A,
    ) -> None:
        """Do it, if this user may: afterwards it may be out of their sight."""

        def run(tx: Tx, _: None) -> None:
            access(tx, principal, commitment_id)
            use_case(tx, command)

        await self._store.write(run, None)

    def _finish(self, tx: Tx, command: FinishCommitment) -> None:
        service.finish_commitment(tx, command, self._zone)

    def _seen(self, tx: Tx, principal: Principal, commitment_id: str) -> Row[Any]:
        """Return a commitment to who may change it, or sees its customer. Raises NotFound."""
        scope = None
        if principal.role.at_least(Role.AGENT):
            scope = Scope.of(tx, principal, self._sees_more)
        return access_seen(tx, principal, scope, commitment_id)

    def _show(self, tx: Tx, asked: tuple[Principal, str]) -> CommitmentDetail:
        principal, commitment_id = asked
        row = self._seen(tx, principal, commitment_id)
        shown = reads.get_commitment(tx, commitment_id)
        if principal.role.at_least(Role.AGENT):
            sight = Sight.of(tx, principal, self._visible_queues)
            shown = reads.with_sources(tx, [shown], sight)[0]
        steers = principal.role.at_least(Role.SUPERVISOR)
        found = _address(tx, row)
        masks = self._masks and not steers
        return CommitmentDetail(
            commitment=shown,
            address=None if found is None else _masked(found, masks=masks),
            entries=list_entries(tx, commitment_id),
            may_finish=steers or is_owner(principal, row),
        )


def _hand_over(tx: Tx, asked: tuple[Actor, str, HandedOver]) -> None:
    actor, commitment_id, body = asked
    if body.text.strip():
        work.comment(tx, Comment(actor, commitment_id, body.text))
    service.change_commitment(
        tx, ChangeCommitment(actor, commitment_id, body.owner_id, owner_team=body.owner_team)
    )


def _address(tx: Tx, row: Row[Any]) -> AddressView | None:
    """Return by what the customer is reached for this: where they were promised it, if that is
    such an address, else their newest one.
    """
    kinds = _BY_MAIL if row.kind == CommitmentKind.QUOTE else _BY_PHONE
    best = case({kind.value: rank for rank, kind in enumerate(kinds)}, value=identities.c.kind)
    whose = select(identities.c.customer_id).where(identities.c.id == row.identity_id)
    found = tx.execute(
        select(identities.c.kind, identities.c.value_raw)
        .where(
            identities.c.customer_id == whose.scalar_subquery(),
            identities.c.kind.in_(sorted(kinds)),
            identities.c.status != IdentityStatus.REMOVED,
        )
        .order_by(best, identities.c.id != row.identity_id, identities.c.id.desc())
        .limit(1)
    ).first()
    return None if found is None else AddressView(kind=found.kind, value=found.value_raw)


def _masked(address: AddressView, *, masks: bool) -> AddressView:
    value = mask(IdentityKind(address.kind), address.value) if masks else address.value
    return AddressView(kind=address.kind, value=value)


def _reveal(tx: Tx, asked: tuple[Principal, str]) -> Revealed:
    principal, commitment_id = asked
    row = access_commitment(tx, principal, commitment_id)
    found = _address(tx, row)
    if found is None:
        raise NotFound("No number and no mail address of this customer is known.")
    audit(tx, actor_of(principal), "commitment.reveal", "commitment", commitment_id, {})
    return Revealed(value=found.value)


def _conflicts(tx: Tx, asked: tuple[Principal, PageQuery]) -> Page[ConflictView]:
    principal, query = asked
    after = decode_cursor(query.after, conflicts.ConflictPosition)
    steered = steered_by(tx, principal)
    found = conflicts.list_undecided(tx, steered, after, query.limit + 1)
    shown = found[: query.limit]
    rows = reads.get_commitments(tx, [id_ for one in shown for id_ in (one.one_id, one.other_id)])
    last = shown[-1] if len(found) > query.limit else None
    return Page(
        items=[
            ConflictView(
                id=one.id,
                kind=one.kind,
                found_at=one.found_at,
                one=rows[one.one_id],
                other=rows[one.other_id],
            )
            for one in shown
        ],
        after=encode_cursor(conflicts.ConflictPosition(last.found_at, last.id)) if last else None,
    )


def _decide(tx: Tx, asked: tuple[Principal, str, Decision]) -> None:
    """Whoever steers the owner of either quote decides."""
    principal, conflict_id, body = asked
    sides = conflicts.sides_of(tx, conflict_id)
    steered = steered_by(tx, principal)
    owners = select(commitments.c.owner_id).where(commitments.c.id.in_(sides))
    if steered is not None and not steered & set(tx.execute(owners).scalars()):
        raise NotFound("There is no such conflict.")
    command = work.DecideConflict(actor_of(principal), conflict_id, body.stands, body.reason)
    work.decide_conflict(tx, command)
