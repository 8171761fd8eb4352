"""What every change of a customer does and checks."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import insert, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.errors import Invalid
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import Statement, tx_time

from .index import index_customers
from .tables import customer_sources, customers

MAX_NAME = 200
MAX_TEXT = 4_000
MAX_SOURCE = 64
MAX_DETAIL = 200
MAX_WHY = 32
MOST_TOLD = 100  # hints of one transaction; a console's queue holds a thousand


def check_name(text: str | None) -> str | None:
    """Return a name without odd blanks, None for none. Raises Invalid when it is too long."""
    clean = " ".join((text or "").split())
    if len(clean) > MAX_NAME:
        raise Invalid(
            f"A name has at most {MAX_NAME} characters.",
            code="customer.name",
            most=MAX_NAME,
            field="name",
        )
    return clean or None


def check_text(text: str, field: str, limit: int) -> str:
    """Return `text` trimmed. Raises Invalid when it is empty or longer than `limit`."""
    clean = text.strip()
    if not 1 <= len(clean) <= limit:
        raise Invalid(f"`{field}` needs 1 to {limit} characters.", field=field)
    return clean


def update_customer(tx: Tx, customer_id: str, changes: dict[str, Any]) -> None:
    """Change columns of one customer and raise its version."""
    tx.execute(
        update(customers)
        .where(customers.c.id == customer_id)
        .values(updated_at=tx.now, version=customers.c.version + 1, **changes)
    )


def note_change(
    tx: Tx, actor: Actor, action: str, ids: Sequence[str], *, searched: bool = True
) -> None:
    """Write the audit line, bring the search index up to date, tell who looks at them, and have
    rules look at them again.
    """
    if searched:
        index_customers(tx, ids)
    mark_dirty(tx, ids, action.partition(".")[2][:MAX_WHY])
    for customer_id in ids:
        audit(tx, actor, action, "customer", customer_id)
        tx.hint("customer.changed", customer_id)


_MARK = Statement("""
INSERT INTO dirty_customers (customer_id, since, why)
SELECT {text 0}, {time 1}, {text 2} FROM {rows} WHERE true
ON CONFLICT (customer_id) DO UPDATE SET why = dirty_customers.why
""")  # an update and not nothing: a mark that stands is held until this change can be seen


def mark_dirty(tx: Tx, customer_ids: Collection[str], why: str) -> None:
    """Have these customers looked at again: groups, stages, hints. One statement for all.

    `why`: what changed, in a word; of a customer who is marked already the first one is kept.
    """
    if customer_ids:
        _MARK(
            tx,
            [[customer_id, tx_time(tx, tx.now), why] for customer_id in sorted(set(customer_ids))],
        )


def tell_changed(tx: Tx, customer_ids: Collection[str], why: str) -> None:
    """Have customers looked at again, and tell who has them open, unless there are very many.

    A file of many customers would drown every other hint: who has one of them open reads it anew
    with the next change or look.
    """
    mark_dirty(tx, customer_ids, why)
    if len(customer_ids) <= MOST_TOLD:
        for customer_id in sorted(set(customer_ids)):
            tx.hint("customer.changed", customer_id)


def add_source(tx: Tx, customer_id: str, source: str, detail: str | None = None) -> None:
    """Keep where else a customer came from; the first source is on their own row and stays."""
    tx.execute(
        insert(customer_sources).values(
            id=new_id(),
            customer_id=customer_id,
            source=check_text(source, "source", MAX_SOURCE),
            detail=(detail or "").strip()[:MAX_DETAIL] or None,
            at=tx.now,
        )
    )
    mark_dirty(tx, [customer_id], "source")
