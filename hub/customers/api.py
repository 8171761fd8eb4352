"""Routes of customers: search, the record, its addresses, facts, notes and roles."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from hub.accounts.model import actor_of
from hub.core.errors import Forbidden, Invalid
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Key,
    Page,
    Principal,
    Role,
    decode_cursor,
    encode_cursor,
    route,
)

from . import addresses, branches, facts, finding, reads, service
from .access import Scope, SeesMore, access_customer, hidden_holders
from .acting import Acting
from .bodies import (
    CustomerPatch,
    CustomerQuery,
    FactQuery,
    Made,
    NewCustomer,
    NewFact,
    NewIdentity,
    NewNote,
    Revealed,
    RoleBody,
)
from .changes import check_name
from .fact_reads import FactPlace, ListFacts, list_facts
from .identify import DefaultTier
from .model import IdentityKind
from .normalise import Address, Refusal, parse_numbers
from .views import CustomerRow, CustomerView, FactView, Reader, ShownTiers

ChangeTier = Callable[[Tx, service.SetTier], object]


class CustomerRoutes:
    """`region` tells how numbers typed without a country code are read (ISO 3166).

    `mask_numbers`: agents see 138****8000 and every reveal is audited. `change_tier` and the like
    also move what waits for the customer (hub.care). `sees_more`: see Scope.
    """

    def __init__(
        self,
        store: Store,
        *,
        region: Callable[[Tx, Principal], str],
        agents_see: ShownTiers,
        default_tier: DefaultTier,
        change_tier: ChangeTier,
        set_role: Callable[[Tx, facts.SetRole], object],
        change_customer: Callable[[Tx, service.ChangeCustomer], object],
        sees_more: SeesMore,
        mask_numbers: bool,
    ) -> None:
        self._store = store
        self._acting = Acting(store, sees_more)
        self._region = region
        self._agents_see = agents_see
        self._default_tier = default_tier
        self._change_tier = change_tier
        self._set_role = set_role
        self._change_record = change_customer
        self._mask_numbers = mask_numbers

    @route("GET", "/api/v1/customers", access=Access.AGENT, summary="Find customers")
    async def find(self, principal: Principal, query: CustomerQuery) -> Page[CustomerRow]:
        return await self._store.read(self._find, (principal, query))

    @route("POST", "/api/v1/customers", access=Access.AGENT, summary="Add a customer", status=201)
    async def add(self, principal: Principal, body: NewCustomer) -> CustomerView:
        customer_id = await self._store.write(self._add, (principal, body))
        return await self._store.read(self._show_left, (principal, customer_id))

    @route("GET", "/api/v1/customers/{customer_id}", access=Access.AGENT, summary="A customer")
    async def show(self, principal: Principal, customer_id: Key) -> CustomerView:
        return await self._store.read(self._show, (principal, customer_id))

    @route("PATCH", "/api/v1/customers/{customer_id}", access=Access.AGENT, summary="Change one")
    async def change(
        self, principal: Principal, customer_id: Key, body: CustomerPatch
    ) -> CustomerView:
        await self._store.write(self._change, (principal, customer_id, body))
        return await self._store.read(self._show_left, (principal, customer_id))

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/identities",
        access=Access.AGENT,
        summary="Add an address",
        status=201,
    )
    async def add_identity(self, principal: Principal, customer_id: Key, body: NewIdentity) -> Made:
        asked = (principal, customer_id, body)
        return Made(id=await self._store.write(self._add_identity, asked))

    @route(
        "DELETE",
        "/api/v1/customers/{customer_id}/identities/{identity_id}",
        access=Access.AGENT,
        summary="Take an address away",
    )
    async def remove_identity(
        self, principal: Principal, customer_id: Key, identity_id: Key
    ) -> None:
        command = addresses.RemoveIdentity(actor_of(principal), customer_id, identity_id)
        await self._acting.on(principal, [customer_id], addresses.remove_identity, command)

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/identities/{identity_id}/reveal",
        access=Access.AGENT,
        summary="Show a masked number in full; this is audited",
    )
    async def reveal(self, principal: Principal, customer_id: Key, identity_id: Key) -> Revealed:
        command = addresses.RemoveIdentity(actor_of(principal), customer_id, identity_id)
        seen = self._acting.on(principal, [customer_id], addresses.reveal_identity, command)
        return Revealed(value=await seen)

    @route(
        "GET",
        "/api/v1/customers/{customer_id}/facts",
        access=Access.AGENT,
        summary="A customer's facts, newest first",
    )
    async def list_facts(
        self, principal: Principal, customer_id: Key, query: FactQuery
    ) -> Page[FactView]:
        asked = (principal, customer_id, query)
        items, following = await self._store.read(self._facts, asked)
        return Page(items=items, after=encode_cursor(following) if following else None)

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/facts",
        access=Access.AGENT,
        summary="Keep what was learned",
        status=201,
    )
    async def add_fact(self, principal: Principal, customer_id: Key, body: NewFact) -> Made:
        command = facts.AddFact(actor_of(principal), customer_id, **msgspec.structs.asdict(body))
        return Made(id=await self._acting.on(principal, [customer_id], facts.add_fact, command))

    @route(
        "DELETE",
        "/api/v1/customers/{customer_id}/facts/{fact_id}",
        access=Access.AGENT,
        summary="Say that a fact is not true any longer",
    )
    async def withdraw_fact(self, principal: Principal, customer_id: Key, fact_id: Key) -> None:
        command = facts.WithdrawFact(actor_of(principal), customer_id, fact_id)
        await self._acting.on(principal, [customer_id], facts.withdraw_fact, command)

    @route(
        "POST",
        "/api/v1/customers/{customer_id}/notes",
        access=Access.AGENT,
        summary="Write a note on the record",
        status=201,
    )
    async def add_note(self, principal: Principal, customer_id: Key, body: NewNote) -> Made:
        command = facts.AddNote(actor_of(principal), customer_id, body.text, body.pinned)
        return Made(id=await self._acting.on(principal, [customer_id], facts.add_note, command))

    @route(
        "PUT",
        "/api/v1/customers/{customer_id}/persons/{person_id}",
        access=Access.AGENT,
        summary="Say what a person is in an organisation",
    )
    async def set_role(
        self, principal: Principal, customer_id: Key, person_id: Key, body: RoleBody
    ) -> None:
        command = facts.SetRole(
            actor_of(principal), customer_id, person_id, body.role, body.decides
        )
        await self._acting.on(principal, [customer_id, person_id], self._set_role, command)

    def _reader(self, tx: Tx, principal: Principal) -> Reader:
        return Reader.of(principal, self._agents_see(tx), mask=self._mask_numbers)

    def _facts(
        self, tx: Tx, asked: tuple[Principal, str, FactQuery]
    ) -> tuple[list[FactView], FactPlace | None]:
        principal, customer_id, query = asked
        ask = ListFacts(
            self._acting.scope(tx, principal),
            customer_id,
            query.limit,
            decode_cursor(query.after, FactPlace),
            query.kind,
            query.competitor,
            query.current,
        )
        return list_facts(tx, ask)

    def _find(self, tx: Tx, asked: tuple[Principal, CustomerQuery]) -> Page[CustomerRow]:
        principal, query = asked
        position = decode_cursor(query.after, finding.Position)
        items, following = finding.find_customers(
            tx,
            finding.FindCustomers(
                self._reader(tx, principal),
                self._acting.scope(tx, principal),
                query.q,
                self._region(tx, principal),
                query.limit,
                position,
            ),
        )
        return Page(items=items, after=encode_cursor(following) if following else None)

    def _show(self, tx: Tx, asked: tuple[Principal, str]) -> CustomerView:
        return self._record(tx, *asked, as_left=False)

    def _show_left(self, tx: Tx, asked: tuple[Principal, str]) -> CustomerView:
        return self._record(tx, *asked, as_left=True)

    def _record(
        self, tx: Tx, principal: Principal, customer_id: str, *, as_left: bool
    ) -> CustomerView:
        reader, scope = self._reader(tx, principal), self._acting.scope(tx, principal)
        return reads.show_customer(tx, reads.ShowCustomer(reader, scope, customer_id, as_left))

    def _add_identity(self, tx: Tx, asked: tuple[Principal, str, NewIdentity]) -> str:
        principal, customer_id, body = asked
        actor, region = actor_of(principal), self._region(tx, principal)
        scope = self._acting.scope(tx, principal)
        access_customer(tx, scope, customer_id)
        given = _each([body.address()], region)
        _check_holders(tx, scope, given, region)
        added = [
            addresses.add_identity(
                tx, addresses.AddIdentity(actor, customer_id, one, region, one.shared)
            )
            for one in given
        ]
        return added[0]

    def _add(self, tx: Tx, asked: tuple[Principal, NewCustomer]) -> str:
        principal, body = asked
        scope, region = self._acting.scope(tx, principal), self._region(tx, principal)
        given = _each([identity.address() for identity in body.identities], region)
        if not given and not check_name(body.name):
            raise Invalid(
                "A customer needs a name or an address.", code="customer.empty", field="name"
            )
        _check_holders(tx, scope, given, region)
        customer_id = service.create_customer(
            tx,
            service.CreateCustomer(
                actor=actor_of(principal),
                region=region,
                kind=body.kind,
                name=body.name,
                language=body.language,
                owner_id=body.owner_id,
                branch_id=branches.branch_of_new(tx, scope, body.branch_id),
                addresses=given,
                source=body.source,
                tier=self._default_tier(tx),
            ),
        )
        if body.tier is not None:
            self._set_tier(tx, principal, customer_id, body.tier, body.tier_reason, None)
        return customer_id

    def _change(self, tx: Tx, asked: tuple[Principal, str, CustomerPatch]) -> None:
        principal, customer_id, body = asked
        scope = self._acting.scope(tx, principal)
        access_customer(tx, scope, customer_id)
        if body.branch_id is not None:
            branches.check_move(tx, principal, scope, body.branch_id)
        self._change_record(
            tx,
            service.ChangeCustomer(
                actor=actor_of(principal),
                customer_id=customer_id,
                name=body.name,
                kind=body.kind,
                language=body.language,
                owner_id=body.owner_id,
                branch_id=body.branch_id,
                version=body.version,
            ),
        )
        if body.tier is not None:
            self._set_tier(tx, principal, customer_id, body.tier, body.tier_reason, body.tier_until)

    def _set_tier(
        self,
        tx: Tx,
        principal: Principal,
        customer_id: str,
        tier: str,
        reason: str,
        until: datetime | None,
    ) -> None:
        if not principal.role.at_least(Role.SUPERVISOR):
            raise Forbidden(
                "A customer's tier is changed by supervisors: ask yours.",
                code="customer.tier_by_supervisor",
            )
        self._change_tier(
            tx,
            service.SetTier(actor_of(principal), customer_id, tier, reason, expires_at=until),
        )


def _each(given: Sequence[addresses.NewAddress], region: str) -> tuple[addresses.NewAddress, ...]:
    """Return them with a field of several numbers ("010-88886666 / 13800138000") as so many."""
    found: list[addresses.NewAddress] = []
    for one in given:
        numbers: list[Address] | Refusal = []
        if one.kind in (IdentityKind.PHONE, IdentityKind.FAX):
            numbers = parse_numbers(one.kind, one.value, region)
        if isinstance(numbers, Refusal) or len(numbers) < 2:
            found.append(one)
            continue
        for number in numbers:
            value = number.value if number.value.startswith("+") else number.written
            found.append(replace(one, value=value))
    if len(found) > addresses.MAX_IDENTITIES:
        raise Invalid(
            f"A customer has at most {addresses.MAX_IDENTITIES} addresses.",
            code="customer.addresses",
            most=addresses.MAX_IDENTITIES,
        )
    return tuple(found)


def _check_holders(
    tx: Tx, scope: Scope, given: Sequence[addresses.NewAddress], region: str
) -> None:
    """Raise IdentityTaken for an address of a customer out of sight, whom it does not name."""
    if scope.everything:
        return
    for one in given:
        if hidden_holders(tx, scope, addresses.check_address(one, region)):
            raise addresses.IdentityTaken(
                "A customer of another branch has this address. Ask somebody who sees both."
            )
