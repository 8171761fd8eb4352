"""A shop with customers by mail, a group of them all, and a campaign to start."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, insert, select

from hub.accounts.model import SYSTEM, Actor
from hub.campaigns.due import fire_due_campaigns
from hub.campaigns.model import Arm, Text
from hub.campaigns.reads import get_campaign
from hub.campaigns.results import fire_due_results
from hub.campaigns.service import ChangeState, PutCampaign, StartCampaign, put_campaign
from hub.campaigns.service import start_campaign as start
from hub.campaigns.tables import campaign_people, campaigns
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.model import Channel
from hub.core.ids import new_id
from hub.customers.access import Scope
from hub.customers.groups.tables import customer_groups, group_members
from hub.customers.tables import identities
from hub.intake import receive
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.clock import ManualClock
from tests.integration.outreach.build import MAIL, House, add_customer, open_house

OFFER = Text("Spring for {name}", "Dear {name},\n\nour offer of the spring.\n\n{sender}")
ANGEBOT = Text("{name}，春季优惠", "{name}，您好：春季优惠来了。")
WRITTEN = Arm("offer", 100, False, {"en": OFFER, "zh-CN": ANGEBOT})
HALVES = (Arm("offer", 50, False, {"en": OFFER}), Arm("none", 50, True, {}))
EVERYTHING = Scope("boss", True, frozenset(), identities.c.id.is_(None))


@dataclass
class Shop:
    """`house`: with Chen and the agent Ann. `people`: more customers, by their mail address."""

    house: House
    people: dict[str, str] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.house.store

    @property
    def clock(self) -> ManualClock:
        return self.house.centre.clock

    async def hires(self, count: int) -> None:
        """So many more customers with a mail address of their own."""
        for number in range(count):
            value = f"c{number}@example.test"
            asked = (f"C{number}", [(IdentityKind.EMAIL, value)])
            self.people[value] = await self.store.write(add_customer, asked)

    async def drafts(self, key: str = "spring", **given: Any) -> str:
        """A draft for everybody of `people`, if nobody else is named; return its id."""
        values: dict[str, Any] = {
            "actor": Actor("boss", "Boss", "session"),
            "scope": EVERYTHING,
            "key": key,
            "zh": "春季",
            "en": "Spring",
            "purpose": "marketing",
            "channel": "email",
            "entry_point_id": "mail",
            "group_key": None,
            "customer_ids": tuple(self.people.values()),
            "material": "spring-2026",
            "survey_key": None,
            "starts_at": None,
            "ends_at": self.clock.now() + timedelta(days=7),
            "result_days": 14,
            "pace_per_hour": 36_000,
            "arms": (WRITTEN,),
            **given,
        }
        if values["group_key"]:
            values["customer_ids"] = ()
        return await self.store.write(put_campaign, PutCampaign(**values))

    async def starts(self, key: str = "spring", confirmed: int | None = None) -> None:
        def do(tx: Tx, _: None) -> None:
            row = get_campaign(tx, key, for_change=True)
            start(tx, StartCampaign(SYSTEM, row, row.version, confirmed))

        await self.store.write(do, None)

    async def acts(self, act: Any, key: str = "spring") -> None:
        def do(tx: Tx, _: None) -> None:
            act(tx, ChangeState(SYSTEM, get_campaign(tx, key, for_change=True)))

        await self.store.write(do, None)

    async def runs(self, key: str = "spring", **given: Any) -> None:
        """Draft and start it; everybody is listed with their arm."""
        await self.drafts(key, **given)
        await self.starts(key)
        await self.turn()

    async def turn(self, times: int = 1, seconds: float = 0) -> int:
        """Let the timer fire so often, `seconds` before each; return how many people it moved."""
        moved = 0
        for _ in range(times):
            self.clock.advance(seconds)
            moved += await self.store.write(lambda tx, _: fire_due_campaigns(tx, tx.now, 200), None)
        return moved

    async def collects(self) -> None:
        self.clock.advance(120)
        await self.store.write(lambda tx, _: fire_due_results(tx, tx.now, 200), None)

    async def campaign(self, key: str = "spring") -> Row[Any]:
        return await self.store.read(get_campaign, key)

    async def states(self) -> dict[str, tuple[str, str | None]]:
        """Return, by customer, state and reason."""
        rows = await self.store.read(_people, None)
        return {row.customer_id: (row.state, row.reason) for row in rows}

    async def of(self, value: str, key: str = "spring") -> Row[Any]:
        campaign = await self.campaign(key)
        rows = await self.store.read(_people, None)
        customer_id = self.house.chen if value == MAIL else self.people[value]
        return next(
            row for row in rows if row.customer_id == customer_id and row.campaign_id == campaign.id
        )

    async def mails(self) -> list[Row[Any]]:
        """Return what of campaigns is in the outbox."""
        rows = await self.house.rows(outbox)
        return [row for row in rows if (row.dedupe_key or "").startswith("campaign:")]

    async def groups(self, key: str = "all") -> None:
        """A group of all of `people`."""
        await self.store.write(_make_group, (key, tuple(self.people.values())))

    async def replies(self, value: str) -> None:
        """They answer the mail of the campaign."""
        row = await self.of(value)

        answer = Inbound(
            entry_point_id="mail",
            channel=Channel.EMAIL,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.EMAIL, value),),
            received_at=self.clock.now(),
            text="Tell me more",
            conversation_id=row.conversation_id,  # as the signed Message-ID of our mail says
        )
        await self.store.write(receive, answer)


def _people(tx: Tx, _: None) -> list[Row[Any]]:
    return list(tx.execute(select(campaign_people).order_by(campaign_people.c.customer_id)))


def _make_group(tx: Tx, asked: tuple[str, tuple[str, ...]]) -> None:
    key, ids = asked
    group_id = new_id()
    tx.execute(
        insert(customer_groups).values(
            id=group_id, key=key, zh=key, en=key, rule={"all": []}, owner_id="boss",
            version=1, made_at=tx.now,
        )
    )  # fmt: skip
    tx.execute(
        insert(group_members),
        [
            {"id": new_id(), "group_id": group_id, "customer_id": id_, "entered_at": tx.now}
            for id_ in ids
        ],
    )


async def open_shop(store: Store, clock: ManualClock) -> Shop:
    return Shop(await open_house(store, clock))


async def count_of(shop: Shop, table: Any) -> int:
    return len(await shop.store.read(lambda tx, _: tx.execute(select(table)).all(), None))


__all__ = ["EVERYTHING", "HALVES", "MAIL", "OFFER", "WRITTEN", "Shop", "campaigns", "open_shop"]
