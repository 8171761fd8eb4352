"""The agent takes an offer; on a channel with audio the call is connected before it counts.

For a callback nobody is on the line yet: the agent's phone rings, then the customer's. Somebody
of a phone list is read about first, or called at once (hub.phone_lists).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Row, select

from hub.accounts.ringing import ring_addresses
from hub.callbacks.attempts import Accepted as Attempt
from hub.callbacks.attempts import begin_attempts, is_to_be_dialled
from hub.contacts.effects import Connect
from hub.contacts.model import is_of_list
from hub.contacts.outreach.sending import to_channel
from hub.contacts.tables import contacts
from hub.core.errors import HubError
from hub.phone_lists.dialling import begin as begin_lists
from hub.routing.service import Accepted, AcceptOffer, accept_offers
from hub.storage import Tx, batch
from hub.storage.outbox import NewEffect, add_effects, outbox


@batch
def accept(tx: Tx, items: Sequence[AcceptOffer]) -> Sequence[Accepted | HubError]:
    """Turn offers into assignments; the same accept again gives the same answer.

    Refuses with Conflict an offer that is over, with NotFound one that is not this agent's.
    """
    results = accept_offers(tx, items)
    connecting = {
        result.contact_id: (item, result)
        for item, result in zip(items, results, strict=True)
        if isinstance(result, Accepted) and result.connects
    }
    if connecting:
        rows = tx.execute(select(contacts).where(contacts.c.id.in_(connecting))).all()
        addresses = ring_addresses(tx, {item.agent_id for item, _ in connecting.values()})
        fresh = _not_yet(tx, [result.assignment_id for _, result in connecting.values()])
        new = [row for row in rows if connecting[row.id][1].assignment_id in fresh]
        calls = [row for row in new if is_to_be_dialled(row)]
        listed = [row for row in new if is_of_list(row.meta, row.direction, row.answered_at)]
        called = {row.id for row in (*calls, *listed)}
        add_effects(
            tx,
            [
                *begin_lists(tx, [_attempt(row, *connecting[row.id], addresses) for row in listed]),
                *begin_attempts(
                    tx, [_attempt(row, *connecting[row.id], addresses) for row in calls]
                ),
                *(
                    _connect(row, *connecting[row.id], addresses)
                    for row in new
                    if row.id not in called
                ),
            ],
        )
    return results


def _attempt(
    row: Row[Any], item: AcceptOffer, result: Accepted, addresses: Mapping[str, str]
) -> Attempt:
    return Attempt(row, item.agent_id, addresses[item.agent_id], result.assignment_id)


def _connect(
    row: Row[Any], item: AcceptOffer, result: Accepted, addresses: Mapping[str, str]
) -> NewEffect:
    effect = Connect(
        contact_id=row.id,
        agent_id=item.agent_id,
        agent_address=addresses[item.agent_id],
        contact_key=row.channel_key or "",
    )
    return to_channel(
        effect,
        channel=row.channel,
        entry_point_id=row.entry_point_id,
        contact_id=row.id,
        dedupe_key=f"connect:{result.assignment_id}",
        at_most_once=True,
    )


def _not_yet(tx: Tx, assignment_ids: Sequence[str]) -> set[str]:
    """Assignments without a connect effect: an accept that is repeated must not ring twice."""
    keys = {f"connect:{assignment_id}": assignment_id for assignment_id in assignment_ids}
    known = tx.execute(select(outbox.c.dedupe_key).where(outbox.c.dedupe_key.in_(keys))).scalars()
    return set(keys.values()) - {keys[key] for key in known}
