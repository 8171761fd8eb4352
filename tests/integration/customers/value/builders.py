"""Customers with orders and efforts for tests of values, said briefly."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import insert, select, update

from hub.care.value_run import RunTiers, run_tiers
from hub.core.ids import new_id
from hub.customers.business.tables import identity_effort, orders
from hub.customers.settings import CustomerSettings, save_customer_settings
from hub.customers.tables import customers, identities, tier_changes
from hub.customers.value.moving import OpenComplaints, no_complaints
from hub.customers.value.report import TierReport
from hub.customers.value.tables import customer_values
from hub.storage import Store, Tx

AT = datetime(2026, 6, 30, 16, tzinfo=UTC)  # the end of the day in Shanghai
DAY = timedelta(days=1)


async def quiet(_done: int, _total: int) -> None:
    return


def a_customer(
    tx: Tx, customer_id: str, *, tier: str = "standard", source: str = "default", **more: Any
) -> str:
    """Add a customer; return the id of their address."""
    base = {
        "id": customer_id,
        "kind": "person",
        "name": customer_id.title(),
        "tier": tier,
        "tier_source": source,
        "tier_set_at": tx.now,
        "source": "test",
        "created_at": tx.now,
        "updated_at": tx.now,
    }
    tx.execute(insert(customers).values(**(base | more)))
    address_id = f"i-{customer_id}"
    tx.execute(
        insert(identities).values(
            id=address_id,
            customer_id=customer_id,
            kind="external",
            value_norm=customer_id,
            value_raw=customer_id,
            status="active",
            source="test",
            valid_from=tx.now,
        )
    )
    return address_id


def an_order(
    tx: Tx,
    customer_id: str,
    amount: int,
    days_ago: float = 10,
    *,
    cost: int | None = None,
    currency: str = "CNY",
    state: str = "paid",
) -> None:
    """Add an order of so many minor units, so many days before AT."""
    at = AT - timedelta(days=days_ago)
    tx.execute(
        insert(orders).values(
            id=(key := new_id()),
            source="shop",
            external_id=key,
            customer_id=customer_id,
            customer_external_id=customer_id,
            ordered_at=at,
            amount_minor=amount,
            cost_minor=cost,
            currency=currency,
            state=state,
            state_at=at,
            received_at=at,
        )
    )


def an_effort(
    tx: Tx,
    identity_id: str,
    minutes: float,
    *,
    contacts: int = 1,
    caused_minutes: float = 0,
    day: str = "2026-06-01",
    channel: str = "phone",
) -> None:
    """Add what an address took of our time on a day."""
    tx.execute(
        insert(identity_effort).values(
            identity_id=identity_id,
            day=day,
            channel=channel,
            contacts=contacts,
            handled_us=round(minutes * 60_000_000),
            caused_contacts=1 if caused_minutes else 0,
            caused_us=round(caused_minutes * 60_000_000),
        )
    )


def shop(tx: Tx, amounts: Sequence[int]) -> None:
    """Customers c01, c02, … with us for years, each with an order now of so much."""
    for number, amount in enumerate(amounts, start=1):
        customer_id = f"c{number:02}"
        a_customer(tx, customer_id)
        an_order(tx, customer_id, 100, 900)
        an_order(tx, customer_id, amount, 30)


async def run(
    store: Store, *, complaints: OpenComplaints = no_complaints, at: datetime = AT
) -> TierReport:
    return await run_tiers(store, RunTiers(at=at, complaints=complaints), quiet)


async def tiers(store: Store) -> dict[str, str]:
    """Return every customer's tier."""

    def read(tx: Tx, _: None) -> dict[str, str]:
        return {row.id: row.tier for row in tx.execute(select(customers.c.id, customers.c.tier))}

    return await store.read(read, None)


async def values(store: Store) -> dict[str, Any]:
    def read(tx: Tx, _: None) -> dict[str, Any]:
        return {row.customer_id: row for row in tx.execute(select(customer_values))}

    return await store.read(read, None)


async def changes(store: Store) -> list[Any]:
    def read(tx: Tx, _: None) -> list[Any]:
        return list(tx.execute(select(tier_changes).order_by(tier_changes.c.id)))

    return await store.read(read, None)


async def everything(store: Store) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of every table that a run may write."""

    def read(tx: Tx, _: None) -> dict[str, list[tuple[Any, ...]]]:
        from hub.schema import all_tables

        names = (
            "customers",
            "customer_values",
            "customer_tier_changes",
            "tier_runs",
            "dirty_customers",
            "audit_log",
            "outbox",
        )
        tables = all_tables().tables
        return {
            name: sorted(tuple(map(str, row)) for row in tx.execute(select(tables[name])))
            for name in names
        }

    return await store.read(read, None)


def set_rules(tx: Tx, **sections: Any) -> None:
    """Put sections of the set-up about customers in force."""
    save_customer_settings(tx, msgspec.structs.replace(CustomerSettings(), **sections))


def set_customer(tx: Tx, customer_id: str, **columns: Any) -> None:
    tx.execute(update(customers).where(customers.c.id == customer_id).values(**columns))


def complaints_of(*customer_ids: str) -> OpenComplaints:
    def complaints(_tx: Tx, asked: Sequence[str]) -> Collection[str]:
        return set(customer_ids) & set(asked)

    return complaints
