"""What would go now: told before it is switched on, and how much is left after."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, exists, func, select

from hub.accounts.audit import count_access
from hub.contacts.keeping.model import CHANNEL, Kept, cutoff
from hub.contacts.keeping.tables import emptied_contacts, keeping_waits
from hub.contacts.tables import contacts
from hub.customers.model import IdentityKind, IdentityStatus
from hub.customers.settings import load_customer_settings
from hub.customers.tables import identities
from hub.storage import Tx

from .emptied import is_empty
from .keeping import Rule, ended_in, rules_of


class KeepingFigures(NamedTuple):
    """`contacts`: by rule, how many have been kept long enough and are not empty; some of them stay
    because of what is open, promised or held (`waits`: by why, those that were judged).
    `originals_before` None: originals are kept without end.
    """

    deletes: bool
    contacts: dict[Kept, int]
    waits: dict[str, int]
    access_lines: int
    emptied: int
    originals_before: datetime | None


def read_figures(tx: Tx) -> KeepingFigures:
    """Return what the set-up in force comes to now. It counts: seconds where there are millions."""
    settings = load_customer_settings(tx)
    keep = settings.privacy.keep
    found = dict.fromkeys(Kept, 0)
    for rule in rules_of(tx, settings):
        found[rule.kept] += _count(tx, rule)
    waits = select(keeping_waits.c.why, func.count().label("n")).group_by(keeping_waits.c.why)
    emptied = select(func.count()).select_from(emptied_contacts)
    days = keep.originals_days
    return KeepingFigures(
        keep.deletes,
        found,
        {row.why: row.n for row in tx.execute(waits)},
        count_access(tx, cutoff(tx.now, keep.access_log_days, settings.zone)),
        int(tx.execute(emptied).scalar_one()),
        cutoff(tx.now, days, settings.zone) if days else None,
    )


def _count(tx: Tx, rule: Rule) -> int:
    wanted = select(func.count()).select_from(contacts).where(*ended_in(rule), ~is_empty())
    if CHANNEL[rule.kept] is CHANNEL[Kept.CHATS]:
        wanted = wanted.where(goes_by(rule.kept, contacts.c.identity_id))
    return int(tx.execute(wanted).scalar_one())


def goes_by(kept: Kept, identity_id: ColumnElement[str]) -> ColumnElement[bool]:
    """Ask which of the two rules of chats counts one: an anonymous one is due by its own
    before it is by the other, or by neither (`is_due`).
    """
    own, other = identities.alias(), identities.alias()
    known = (
        exists()
        .where(own.c.id == identity_id, other.c.customer_id == own.c.customer_id)
        .where(
            other.c.kind.not_in([IdentityKind.VISITOR, IdentityKind.RECORD]),
            other.c.status != IdentityStatus.REMOVED,
        )
    )
    return ~known if kept is Kept.ANONYMOUS_CHATS else known
