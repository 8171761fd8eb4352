"""Whom a campaign or a phone list names: a group, or customers one by one."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from hub.core.errors import NotFound
from hub.customers.access import Scope
from hub.customers.groups.tables import customer_groups
from hub.customers.tables import customers
from hub.storage import Tx

from .model import Wrong


def find_group(tx: Tx, key: str | None, wrong: list[Wrong]) -> str | None:
    """Return the id of the group that is named, if one is; what is not there goes to `wrong`."""
    if not key:
        return None
    found = select(customer_groups.c.id).where(
        customer_groups.c.key == key, customer_groups.c.retired_at.is_(None)
    )
    group_id: str | None = tx.execute(found).scalar_one_or_none()
    if group_id is None:
        wrong.append(Wrong("group_key", f"There is no group {key}."))
    return group_id


def is_counted(tx: Tx, group_id: str | None) -> bool:
    """Say whether it is known who is in a group: it is in use, and not being counted. True for
    None.
    """
    unknown = select(customer_groups.c.id).where(
        customer_groups.c.id == group_id,
        customer_groups.c.counted_to.is_not(None) | customer_groups.c.retired_at.is_not(None),
    )
    return group_id is None or tx.execute(unknown).first() is None


def check_customers(tx: Tx, scope: Scope, ids: Collection[str]) -> None:
    """Raise NotFound unless all of these are customers whom `scope` may see."""
    seen = select(customers.c.id).where(customers.c.id.in_(sorted(ids)), scope.customers())
    if set(tx.execute(seen).scalars()) != set(ids):
        raise NotFound("There is no such customer.")
