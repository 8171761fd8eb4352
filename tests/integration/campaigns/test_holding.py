"""A campaign that cannot send, or whose mails do not arrive, uses nobody up; a large one keeps no
other from going on.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import update

from hub.accounts.tables import audit_log
from hub.campaigns.holding import LAST
from hub.campaigns.service import resume_campaign, stop_campaign
from hub.contacts.inbound import DeliveryReport
from hub.contacts.model import DeliveryState
from hub.contacts.outreach.opting_out import claim_permitted
from hub.contacts.tables import entry_points
from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.customers.tables import customers
from hub.intake.report import report
from hub.storage import Tx
from hub.storage.bulk import insert_rows
from hub.storage.outbox import (
    Claim,
    Finish,
    NewEffect,
    OutboxState,
    add_effects,
    finish_effect,
)
from hub.storage.outbox import claim_effects as claim

from .build import Shop

CLAIM = Claim("worker", 50, 20.0)


async def retires(shop: Shop, retired: bool = True) -> None:
    changed = update(entry_points).where(entry_points.c.id == "mail").values(retired=retired)
    await shop.store.write(lambda tx, _: tx.execute(changed) and None, None)


async def reports(shop: Shop, delivery: DeliveryState) -> int:
    """Everything that is in the outbox became this; return how many."""
    claimed = await shop.store.write(claim, CLAIM)
    for one in claimed:
        done = Finish(one.id, "worker", OutboxState.FAILED)
        await shop.store.write(finish_effect, done)
        told = DeliveryReport(
            new_id(), "mail", shop.clock.now(), delivery, interaction_id=one.interaction_id
        )
        await shop.store.write(report, told)
    return len(claimed)


async def test_a_mailbox_that_is_gone_sends_nothing_and_uses_nobody_up(shop: Shop) -> None:
    await shop.hires(5)
    await shop.drafts(pace_per_hour=3600)
    await retires(shop)
    with pytest.raises(Conflict) as refused:
        await shop.starts()
    assert refused.value.reason == "campaign.sender_gone"
    await retires(shop, False)
    await shop.starts()
    await shop.turn(2)
    sent = len(await shop.mails())
    await retires(shop)
    await shop.turn(3, seconds=2)
    campaign = await shop.campaign()
    assert (campaign.state, campaign.paused_why, campaign.next_at) == (
        "paused",
        "sender_gone",
        None,
    )
    assert len(await shop.mails()) == sent
    states = [state for state, _ in (await shop.states()).values()]
    assert (states.count("sent"), states.count("due")) == (sent, 5 - sent)
    with pytest.raises(Conflict):
        await shop.acts(resume_campaign)
    await retires(shop, False)
    await shop.acts(resume_campaign)
    await shop.turn(8, seconds=2)
    campaign = await shop.campaign()
    assert (campaign.state, campaign.paused_why) == ("done", None)


async def test_where_nothing_arrives_it_is_paused_with_the_reason(shop: Shop) -> None:
    await shop.hires(2 * LAST + 4)
    await shop.runs(pace_per_hour=3600)
    for _ in range(LAST + 2):
        await shop.turn(1, seconds=2)
        await reports(shop, DeliveryState.FAILED)
    campaign = await shop.campaign()
    assert (campaign.state, campaign.paused_why) == ("paused", "undelivered")
    used = len(await shop.mails())
    assert LAST <= used <= LAST + 2
    rows = await shop.house.rows(audit_log)
    [why] = [row.detail["why"] for row in rows if row.action == "campaign.paused"]
    assert why == "undelivered"
    await shop.acts(resume_campaign)  # what failed before does not count again
    await shop.turn(4, seconds=2)
    campaign = await shop.campaign()
    assert (campaign.state, campaign.paused_why) == ("running", None)
    assert len(await shop.mails()) > used


async def test_one_that_arrived_or_a_no_is_no_failure(shop: Shop) -> None:
    await shop.hires(LAST + 4)
    await shop.runs(pace_per_hour=3600)
    await shop.turn(1, seconds=1)
    await shop.house.stops(value=await _first(shop))
    for number in range(LAST + 1):
        await shop.turn(1, seconds=1)
        await reports(shop, DeliveryState.SENT if number == LAST - 2 else DeliveryState.FAILED)
    assert (await shop.campaign()).state in {"running", "done"}


async def _first(shop: Shop) -> str:
    names = {id_: value for value, id_ in shop.people.items()}
    states = await shop.states()
    return next(names[id_] for id_, (state, _) in states.items() if state == "sent")


async def fails_for_now(shop: Shop) -> str:
    """The mail server does not take one mail; return the effect."""
    [one, *_] = await shop.store.write(claim, Claim("worker", 1, 20.0))
    later = shop.clock.now() + timedelta(minutes=2)
    again = Finish(one.id, "worker", OutboxState.RETRY, "no route", later)
    assert await shop.store.write(finish_effect, again)
    return one.id


async def test_while_a_mail_server_is_down_nothing_more_goes_out(shop: Shop) -> None:
    await shop.hires(6)
    await shop.runs(pace_per_hour=3600)
    await shop.turn(1, seconds=1)
    await fails_for_now(shop)
    before = len(await shop.mails())
    await shop.turn(1, seconds=2)
    campaign = await shop.campaign()
    assert campaign.next_at == shop.clock.now() + timedelta(minutes=1)
    await shop.turn(3, seconds=61)
    assert len(await shop.mails()) == before
    assert [state for state, _ in (await shop.states()).values()].count("due") == 6 - before
    for one in await shop.store.write(claim, CLAIM):  # it is back
        await shop.store.write(finish_effect, Finish(one.id, "worker", OutboxState.SENT))
    await shop.turn(3, seconds=61)
    assert len(await shop.mails()) > before


async def test_what_is_service_or_on_another_channel_holds_nothing_up(shop: Shop) -> None:
    await shop.hires(3)

    def add(tx: Tx, _: None) -> None:
        add_effects(
            tx,
            [
                NewEffect("email", "mail", "{}", dedupe_key="s"),
                NewEffect("webchat", "shop-chat", "{}", dedupe_key="c", purpose="survey"),
            ],
        )

    await shop.store.write(add, None)
    for one in await shop.store.write(claim, CLAIM):
        again = Finish(one.id, "worker", OutboxState.RETRY, "down", shop.clock.now())
        await shop.store.write(finish_effect, again)
    await shop.runs()
    await shop.turn(6, seconds=1)
    assert len(await shop.mails()) == 3


async def test_what_is_tried_again_at_night_waits_for_the_morning(shop: Shop) -> None:
    await shop.hires(1)
    await shop.runs()
    await shop.turn(1, seconds=1)
    effect_id = await fails_for_now(shop)
    shop.clock.set(datetime(2026, 3, 10, 13, 0, tzinfo=UTC))  # 21:00 in Shanghai
    assert await shop.store.write(claim_permitted, CLAIM) == []
    [mail] = await shop.mails()
    morning = datetime(2026, 3, 11, 1, 0, tzinfo=UTC)
    assert (mail.state, mail.attempts, mail.not_before) == ("pending", 1, morning)
    assert (mail.lease_holder, mail.lease_until) == (None, None)
    shop.clock.set(morning - timedelta(seconds=1))
    assert await shop.store.write(claim_permitted, CLAIM) == []
    shop.clock.set(morning)
    assert [one.id for one in await shop.store.write(claim_permitted, CLAIM)] == [effect_id]


async def test_a_large_campaign_that_is_closed_keeps_no_other_waiting(shop: Shop) -> None:
    ids = await shop.store.write(_crowd, 600)
    await shop.hires(1)
    await shop.drafts("large", customer_ids=tuple(ids))
    await shop.starts("large")
    await shop.turn(1)  # half of them have their arms
    await shop.acts(stop_campaign, "large")
    shop.clock.advance(1)
    await shop.drafts("small")
    await shop.starts("small")
    await shop.turn(2, seconds=1)
    assert (await shop.of("c0@example.test", "small")).state == "due"
    await shop.turn(3, seconds=1)
    states = await shop.states()
    assert {states[id_] for id_ in ids} == {("suppressed", "stopped")}
    assert (await shop.campaign("large")).next_at is None
    assert (await shop.of("c0@example.test", "small")).state == "sent"


def _crowd(tx: Tx, count: int) -> list[str]:
    ids = [new_id() for _ in range(count)]
    rows: list[dict[str, Any]] = [
        {
            "id": id_, "kind": "person", "tier": "standard", "tier_source": "default",
            "tier_set_at": tx.now, "source": "import", "created_at": tx.now, "updated_at": tx.now,
            "version": 1, "indexed_as": 3,
        }
        for id_ in ids
    ]  # fmt: skip
    insert_rows(tx, customers, rows)
    return ids
