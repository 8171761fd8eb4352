"""Who is it? The hot path of everything that comes in: a fixed number of statements for a batch.

One read finds every address of the batch. The decisions are made in memory, in the order of the
items, so that a customer who is new and writes twice in one batch is made once. Then at most one
statement per table writes what changed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

from sqlalchemy import and_, bindparam, func, insert, or_, text, update

from hub.core.ids import new_id
from hub.storage import Tx, UTCDateTime
from hub.storage.bulk import insert_whole

from .changes import mark_dirty
from .index import index_customers
from .known import Holder, Key, KnownAddress, KnownAddresses, KnownCustomer, find_known
from .merging.model import MoveKind
from .model import (
    MATCH_ORDER,
    CustomerKind,
    Identified,
    Identify,
    IdentityKind,
    IdentityStatus,
    SenderIdentity,
    TierSource,
)
from .normalise import Address, accept_address
from .tables import customers, identities, identity_moves

DefaultTier = Callable[[Tx], str]
"""The tier of who is new, from the set-up; asked once where somebody is."""
BranchOf = Callable[[Tx, str], str | None]
"""The branch of who is new and came to a queue; asked once a queue, where somebody is."""

ANONYMOUS = "anonymous:"  # what such identities are kept under
_MAX_NAME = 200
_RANK = {kind: rank for rank, kind in enumerate(MATCH_ORDER)}
# A claim scores 50: it may be them, or somebody who only wrote that address.
_INSERT_CLAIM = text(
    "INSERT INTO customer_conflicts"
    " (id, kind, customer_id, other_id, identity_id, evidence, score, found_at)"
    " VALUES (:id, 'claim', :customer_id, :other_id, :identity_id, '{}', 50, :found_at)"
    " ON CONFLICT DO NOTHING"  # asked already, or decided
).bindparams(bindparam("found_at", type_=UTCDateTime()))
_INSERT_MERGE = text(
    "INSERT INTO customer_merges (id, from_id, into_id, merged_at, reason, before)"
    " VALUES (:operation_id, :from_customer_id, :to_customer_id, :moved_at, :reason, '{}')"
    " ON CONFLICT DO NOTHING"  # PostgreSQL: another process was first, its merge counts
).bindparams(bindparam("moved_at", type_=UTCDateTime()))


@dataclass(slots=True)
class _Changes:
    """Rows to write, by table."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    identities: list[dict[str, Any]] = field(default_factory=list)
    moves: list[dict[str, Any]] = field(default_factory=list)
    claims: dict[Key, dict[str, Any]] = field(default_factory=dict)
    learned: dict[str, KnownCustomer] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)


def everybodys(_tx: Tx, _queue_id: str) -> None:
    """Who is new belongs to no branch."""


def identify_batch(
    tx: Tx,
    items: Sequence[Identify],
    default_tier: DefaultTier,
    branch_of: BranchOf = everybodys,
) -> list[Identified]:
    """Return who each item is from, in order; whoever is unknown becomes a customer of the
    default tier.

    The address an answer goes to decides. If it is unknown, a *proven* other address does (external
    id before mail before number, knowledge.md), else who alone has its number as the other kind,
    phone or fax: no proof, and no worse than the number is. A chat visitor of whom nothing else is
    known joins the customer whose address was proven. An unproven address of somebody else links
    nothing: it is recorded as a claim for a person to decide.
    """
    asked = [[accept_address(s.kind, s.value, item.region) for s in item.senders] for item in items]
    decide = _Decide(tx, find_known(tx, asked), default_tier, branch_of)
    found = [decide.item(item, addresses) for item, addresses in zip(items, asked, strict=True)]
    _write(tx, decide.changes)
    return found


