"""Which questions among colleagues are open: as long as the contact is with who asked."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, select, text, update

from hub.contacts.model import HELD, ContactState
from hub.contacts.tables import contacts
from hub.storage import Tx, in_words
from hub.storage.bulk import Statement

from .model import ConsultState
from .tables import consults

ASKABLE = HELD | {ContactState.PARKED}  # states in which a contact is asked about


def in_force() -> ColumnElement[bool]:
    """The condition on `contacts` and `consults` that the contact is still with who asked."""
    held = in_words(contacts.c.state, sorted(ASKABLE))
    return and_(contacts.c.agent_id == consults.c.by_id, held)


_IN_FORCE = f"""
k.state = 'open' AND c.id = k.contact_id AND c.agent_id = k.by_id
    AND c.state IN ({", ".join(f"'{state}'" for state in sorted(ASKABLE))})
"""
# By either index of the open ones, in this order: not by all contacts in such a state. A user's id
# is no queue's.
_ASKED = Statement(f"""
SELECT k.agent_id, k.queue_id, k.contact_id FROM {{rows}} CROSS JOIN consults k
CROSS JOIN contacts c WHERE k.agent_id = {{text 0}} AND {_IN_FORCE}
UNION ALL
SELECT k.agent_id, k.queue_id, k.contact_id FROM {{rows}} CROSS JOIN consults k
CROSS JOIN contacts c WHERE k.queue_id = {{text 0}} AND {_IN_FORCE}
UNION ALL
SELECT g.user_id AS agent_id, CAST(NULL AS VARCHAR(64)) AS queue_id, g.contact_id
FROM {{rows}} CROSS JOIN call_guests g CROSS JOIN contacts c WHERE g.user_id = {{text 0}}
    AND g.ended_at IS NULL AND c.id = g.contact_id AND c.state IN ('active', 'hold')
""")  # noqa: S608 - our own words


def asked_of(
    tx: Tx, askers: Sequence[tuple[str, frozenset[str] | None]]
) -> dict[str, frozenset[str]]:
    """Return, by user, the contacts of the open questions put to them or to a queue of theirs, and
    those on whose call they are a guest.

    `askers`: users with the queues they see (None: all, who sees every contact anyway).
    """
    asked = {user_id for user_id, _ in askers}.union(*(seen or () for _, seen in askers))
    rows = _ASKED(tx, [[id_] for id_ in sorted(asked)])
    return {
        user_id: frozenset(
            row.contact_id
            for row in rows
            if row.agent_id == user_id or (seen and row.queue_id in seen)
        )
        for user_id, seen in askers
    }


def end_left(tx: Tx, moved: Iterable[tuple[Row[Any], str, Mapping[str, Any]]]) -> None:
    """End the questions about those of these contacts that were taken from who held them.

    Each: its row as it was, the state after, and the columns changed. One statement, where any was.
    """
    end_unheld(
        tx,
        [
            row.id
            for row, after, changes in moved
            if row.state in ASKABLE
            and (after not in ASKABLE or changes.get("agent_id", row.agent_id) != row.agent_id)
        ],
    )


def end_unheld(tx: Tx, contact_ids: Collection[str]) -> None:
    """End the open questions about contacts that their asker holds no more, and tell who was asked.

    `contact_ids`: contacts that were just given on, or ended.
    """
    if not contact_ids:
        return
    holds = select(contacts.c.id).where(contacts.c.id == consults.c.contact_id, in_force())
    _end(tx, and_(consults.c.contact_id.in_(sorted(contact_ids)), ~holds.exists()))


def end_unheld_of(tx: Tx, user_id: str) -> None:
    """The same of whatever this user has asked."""
    holds = select(contacts.c.id).where(contacts.c.id == consults.c.contact_id, in_force())
    _end(tx, and_(consults.c.by_id == user_id, ~holds.exists()))


def _end(tx: Tx, which: ColumnElement[bool]) -> None:
    ended = tx.execute(
        update(consults)
        .where(consults.c.state == text("'open'"), which)
        .values(state=ConsultState.ENDED, ended_at=tx.now)
        .returning(consults.c.id)
    )
    for consult_id in sorted(ended.scalars()):
        tx.hint("consult.changed", consult_id)
