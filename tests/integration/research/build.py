"""A house with a supervisor, whom customers tell how it was."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select, update

from hub.accounts.tables import team_members, users
from hub.contacts.commitments.tables import commitments
from hub.contacts.inbound import SurveyAnswer
from hub.core.ids import new_id
from hub.customers.settings import (
    Competitor,
    CustomerSettings,
    Outreach,
    Surveys,
    save_customer_settings,
)
from hub.intake.report import report
from hub.storage import Store, Tx
from tests.integration.customers.house import House, open_house

AWAKE = Outreach(quiet_from="00:00", quiet_until="00:00", per_week=0, per_month=0)
RIVALS = [Competitor(key="acme", names=["Acme", "艾克米"])]


@dataclass
class Shop:
    """`boss` steers the team that serves the queue."""

    house: House
    boss: str

    @property
    def store(self) -> Store:
        return self.house.store

    async def rules(self, **sections: Any) -> None:
        """Other rules of the set-up."""
        given: dict[str, Any] = {"outreach": AWAKE, "competitors": RIVALS} | sections
        await self.store.write(
            lambda tx, _: save_customer_settings(tx, CustomerSettings(**given)), None
        )

    async def says(self, contact_id: str, score: int, comment: str = "") -> None:
        at = await self.house.now()
        await self.store.write(report, SurveyAnswer(contact_id, score, comment, at))

    async def rows(self, table: Any, *order: Any) -> list[Any]:
        def read(tx: Tx, _: None) -> list[Any]:
            return list(tx.execute(select(table).order_by(*order)).all())

        return await self.store.read(read, None)

    async def recoveries(self) -> list[Any]:
        rows = await self.rows(commitments, commitments.c.made_at, commitments.c.id)
        return [row for row in rows if row.kind == "recovery"]

    async def hire_boss(self, name: str, team: str | None = "team") -> str:
        return await self.store.write(_boss, (name, team))


def _boss(tx: Tx, asked: tuple[str, str | None]) -> str:
    name, team = asked
    user_id = new_id()
    tx.execute(
        insert(users).values(
            id=user_id,
            email=f"{name.lower()}@hub.test",
            name=name,
            role="supervisor",
            password_hash="",
            language="en",
            theme="light",
            settings={},
            created_at=tx.now,
            password_changed_at=tx.now,
        )
    )
    if team is not None:
        tx.execute(insert(team_members).values(team_id=team, user_id=user_id))
    return user_id


async def open_shop(store: Store) -> Shop:
    house = await open_house(store)
    assert house.supervisor.id is not None

    def promote(tx: Tx, user_id: str) -> None:
        tx.execute(update(users).where(users.c.id == user_id).values(role="supervisor"))

    await store.write(promote, house.supervisor.id)
    shop = Shop(house, house.supervisor.id)
    await shop.rules()
    return shop


__all__ = ["AWAKE", "RIVALS", "Shop", "Surveys", "open_shop"]
