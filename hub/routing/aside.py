"""Contacts whose customer has fallen silent: in their agent's hands, but in no load (routing.md
3.6).

They come back with their customer's next word, to the same agent, also where that is one more than
the channel's most: the promise is older than what was taken meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, bindparam, select, update

from hub.storage import Tx

from .agent_loads import Loads
from .interrupts import interrupt, resume
from .settings import load_settings
from .tables import assignments


def set_aside(tx: Tx, contact_ids: Sequence[str]) -> None:
    """Take these contacts (locked by the caller) off their agents' loads; they stay theirs."""
    held = _held(tx, contact_ids, aside=False)
    if not held:
        return
    settings = load_settings(tx)
    loads = Loads(tx, settings, (row.agent_id for row in held))
    for row in held:
        loads.give(row.agent_id, row.channel, row.cost, worked=False)
    _write(tx, [(row.id, 0) for row in held], aside=True)
    loads.save()
    resume(tx, settings, {row.agent_id for row in held})


def bring_back(tx: Tx, contact_ids: Sequence[str]) -> None:
    """Count these contacts (locked by the caller) again; where less room is left than they cost,
    they take what is left.
    """
    held = _held(tx, contact_ids, aside=True)
    if not held:
        return
    settings = load_settings(tx)
    loads = Loads(tx, settings, (row.agent_id for row in held))
    costs = [(row.id, loads.take_again(row.agent_id, row.channel)) for row in held]
    _write(tx, costs, aside=False)
    loads.save()
    live = {row.agent_id for row in held if not settings.channels[row.channel].interruptible}
    interrupt(tx, settings, live)


def _held(tx: Tx, contact_ids: Sequence[str], *, aside: bool) -> Sequence[Row[Any]]:
    if not contact_ids:
        return []
    found = (
        select(assignments.c.id, assignments.c.agent_id, assignments.c.channel, assignments.c.cost)
        .where(
            assignments.c.contact_id.in_(sorted(contact_ids)),
            assignments.c.ended_at.is_(None),
            assignments.c.aside.is_(aside),
        )
        .order_by(assignments.c.id)
        .with_for_update()
    )
    return tx.execute(found).all()


def _write(tx: Tx, costs: Sequence[tuple[str, int]], *, aside: bool) -> None:
    tx.execute(
        update(assignments)
        .where(assignments.c.id == bindparam("b_id"))
        .values(aside=aside, cost=bindparam("b_cost")),
        [{"b_id": id_, "b_cost": cost} for id_, cost in costs],
    )