class _Decide:
    """Decides item after item; later ones see what earlier ones made."""

    def __init__(
        self,
        tx: Tx,
        known: KnownAddresses,
        default_tier: DefaultTier,
        branch_of: BranchOf,
    ) -> None:
        self._now = tx.now
        self._branch_of = cache(partial(branch_of, tx))
        self._default_tier = cache(partial(default_tier, tx))
        self._known = known
        self.changes = _Changes()

    def item(self, item: Identify, addresses: Sequence[Address]) -> Identified:
        first = addresses[0]
        own = self._known.match(first)
        proven = self._proven(item, addresses[1:])
        if own is None:
            holder = Holder(proven.customer) if proven else self._known.holder(first)
            holder = holder or Holder(self._new_customer(item))
            own = self._add(holder, first, item.senders[0], item.source)
        elif (
            proven
            and proven.customer is not own.customer
            and first.kind is IdentityKind.VISITOR
            and own.is_only_one
        ):
            self._move(own, proven.customer)
        is_new = own.customer.is_new
        self._learn(own.customer, item)
        for sender, address in zip(item.senders[1:], addresses[1:], strict=True):
            self._other(own.customer, sender, address, item.source)
        return Identified(
            identity_id=own.id,
            customer_id=own.customer.id,
            tier=own.customer.tier,
            language=own.customer.language,
            is_new=is_new,
            name=own.customer.name,
            is_shared=own.status is IdentityStatus.SHARED,
            others=tuple(map(_other_holder, own.others)),
        )

    def _proven(self, item: Identify, addresses: Sequence[Address]) -> KnownAddress | None:
        """The strongest known address that the medium has proved and that is one customer's. A code
        makes nobody a record that has the address by unproved words of the same medium.
        """
        candidates = [
            (_RANK[address.kind], match)
            for sender, address in zip(item.senders[1:], addresses, strict=True)
            if sender.verified and (match := self._known.match(address)) is not None
            if match.status is IdentityStatus.ACTIVE
            and not (sender.proof and match.word_of == item.source)
        ]
        return min(candidates, key=lambda pair: pair[0])[1] if candidates else None

    def _new_customer(self, item: Identify) -> KnownCustomer:
        name = _name_of(item)
        customer = KnownCustomer(new_id(), name, self._default_tier(), item.language, is_new=True)
        self.changes.customers.append(
            {
                "id": customer.id,
                "kind": CustomerKind.PERSON,
                "name": name,
                "language": item.language,
                "tier": customer.tier,
                "tier_source": TierSource.DEFAULT,
                "tier_set_at": self._now,
                "source": item.source,
                "branch_id": self._branch_of(item.queue_id) if item.queue_id else None,
                "created_at": self._now,
                "updated_at": self._now,
                "version": 1,
            }
        )
        self.changes.touched.add(customer.id)
        return customer

    def _add(
        self, holder: Holder, address: Address, sender: SenderIdentity, source: str
    ) -> KnownAddress:
        identity_id, customer = new_id(), holder.customer
        added = KnownAddress(
            identity_id, customer, IdentityStatus.ACTIVE, is_only_one=customer.is_new
        )
        added.word_of = None if sender.verified else source
        self.changes.identities.append(
            {
                "id": identity_id,
                "customer_id": customer.id,
                "home_id": holder.home_id,
                "kind": address.kind,
                # each anonymous call is somebody of whom nothing is known: never the same person
                "value_norm": address.value or f"{ANONYMOUS}{identity_id}",
                "value_raw": address.written,
                "status": IdentityStatus.ACTIVE,
                "verified_by": (sender.proof or source) if sender.verified else None,
                "source": source,
                "valid_from": self._now,
            }
        )
        self.changes.touched.add(customer.id)
        self._known.add(address, added)
        return added

    def _move(self, own: KnownAddress, to: KnownCustomer) -> None:
        """The visitor turned out to be a known customer: their messages become this customer's."""
        self.changes.moves.append(
            {
                "id": new_id(),
                "identity_id": own.id,
                "from_customer_id": own.customer.id,
                "to_customer_id": to.id,
                "moved_at": self._now,
                "reason": "the visitor proved an address of this customer",
                "kind": MoveKind.MERGE,
                "operation_id": new_id(),
            }
        )
        self.changes.touched |= {own.customer.id, to.id}
        own.customer, own.is_only_one = to, False

    def _other(
        self, customer: KnownCustomer, sender: SenderIdentity, address: Address, source: str
    ) -> None:
        """A further address of the same item: learned if nobody has it, else at most a claim."""
        if address.is_anonymous:
            return
        match = self._known.match(address)
        if match is None:
            self._add(Holder(customer), address, sender, source).is_only_one = False
        elif match.customer is not customer and match.status is IdentityStatus.ACTIVE:
            self.changes.claims.setdefault(
                (customer.id, match.id),
                {
                    "id": new_id(),
                    "customer_id": customer.id,
                    "other_id": match.customer.id,
                    "identity_id": match.id,
                    "found_at": self._now,
                },
            )

    def _learn(self, customer: KnownCustomer, item: Identify) -> None:
        """Learn name and language of a customer who had none; what is known stays."""
        before = customer.name, customer.language
        customer.name = customer.name or _name_of(item)
        customer.language = customer.language or item.language
        if (customer.name, customer.language) != before:
            self.changes.learned[customer.id] = customer
            self.changes.touched.add(customer.id)


