"""Who is in a user's hands now, whatever their branch: a contact to serve, or a promise to keep."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from hub.customers.access import SeesMore
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.web.principal import Principal

from .access import Sight, VisibleQueues
from .commitments.tables import commitments, is_unfinished
from .model import OPEN, ContactState
from .tables import contacts

# Nobody has let in what is quarantined yet: who wrote it is in nobody's hands.
_IN_HAND = sorted(OPEN - {ContactState.QUARANTINED})


def in_hand(visible: VisibleQueues) -> SeesMore:
    """Return the condition on `customers` that keeps who is in a user's hands.

    That is whoever has an open contact which this user may see (of a queue they serve, or theirs),
    and whoever was promised something that this user or a team of theirs has not done yet.
    """

    def sees(tx: Tx, principal: Principal) -> ColumnElement[bool]:
        sight = Sight.of(tx, principal, visible)
        theirs = identities.c.customer_id == customers.c.id
        open_contact = (
            select(contacts.c.id)
            .join(identities, identities.c.id == contacts.c.identity_id)
            .where(theirs, contacts.c.state.in_(_IN_HAND), sight.contacts())
            .exists()
        )
        promised = (
            select(commitments.c.id)
            .join(identities, identities.c.id == commitments.c.identity_id)
            .where(
                theirs,
                commitments.c.owner_id.in_(sorted({principal.user_id, *principal.team_ids})),
                is_unfinished,
            )
            .exists()
        )
        return or_(open_contact, promised)

    return sees
