"""A team of sellers, rules that give to them, and a timekeeper that goes by when it is told to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert, select, update

from hub.accounts.tables import teams
from hub.core.ids import new_id
from hub.customers.allocation.tables import lead_allocations
from hub.customers.changes import mark_dirty
from hub.customers.model import IdentityKind
from hub.customers.settings import (
    Allocation,
    AllocationRule,
    CustomerSettings,
    PlanTemplate,
    save_customer_settings,
)
from hub.customers.tables import customers, identities
from hub.routing.tables import agents
from hub.storage import Store, Tx
from hub.testing.center import add_agent
from hub.testing.clock import ManualClock
from hub.wiring.customers import fire_due_customers, fire_due_leads
from tests.integration.customers.house import House, open_house

HOUR_S = 3600.0
SELLERS = AllocationRule(
    key="sellers", zh="销售", en="Sellers", team="sales", by="round_robin", touch_within_minutes=240
)


@dataclass
class Shop:
    """Sellers by name, in the order in which it is their turn."""

    store: Store
    house: House
    clock: ManualClock
    sellers: dict[str, str]

    def name_of(self, user_id: str | None) -> str | None:
        names = {id_: name for name, id_ in self.sellers.items()}
        return names.get(user_id or "", user_id)

    async def rules(
        self, *rules: AllocationRule, plans: tuple[PlanTemplate, ...] = (), **more: Any
    ) -> None:
        settings = CustomerSettings(
            allocation=Allocation(rules=list(rules), **more), plans=list(plans)
        )
        await self.store.write(save_customer_settings, settings)

    async def lead(self, name: str, **columns: Any) -> str:
        """A customer known by a mail address, whom nobody has looked at yet."""
        return await self.store.write(make_lead, (name, columns))

    async def look(self) -> None:
        await self.store.write(lambda tx, _: fire_due_customers(tx, tx.now, 200), None)

    async def due(self) -> int:
        found: int = await self.store.write(lambda tx, _: fire_due_leads(tx, tx.now, 200), None)
        return found

    async def rows(self, customer_id: str | None = None) -> list[Any]:
        def read(tx: Tx, _: None) -> list[Any]:
            found = select(lead_allocations).order_by(lead_allocations.c.id)
            if customer_id is not None:
                found = found.where(lead_allocations.c.customer_id == customer_id)
            return list(tx.execute(found).all())

        return await self.store.read(read, None)

    async def who_has(self, customer_id: str) -> str | None:
        """The owner, which is who has the open allocation, if there is one."""

        def read(tx: Tx, _: None) -> tuple[str | None, list[str | None]]:
            owner = tx.execute(
                select(customers.c.owner_id).where(customers.c.id == customer_id)
            ).scalar_one()
            open_ = tx.execute(
                select(lead_allocations.c.to_id).where(
                    lead_allocations.c.customer_id == customer_id,
                    lead_allocations.c.ended_as.is_(None),
                )
            ).scalars()
            return owner, list(open_)

        owner, open_ = await self.store.read(read, None)
        assert open_ in ([], [owner])
        return self.name_of(owner)

    async def away(self, name: str, hours: float) -> None:
        """They were last at the desk so long ago."""

        def leave(tx: Tx, _: None) -> None:
            tx.execute(
                update(agents)
                .where(agents.c.id == self.sellers[name])
                .values(present_until=tx.now - timedelta(hours=hours))
            )

        await self.store.write(leave, None)


def make_lead(tx: Tx, asked: tuple[str, dict[str, Any]]) -> str:
    """(name, columns): a customer known by a mail address, who is to be looked at."""
    name, columns = asked
    customer_id = new_id()
    tx.execute(
        insert(customers).values(
            **{
                "id": customer_id, "kind": "person", "name": name, "tier": "standard",
                "tier_source": "default", "tier_set_at": tx.now, "source": "web",
                "created_at": tx.now, "updated_at": tx.now,
            } | columns
        )
    )  # fmt: skip
    tx.execute(
        insert(identities).values(
            id=new_id(), customer_id=customer_id, kind=IdentityKind.EMAIL,
            value_norm=f"{name.lower()}@x.test", value_raw=f"{name}@x.test", status="active",
            source="web", valid_from=tx.now,
        )
    )  # fmt: skip
    mark_dirty(tx, [customer_id], "new")
    return customer_id


async def open_shop(store: Store, clock: ManualClock, names: str = "Ann Ben Cai") -> Shop:
    house = await open_house(store)

    def hire(tx: Tx, _: None) -> dict[str, str]:
        tx.execute(insert(teams).values(id="sales", zh="销售", en="Sales", retired=False))
        ids = sorted(add_agent(tx, name, "sales") for name in names.split())
        return dict(zip(names.split(), ids, strict=True))

    return Shop(store, house, clock, await store.write(hire, None))


def counting(
    tx: Tx, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object], leave_out: str
) -> int:
    """Return how many statements `act` sends in `tx`, but for those of one table that are sent in
    sizes. Timers of the hub go on meanwhile.
    """
    statements: list[str] = []
    fetch, send = Tx.fetch, Tx.send

    def fetched(by: Tx, sql: str, parameters: Any) -> Any:
        if by is tx:
            statements.append(sql)
        return fetch(by, sql, parameters)

    def sent(by: Tx, sql: str, parameters: Any) -> Any:
        if by is tx:
            statements.append(sql)
        return send(by, sql, parameters)

    def note(connection: Any, _cu: Any, statement: str, *_: Any) -> None:
        if connection is tx._connection:
            statements.append(statement)

    engine = tx._connection.engine
    event.listen(engine, "before_cursor_execute", note)
    with monkeypatch.context() as patched:
        patched.setattr(Tx, "fetch", fetched)
        patched.setattr(Tx, "send", sent)
        act()
    event.remove(engine, "before_cursor_execute", note)
    return len([one for one in statements if leave_out not in one])