def _other_holder(known: KnownAddress) -> Identified:
    owner = known.customer
    return Identified(
        identity_id=known.id,
        customer_id=owner.id,
        tier=owner.tier,
        language=owner.language,
        is_new=False,
        name=owner.name,
        is_shared=True,
    )


def _name_of(item: Identify) -> str | None:
    """The first name a sender goes by, if it says more than the address does."""
    for sender in item.senders:
        name = " ".join((sender.name or "").split())
        if name and name.casefold() != sender.value.casefold():
            return name[:_MAX_NAME]
    return None


def _write(tx: Tx, changes: _Changes) -> None:
    insert_whole(tx, customers, changes.customers)
    insert_whole(tx, identities, changes.identities)
    if changes.moves:
        _merge(tx, changes.moves)
    if changes.claims:
        tx.execute(_INSERT_CLAIM, list(changes.claims.values()))
    if changes.learned:
        tx.execute(
            update(customers)
            .where(customers.c.id == bindparam("b_id"))
            .values(
                name=func.coalesce(customers.c.name, bindparam("b_name")),
                language=func.coalesce(customers.c.language, bindparam("b_language")),
                updated_at=tx.now,
                version=customers.c.version + 1,
            ),
            [
                {"b_id": customer.id, "b_name": customer.name, "b_language": customer.language}
                for customer in changes.learned.values()
            ],
        )
    if changes.touched:
        index_customers(tx, changes.touched)
        mark_dirty(tx, changes.touched, "identify")
        for customer_id in sorted(changes.touched):
            tx.hint("customer.changed", customer_id)


def _merge(tx: Tx, moves: Sequence[dict[str, Any]]) -> None:
    """Make the visitors' records those of the customers they are: see `merging`."""
    tx.execute(_INSERT_MERGE, moves)
    pairs = [{"b_from": m["from_customer_id"], "b_into": m["to_customer_id"]} for m in moves]
    tx.execute(
        update(identities)
        .where(identities.c.customer_id == bindparam("b_from"))
        .values(
            customer_id=bindparam("b_into"),
            home_id=func.coalesce(identities.c.home_id, identities.c.customer_id),
        ),
        pairs,
    )
    tx.execute(insert(identity_moves), moves)
    tx.execute(
        update(customers)
        .where(
            or_(
                and_(customers.c.id == bindparam("b_from"), customers.c.merged_into_id.is_(None)),
                customers.c.merged_into_id == bindparam("b_from"),
            )
        )
        .values(merged_into_id=bindparam("b_into"), updated_at=tx.now),
        pairs,
    )
