"""In wrong, out right: the promise used up decides, over all channels."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from hub.accounts.model import SYSTEM
from hub.contacts.tables import contacts
from hub.customers.addresses import NewAddress
from hub.customers.model import IdentityKind
from hub.customers.service import CreateCustomer, SetTier, create_customer, set_tier
from hub.storage import Tx

from .stage import a_stage, one_offer, settled


async def test_three_customers_in_the_wrong_order_leave_in_the_right_one(tmp_path: Path) -> None:
    async with a_stage(tmp_path) as stage, stage.console("Li", ready=False) as agent:
        for tier in ("gold", "low"):
            await stage.hub.store.write(_customer, tier)
        await stage.mail("I would like a quote.", "standard@example.test", "standard")
        async with stage.chat() as page:
            await page.hello()
            await page.write("A question from nobody we know.")
            await stage.mail("Where is my order?", "low@example.test", "low")
            await stage.mail("It is urgent.", "gold@example.test", "gold")

            async def all_here() -> bool:
                return len(await stage.contacts()) == 4

            await settled(all_here)
            await stage.hub.store.write(_ten_minutes_later, None)
            await agent.set_state("ready")
            taken = []
            for _ in range(3):
                contact_id = await agent.accept(await one_offer(agent))
                await agent.until(lambda: contact_id in agent.contacts)  # noqa: B023 - awaited here
                row = agent.contacts[contact_id]
                taken.append((row.channel, row.subject or row.channel))
                await agent.close(contact_id, "repair", "solved")
    assert taken == [("webchat", "webchat"), ("email", "gold"), ("email", "standard")]


def _customer(tx: Tx, tier: str) -> None:
    customer_id = create_customer(
        tx,
        CreateCustomer(
            SYSTEM,
            "CN",
            name=tier,
            addresses=(NewAddress(IdentityKind.EMAIL, f"{tier}@example.test"),),
        ),
    )
    set_tier(tx, SetTier(SYSTEM, customer_id, tier, "for this test"))


def _ten_minutes_later(tx: Tx, _: None) -> None:
    """All have waited ten minutes more, so that the order of arrival no longer matters."""
    later = contacts.c.virtual_start_us - 600_000_000
    tx.execute(update(contacts).values(virtual_start_us=later))
    tx.hint("setup.changed", "")
