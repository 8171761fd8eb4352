"""Use cases of customers: plain functions of a transaction. Who came in is found in `identify`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, insert, select

from hub.accounts.model import Actor
from hub.accounts.tables import users
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.storage import LIMIT, NOW, Look, Tx

from .addresses import NewAddress, attach_address, check_address, give_address
from .changes import MAX_TEXT, check_name, mark_dirty, note_change, update_customer
from .identify import DefaultTier
from .identify import identify_batch as identify_batch
from .model import DEFAULT_TIER, CustomerKind, TierSource
from .ownership.service import OwnerMove, note_owners
from .reads import get_customer_row
from .tables import customers, tier_changes

Given = tuple[str, TierSource]
CountsNow = Callable[[Tx, Sequence[str], str, Mapping[str, Given]], Mapping[str, Given]]
"""Of these customers, what counts once a tier set by hand is over; given the usual tier, and what
each was given last before."""
_UNSET_TIER_REASON = "no longer set by hand"


class StaleCustomer(Conflict):
    """Somebody else changed the customer meanwhile: load it again."""

    code = "customer.stale"


@dataclass(frozen=True, slots=True)
class CreateCustomer:
    actor: Actor
    region: str
    kind: CustomerKind = CustomerKind.PERSON
    name: str | None = None
    language: str | None = None
    owner_id: str | None = None
    branch_id: str | None = None  # checked by who asks; None: everybody's
    addresses: tuple[NewAddress, ...] = ()
    source: str = "manual"
    tier: str = DEFAULT_TIER  # the set-up's, where there is one


@dataclass(frozen=True, slots=True)
class ChangeCustomer:
    """What is None stays; an empty `owner_id`, `branch_id` or `language` removes it.

    `version`: as last seen.
    """

    actor: Actor
    customer_id: str
    name: str | None = None
    kind: CustomerKind | None = None
    language: str | None = None
    owner_id: str | None = None
    branch_id: str | None = None  # checked by who asks
    version: int | None = None


@dataclass(frozen=True, slots=True)
class SetTier:
    actor: Actor
    customer_id: str
    tier: str
    reason: str
    source: TierSource = TierSource.MANUAL
    expires_at: datetime | None = None


def create_customer(tx: Tx, cmd: CreateCustomer) -> str:
    """Make a customer and return its id. Raises Invalid, IdentityTaken."""
    customer_id, owner_id = new_id(), _check_owner(tx, cmd.owner_id)
    tx.execute(
        insert(customers).values(
            id=customer_id,
            kind=cmd.kind,
            name=check_name(cmd.name),
            language=cmd.language or None,
            tier=cmd.tier,
            tier_source=TierSource.DEFAULT,
            tier_set_at=tx.now,
            owner_id=owner_id,
            branch_id=cmd.branch_id,
            source=cmd.source,
            created_at=tx.now,
            updated_at=tx.now,
            version=1,
        )
    )
    for given in cmd.addresses:
        address = check_address(given, cmd.region)
        if given.shared:
            give_address(tx, cmd.actor, customer_id, address, given.label, shared=True)
        else:
            attach_address(tx, customer_id, address, given.label, cmd.source)
    if owner_id is not None:
        note_owners(tx, [OwnerMove(customer_id, None, owner_id)], cmd.actor.id)
    note_change(tx, cmd.actor, "customer.create", [customer_id])
    return customer_id


def change_customer(tx: Tx, cmd: ChangeCustomer) -> None:
    """Change name, kind, language or owner. Raises NotFound, StaleCustomer, Invalid."""
    row = get_customer_row(tx, cmd.customer_id, for_change=True)
    if cmd.version is not None and cmd.version != row.version:
        raise StaleCustomer(
            "Somebody else changed this customer meanwhile. Load it again and repeat the change.",
            version=row.version,
        )
    changes: dict[str, Any] = {}
    if cmd.name is not None:
        changes["name"] = check_name(cmd.name)
    if cmd.kind is not None:
        changes["kind"] = cmd.kind
    if cmd.language is not None:
        changes["language"] = cmd.language or None
    if cmd.owner_id is not None:
        changes["owner_id"] = _check_owner(tx, cmd.owner_id)
    if cmd.branch_id is not None:
        changes["branch_id"] = cmd.branch_id or None
    if changes:
        update_customer(tx, cmd.customer_id, changes)
        if "owner_id" in changes:
            move = OwnerMove(cmd.customer_id, row.owner_id, changes["owner_id"])
            note_owners(tx, [move], cmd.actor.id)
        note_change(tx, cmd.actor, "customer.change", [cmd.customer_id])


def set_tier(tx: Tx, cmd: SetTier) -> bool:
    """Give a customer a tier of their own and keep why; return whether it is another one.

    `hub.care.change_tier` lets an organisation's better one count, and moves what waits.
    """
    if not cmd.reason.strip():
        raise Invalid(
            "Say why this customer gets this tier: the reason is kept.",
            code="tier.reason",
            field="reason",
        )
    row = get_customer_row(tx, cmd.customer_id, for_change=True)
    if cmd.expires_at is not None and cmd.expires_at <= tx.now:
        raise Invalid(
            "The tier would end before it begins: choose a later end.",
            code="tier.ends",
            field="expires_at",
        )
    reason = cmd.reason.strip()[:MAX_TEXT]
    _write_tier(tx, row, cmd.tier, cmd.source, reason, cmd.expires_at, cmd.actor.id)
    note_change(tx, cmd.actor, "customer.tier", [cmd.customer_id])
    return bool((row.own_tier or row.tier) != cmd.tier)


_TIER_OVER = Look(
    select(customers)
    .where(customers.c.tier_expires_at.is_not(None), customers.c.tier_expires_at <= NOW)
    .order_by(customers.c.tier_expires_at)
    .limit(LIMIT)
    .with_for_update()
)


def expire_tiers(
    tx: Tx,
    now: datetime,
    limit: int,
    default_tier: DefaultTier,
    counts_now: CountsNow | None = None,
) -> list[str]:
    """End tiers whose time is over; return the customers (timekeeper).

    They fall back to what `counts_now` says of them, else to what an import or a rule gave last,
    else to the default.
    """
    rows = _TIER_OVER(tx, now, limit)
    if not rows:
        return []
    ids = [row.id for row in rows]
    before = _tiers_before(tx, ids)
    usual = default_tier(tx), TierSource.DEFAULT
    if counts_now is not None:
        before |= counts_now(tx, ids, usual[0], before)
    for row in rows:
        tier, source = before.get(row.id, usual)
        _write_tier(tx, row, tier, source, _UNSET_TIER_REASON, None, None)
        tx.hint("customer.changed", row.id)
    mark_dirty(tx, [row.id for row in rows], "tier")
    return [row.id for row in rows]


def _check_owner(tx: Tx, owner_id: str | None) -> str | None:
    if not owner_id:
        return None
    found = select(users.c.id).where(users.c.id == owner_id, users.c.disabled_at.is_(None))
    if tx.execute(found.with_for_update(read=True)).first() is None:  # or is about to leave
        raise Invalid(
            "The owner is not a user who can sign in: choose another.",
            code="customer.owner",
            field="owner_id",
        )
    return owner_id


def _tiers_before(tx: Tx, ids: Sequence[str]) -> dict[str, tuple[str, TierSource]]:
    """Return, by customer, the tier an import or a rule gave last: who got none is not in it."""
    changes = tier_changes.c
    given = tx.execute(
        select(changes.customer_id, changes.after, changes.source)
        .where(
            changes.customer_id.in_(ids),
            changes.source.in_([TierSource.IMPORTED, TierSource.RULE]),
        )
        .order_by(changes.changed_at, changes.id)
    )
    return {row.customer_id: (row.after, TierSource(row.source)) for row in given}


def _write_tier(
    tx: Tx,
    row: Row[Any],
    tier: str,
    source: TierSource,
    reason: str,
    expires_at: datetime | None,
    by: str | None,
) -> None:
    update_customer(
        tx,
        row.id,
        {
            "tier": tier,
            "own_tier": None,
            "tier_source": source,
            "tier_reason": reason,
            "tier_set_at": tx.now,
            "tier_set_by": by,
            "tier_expires_at": expires_at,
        },
    )
    tx.execute(
        insert(tier_changes).values(
            id=new_id(),
            customer_id=row.id,
            before=row.own_tier or row.tier,
            after=tier,
            source=source,
            reason=reason,
            expires_at=expires_at,
            changed_at=tx.now,
            changed_by=by,
        )
    )
