"""A visitor turns out to be a customer: what waits for them is promised what that customer is.

The site signed who its visitor is, or they proved a mailbox by a code, perhaps while they wait in
the queue already. Their messages
become the customer's, the contact moves up at once, and the consoles see the true name. What
contradicts (they were proved to be somebody else before) is left as it is and asked as "who is it?"
(identify).
"""

from __future__ import annotations

from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.contacts import service as contact_service
from hub.contacts.inbound import Proven
from hub.contacts.model import FINAL
from hub.contacts.tables import contacts, entry_points
from hub.core.errors import Invalid
from hub.customers.model import Identified, Identify, TierSource
from hub.customers.recognise import note_proofs
from hub.customers.service import SetTier, identify_batch, set_tier
from hub.customers.tables import customers, identities
from hub.routing.retier import retier
from hub.routing.settings import (
    branch_of_new_customers,
    load_settings,
    tier_of_new_customers,
)
from hub.storage import Tx

# What a person has decided, nothing a site says changes.
_GIVEN_BY_PEOPLE = frozenset({TierSource.MANUAL, TierSource.OBJECTION})


def prove(tx: Tx, proven: Proven) -> None:
    """Let a proved identity count for its conversation. Raises Invalid for an unknown entry point.

    Nothing changes where everything said is known already.
    """
    point = tx.execute(
        select(entry_points.c.region, entry_points.c.queue_id, entry_points.c.display_name).where(
            entry_points.c.id == proven.entry_point_id
        )
    ).first()
    if point is None:
        raise Invalid(
            f"There is no entry point {proven.entry_point_id!r}.", code="entry_point.unknown"
        )
    before = _customer_of(tx, proven)
    ask = Identify(proven.senders, point.region, proven.language, proven.channel, point.queue_id)
    [who] = identify_batch(tx, [ask], tier_of_new_customers, branch_of_new_customers)
    note_proofs(tx, who.customer_id, proven.senders, point.region)
    tier_is_new = _give_tier(tx, proven, who, point.display_name)
    proof_is_new = _note_proof(tx, proven)
    if who.customer_id != before or tier_is_new or proof_is_new:
        retier(tx, [who.customer_id])
    if who.customer_id != before:
        _show(tx, proven.conversation_id)


def _customer_of(tx: Tx, proven: Proven) -> str | None:
    first = proven.senders[0]
    found: str | None = tx.execute(
        select(identities.c.customer_id).where(
            identities.c.kind == first.kind,
            identities.c.value_norm == first.value,
            identities.c.status != "removed",
        )
    ).scalar()
    return found


def _note_proof(tx: Tx, proven: Proven) -> bool:
    """Keep with the open contact on what it rests who its customer is; return whether that is
    news. Where the site has signed it, no code has to.
    """
    at, until = proven.proof or (None, None)
    changed = tx.execute(
        select(contacts.c.id).where(
            contacts.c.conversation_id == proven.conversation_id,
            contacts.c.state.not_in(FINAL),
            contacts.c.proven_until.is_distinct_from(until),
        )
    ).scalars()
    ids = list(changed)
    for contact_id in ids:
        contact_service.amend(tx, contact_id, {"proven_at": at, "proven_until": until})
    return bool(ids)


def _give_tier(tx: Tx, proven: Proven, who: Identified, said_by: str) -> bool:
    """Give the tier the site says, if it is one of the set-up's; return whether it is another."""
    if not proven.tier:
        return False
    order = load_settings(tx).tiers
    if proven.tier not in order:
        return False
    tier = proven.tier
    if proven.highest_tier in order:
        tier = order[max(order.index(tier), order.index(proven.highest_tier))]
    row = tx.execute(select(customers).where(customers.c.id == who.customer_id)).one()
    if row.tier_source in _GIVEN_BY_PEOPLE or (row.own_tier or row.tier) == tier:
        return False
    reason = f"said by the site ({said_by})"
    return set_tier(tx, SetTier(SYSTEM, row.id, tier, reason, TierSource.IMPORTED))


def _show(tx: Tx, conversation_id: str) -> None:
    """Let consoles draw the open contact of the conversation anew: it has another name now."""
    open_ids = tx.execute(
        select(contacts.c.id).where(
            contacts.c.conversation_id == conversation_id, contacts.c.state.not_in(FINAL)
        )
    ).scalars()
    for contact_id in list(open_ids):
        contact_service.amend(tx, contact_id, {})
