"""Who may open as it came what holds a card number that is hidden elsewhere: a right of the set-up
(`[privacy] originals`). Each opening is a line of the audit log.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import Row

from hub.accounts.audit import audit, find_last
from hub.accounts.model import actor_of
from hub.contacts.access import access_file
from hub.contacts.card_numbers import HIDDEN
from hub.contacts.model import InteractionKind
from hub.core.errors import Forbidden
from hub.customers.settings import load_customer_settings
from hub.storage import Store, Tx
from hub.web import Principal, Role

from .readers import sight_of

OPEN = "original.open"
DOWNLOAD = "original.download"
_LOOKING = timedelta(minutes=30)  # the pages of a fax come one by one: that is one opening


def may_open_originals(tx: Tx, principal: Principal) -> bool:
    """Say whether the set-up lets users of this role open originals."""
    least = Role(load_customer_settings(tx).privacy.originals)
    return principal.role.at_least(least)


def check_may_open(tx: Tx, principal: Principal) -> None:
    """Raises Forbidden."""
    if not may_open_originals(tx, principal):
        raise Forbidden(
            "Originals may hold card numbers and are not for your role: ask a supervisor.",
            code="original.not_yours",
        )


def is_guarded(meta: Any) -> bool:
    """Say whether a card number stands in the original of an entry (its meta) that is hidden in its
    words.
    """
    return bool((meta or {}).get(HIDDEN))


def is_guarded_fax(kind: str | None, meta: Any) -> bool:
    """Say whether the pages of an entry show a card number that its words do not."""
    return kind == InteractionKind.FAX and is_guarded(meta)


async def open_file(store: Store, principal: Principal, attachment_id: str) -> Row[Any]:
    """Return a file that this user may see; of pages on which a card number stands it is noted.

    Raises NotFound, Forbidden.
    """
    row, is_noted = await store.read(_look, (principal, attachment_id))
    if not is_noted:
        await store.write(_note, (principal, attachment_id))
    return row


def _look(tx: Tx, asked: tuple[Principal, str]) -> tuple[Row[Any], bool]:
    """Return the file, and whether nothing is to be noted about it (any more)."""
    principal, attachment_id = asked
    row = access_file(tx, sight_of(tx, principal), attachment_id)
    if not is_guarded_fax(row.entry_kind, row.entry_meta):
        return row, True
    check_may_open(tx, principal)
    last = find_last(tx, OPEN, "interaction", row.interaction_id, principal.user_id)
    return row, last is not None and last.at + _LOOKING > tx.now


def _note(tx: Tx, asked: tuple[Principal, str]) -> None:
    """Of requests that come together only the first is noted."""
    row, is_noted = _look(tx, asked)
    if not is_noted:
        audit(tx, actor_of(asked[0]), OPEN, "interaction", row.interaction_id)
