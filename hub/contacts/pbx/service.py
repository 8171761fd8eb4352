"""The rows of calls in PBXs: found and begun, and which phones ring for them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, insert, select, update

from hub.accounts.tables import users
from hub.core.ids import new_id
from hub.storage import Tx

from .model import PbxCall
from .tables import pbx_calls, pbx_rings

RINGS = "pbx.rings"
"""The hint that the phones of an agent (its key) ring, or ring no more."""
RINGS_AT_MOST = timedelta(minutes=5)  # a PBX that is silent since: nobody is shown it any more


def find_call(tx: Tx, call: PbxCall) -> Row[Any] | None:
    """Return the row of a call, locked; None for one that was not told of before."""
    return tx.execute(
        select(pbx_calls)
        .where(
            pbx_calls.c.entry_point_id == call.entry_point_id, pbx_calls.c.call_id == call.call_id
        )
        .with_for_update()
    ).first()


def begin_call(tx: Tx, call: PbxCall, columns: Mapping[str, Any]) -> Row[Any]:
    """Note a call that was not told of before."""
    row_id = new_id()
    tx.execute(
        insert(pbx_calls).values(
            id=row_id,
            entry_point_id=call.entry_point_id,
            call_id=call.call_id,
            direction="out" if call.outbound else "in",
            started_at=call.started_at,
            version=call.version,
            **columns,
        )
    )
    return get_call(tx, row_id)


def get_call(tx: Tx, row_id: str) -> Row[Any]:
    return tx.execute(select(pbx_calls).where(pbx_calls.c.id == row_id)).one()


def note_call(tx: Tx, row_id: str, changes: Mapping[str, Any]) -> Row[Any]:
    """Change columns of a call and return it as it is now."""
    tx.execute(update(pbx_calls).where(pbx_calls.c.id == row_id).values(**changes))
    return get_call(tx, row_id)


def ring(tx: Tx, row: Row[Any], agents: Mapping[str, str]) -> None:
    """Have exactly the phones of these agents (id → extension) ring for a call."""
    found = select(pbx_rings.c.agent_id).where(pbx_rings.c.call_id == row.id)
    before = set(tx.execute(found).scalars())
    gone, new = before - agents.keys(), agents.keys() - before
    if gone:
        tx.execute(
            delete(pbx_rings).where(
                pbx_rings.c.call_id == row.id, pbx_rings.c.agent_id.in_(sorted(gone))
            )
        )
    if new:
        tx.execute(
            insert(pbx_rings),
            [
                {"call_id": row.id, "agent_id": one, "extension": agents[one], "since": tx.now}
                for one in sorted(new)
            ],
        )
    for agent_id in sorted(gone | new):
        tx.hint(RINGS, agent_id)


def agents_of(tx: Tx, call: PbxCall) -> dict[str, tuple[str, str]]:
    """Return whose the extensions of a call are: extension → (user id, name).

    What the entry point says goes before the desk phone of an account; two accounts with one desk
    phone: nobody knows whose it is.
    """
    if not call.extensions:
        return {}
    emails = {call.desks[one].strip().lower(): one for one in call.extensions if one in call.desks}
    by_email = select(users.c.id, users.c.name, users.c.email).where(
        users.c.email.in_(sorted(emails)), users.c.disabled_at.is_(None)
    )
    found = {emails[row.email]: (row.id, row.name) for row in tx.execute(by_email)}
    others = sorted(set(call.extensions) - call.desks.keys())
    by_phone = select(users.c.id, users.c.name, users.c.phone_address).where(
        users.c.phone_address.in_(others), users.c.disabled_at.is_(None)
    )
    shared: set[str] = set()
    for row in tx.execute(by_phone):
        if row.phone_address in found:
            shared.add(row.phone_address)
        found[row.phone_address] = (row.id, row.name)
    return {extension: who for extension, who in found.items() if extension not in shared}
