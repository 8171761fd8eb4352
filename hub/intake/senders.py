"""Who sent what came in, and as whom they are served: a proof that has ended is none."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from msgspec import structs
from sqlalchemy import Row

from hub.contacts.inbound import Inbound
from hub.customers.model import Identified, Identify
from hub.customers.service import identify_batch
from hub.routing.settings import (
    branch_of_new_customers,
    load_settings,
    tier_of_new_customers,
)
from hub.storage import Tx


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
            points[item.entry_point_id].queue_id,
        )
        for item in items
    ]
    found = identify_batch(tx, asked, tier_of_new_customers, branch_of_new_customers)
    return [
        _as_anybody(tx, who) if item.proof is not None and not item.proof.is_good(tx.now) else who
        for item, who in zip(items, found, strict=True)
    ]


def _as_anybody(tx: Tx, who: Identified) -> Identified:
    """Whose proof has ended is promised no more than somebody who is new."""
    order = load_settings(tx).tiers
    ranks = {tier: rank for rank, tier in enumerate(order)}
    new = tier_of_new_customers(tx)
    if ranks.get(who.tier, len(order)) >= ranks.get(new, len(order)):
        return who
    return structs.replace(who, tier=new)
