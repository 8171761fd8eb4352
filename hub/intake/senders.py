"""Who sent what came in, and as whom they are served: a proof that has ended is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs
from sqlalchemy import Row

from hub.contacts.inbound import Inbound
from hub.contacts.proving.model import Proof
from hub.customers.model import Identified, Identify
from hub.customers.service import identify_batch
from hub.routing.settings import (
    branch_of_new_customers,
    load_settings,
    tier_of_new_customers,
)
from hub.storage import Tx

from .case import queue_of


def identify_senders(
    tx: Tx, items: Sequence[Inbound], points: Mapping[str, Row[Any]]
) -> list[Identified]:
    """Return who each item is from, in order."""
    asked = [
        Identify(
            item.senders,
            points[item.entry_point_id].region,
            item.language,
            item.channel,
            queue_of(item, points[item.entry_point_id]),
        )
        for item in items
    ]
    found = identify_batch(tx, asked, tier_of_new_customers, branch_of_new_customers)
    return [
        who if item.proof is None else _promised(tx, who, item.proof)
        for item, who in zip(items, found, strict=True)
    ]


def _promised(tx: Tx, who: Identified, proof: Proof) -> Identified:
    return structs.replace(who, tier=promised_tier(tx, who.tier, proof))


def promised_tier(tx: Tx, tier: str, proof: Proof | None) -> str:
    """Return what a customer of this tier is promised, who is one by `proof` (None: by more than a
    code). Whose proof has ended is promised no more than somebody who is new.
    """
    if proof is None or proof.is_good(tx.now):
        return tier
    order = load_settings(tx).tiers
    ranks = {one: rank for rank, one in enumerate(order)}
    new = tier_of_new_customers(tx)
    return tier if ranks.get(tier, len(order)) >= ranks.get(new, len(order)) else new
