"""What is learned of a sender after what they sent was filed: who they are, what proves it, their
language.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import select, update

from hub.storage import Tx

from .identify import ANONYMOUS, BranchOf, DefaultTier, everybodys, identify_batch
from .index import index_customers
from .merging.links import join_records
from .merging.model import Edge
from .model import Identified, Identify, IdentityStatus, SenderIdentity
from .normalise import accept_address
from .reads import identity_ids_of, same_customer_ids
from .tables import customers, identities


def recognise(
    tx: Tx,
    identity_id: str,
    ask: Identify,
    default_tier: DefaultTier,
    branch_of: BranchOf = everybodys,
) -> Identified | None:
    """An anonymous sender turned out to have this one address: return who it is.

    Their nameless record is merged into that customer's. None, and nothing changes: the identity
    was not anonymous, or somebody has worked on the record meanwhile and knows better.
    """
    own = tx.execute(
        select(identities.c.value_norm, customers.c.id, customers.c.name, customers.c.version)
        .join(customers, customers.c.id == identities.c.customer_id)
        .where(identities.c.id == identity_id)
        .with_for_update()
    ).first()
    sender = ask.senders[0]
    if own is None or not own.value_norm.startswith(ANONYMOUS) or own.version > 1:
        return None
    # Neither an address added by hand nor a merge raises the version of the record that has it.
    if identity_ids_of(tx, own.id) != [identity_id] or same_customer_ids(tx, own.id) != [own.id]:
        return None
    if accept_address(sender.kind, sender.value, ask.region).is_anonymous:
        return None
    named = msgspec.structs.replace(sender, name=sender.name or own.name)
    asked = msgspec.structs.replace(ask, senders=(named,))
    [who] = identify_batch(tx, [asked], default_tier, branch_of)
    tx.execute(
        update(identities)
        .where(identities.c.id == identity_id)
        .values(status=IdentityStatus.REMOVED, valid_to=tx.now)
    )
    edge = Edge(own.id, who.customer_id)
    join_records(
        tx, edge, None, "this address was read in what was sent", {"removed": [identity_id]}
    )
    index_customers(tx, {own.id, who.customer_id})
    for customer_id in (own.id, who.customer_id):
        tx.hint("customer.changed", customer_id)
    return who


def note_proofs(tx: Tx, customer_id: str, senders: Sequence[SenderIdentity], region: str) -> None:
    """Keep what else than the medium has proved the addresses of a customer, where nothing had."""
    for sender in senders:
        if not sender.proof:
            continue
        proved = tx.execute(
            update(identities)
            .where(
                identities.c.customer_id == customer_id,
                identities.c.kind == sender.kind,
                identities.c.value_norm == accept_address(sender.kind, sender.value, region).value,
                identities.c.status != IdentityStatus.REMOVED,
                identities.c.verified_by.is_(None),
            )
            .values(verified_by=sender.proof)
        ).rowcount
        if proved:
            tx.hint("customer.changed", customer_id)


def learn_language(tx: Tx, identity_id: str, language: str) -> None:
    """A sender has written in this language: known of their customer where none was."""
    customer_id = (
        select(identities.c.customer_id).where(identities.c.id == identity_id).scalar_subquery()
    )
    learned = tx.execute(
        update(customers)
        .where(customers.c.id == customer_id, customers.c.language.is_(None))
        .values(language=language, updated_at=tx.now, version=customers.c.version + 1)
        .returning(customers.c.id)
    ).scalar_one_or_none()
    if learned is not None:
        tx.hint("customer.changed", learned)
