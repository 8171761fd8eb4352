"""Records for tests of merges, and who has which address today."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.customers.merging.service import (
    MergeCustomers,
    UnmergeCustomer,
    merge_customers,
    unmerge_customer,
)
from hub.customers.merging.tables import customer_merges
from hub.customers.tables import customers, identities
from hub.storage import Store, Tx
from tests.integration.customers.builders import asks, identify, mail


class Records:
    """Named records with one mail address each; what is theirs today is told by these names."""

    def __init__(self, store: Store, names: Sequence[str]) -> None:
        self.store = store
        self.names = list(names)
        self.ids: dict[str, str] = {}

    async def make(self) -> None:
        wanted = [asks(mail(f"{name}@example.test", name)) for name in self.names]
        found = await identify(self.store, *wanted)
        self.ids = {name: one.customer_id for name, one in zip(self.names, found, strict=True)}

    async def merge(self, one: str, into: str) -> None:
        command = MergeCustomers(SYSTEM, self.ids[one], self.ids[into], "same")
        await self.store.write(merge_customers, command)

    async def unmerge(self, one: str) -> None:
        await self.store.write(unmerge_customer, UnmergeCustomer(SYSTEM, self.ids[one]))

    async def state(self) -> dict[str, str]:
        """Return, by address, the name of the record whose it is today."""
        return await self.store.read(self._state, None)

    async def roots(self) -> dict[str, str]:
        """Return, by record, what its row says that it is today."""
        names = {customer_id: name for name, customer_id in self.ids.items()}
        rows = await self.store.read(
            lambda tx, _: tx.execute(select(customers.c.id, customers.c.merged_into_id)).all(), None
        )
        return {names[row.id]: names[row.merged_into_id or row.id] for row in rows}

    async def homes_kept(self) -> int:
        """How many identities are away from home."""
        return await self.store.read(
            lambda tx, _: len(
                tx.execute(select(identities.c.id).where(identities.c.home_id.is_not(None))).all()
            ),
            None,
        )

    def _state(self, tx: Tx, _: None) -> dict[str, str]:
        names = {customer_id: name for name, customer_id in self.ids.items()}
        rows = tx.execute(select(identities.c.value_norm, identities.c.customer_id)).all()
        return {row.value_norm.partition("@")[0]: names[row.customer_id] for row in rows}


async def some_records(store: Store, names: str) -> Records:
    made = Records(store, names.split())
    await made.make()
    return made


def live(tx: Tx, _: None) -> list[tuple[str, str]]:
    rows = tx.execute(select(customer_merges).where(customer_merges.c.undone_at.is_(None)))
    return sorted((row.from_id, row.into_id) for row in rows)
