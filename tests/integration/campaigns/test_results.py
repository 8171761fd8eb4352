"""Each person has a result or a reason, each arm its figures, against those who were left out."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert

from hub.campaigns.reads import arms_of
from hub.campaigns.results import ArmReport, Report, report_of, share_of
from hub.campaigns.tables import campaign_people
from hub.contacts.inbound import DeliveryReport
from hub.contacts.model import DeliveryState
from hub.contacts.research.links import LinkAnswer
from hub.contacts.research.tables import survey_answers, survey_asks
from hub.core.ids import new_id
from hub.customers.business.tables import orders
from hub.intake.report import report
from hub.intake.surveys import answer_by_link
from hub.storage import Tx
from tests.integration.outreach.build import sends

from .build import HALVES, Shop


async def reported(shop: Shop, key: str = "spring") -> Report:
    await shop.collects()
    campaign = await shop.campaign(key)

    def ask(tx: Tx, _: None) -> Report:
        return report_of(tx, campaign, arms_of(tx, [campaign.id])[campaign.id])

    return await shop.store.read(ask, None)


async def orders_now(shop: Shop, value: str, **given: Any) -> None:
    row = {
        "id": new_id(),
        "source": "shop",
        "external_id": new_id(),
        "customer_id": shop.people[value],
        "customer_external_id": value,
        "ordered_at": shop.clock.now(),
        "amount_minor": 100,
        "currency": "CNY",
        "state": "paid",
        "state_at": shop.clock.now(),
        "received_at": shop.clock.now(),
        **given,
    }
    await shop.store.write(lambda tx, _: tx.execute(insert(orders).values(**row)) and None, None)


async def test_a_reply_and_an_order_are_results(shop: Shop) -> None:
    await shop.hires(3)
    await shop.runs()
    await shop.turn(4, seconds=1)
    await shop.replies("c0@example.test")
    shop.clock.advance(3600)
    await orders_now(shop, "c1@example.test")
    await orders_now(shop, "c2@example.test", state="cancelled")
    await shop.collects()
    replied, ordered, nothing = [await shop.of(value) for value in shop.people]
    assert replied.replied_at is not None
    assert replied.ordered_at is None
    assert ordered.ordered_at is not None
    assert (nothing.replied_at, nothing.ordered_at) == (None, None)


async def test_what_comes_before_the_mail_or_after_its_days_is_none(shop: Shop) -> None:
    await shop.hires(2)
    await orders_now(shop, "c0@example.test")
    shop.clock.advance(60)
    await shop.runs(result_days=3)
    await shop.turn(4, seconds=1)
    late = shop.clock.now() + timedelta(days=3, minutes=1)
    await orders_now(shop, "c1@example.test", ordered_at=late)
    shop.clock.set(late)
    await shop.replies("c1@example.test")
    await shop.collects()
    rows = [await shop.of(value) for value in shop.people]
    assert [(row.ordered_at, row.replied_at) for row in rows] == [(None, None), (None, None)]


async def test_an_answer_to_its_survey_is_a_result(shop: Shop) -> None:
    await shop.hires(2)
    await shop.runs(purpose="survey", survey_key="spring", material=None)
    await shop.turn(4, seconds=1)
    mail = next(sends(row) for row in await shop.mails() if "c0@" in row.effect)
    assert mail.survey is not None
    assert await shop.store.write(answer_by_link, LinkAnswer(mail.survey, 4, "Fine"))
    await shop.collects()
    row = await shop.of("c0@example.test")
    assert (row.score, row.answered_at is not None) == (4, True)
    [answer] = await shop.house.rows(survey_answers)
    assert (answer.campaign_id, answer.survey_key) == ((await shop.campaign()).id, "spring")
    asks = await shop.store.read(lambda tx, _: tx.execute(survey_asks.select()).all(), None)
    assert {ask.campaign_id for ask in asks} == {row.campaign_id}
    await shop.runs("again", purpose="survey", survey_key="spring", material=None)
    await shop.turn(4, seconds=1)
    states = await shop.store.read(lambda tx, _: tx.execute(campaign_people.select()).all(), None)
    reasons = {one.reason for one in states if one.campaign_id != row.campaign_id}
    assert reasons == {"asked_lately"}


async def test_what_bounced_failed_and_its_material_may_be_sent_again(shop: Shop) -> None:
    await shop.hires(1)
    await shop.runs("one")
    await shop.turn(3, seconds=1)
    row = await shop.of("c0@example.test", "one")
    bounced = DeliveryReport(
        "b", "mail", shop.clock.now(), DeliveryState.FAILED, interaction_id=row.interaction_id
    )
    await shop.store.write(report, bounced)
    await shop.collects()
    row = await shop.of("c0@example.test", "one")
    assert (row.state, row.reason) == ("failed", "undelivered")
    await shop.runs("two")
    await shop.turn(3, seconds=1)
    assert (await shop.of("c0@example.test", "two")).state == "sent"


async def test_no_rate_of_fewer_than_five(shop: Shop) -> None:
    await shop.hires(4)
    await shop.runs()
    await shop.turn(5, seconds=1)
    await orders_now(shop, "c0@example.test")
    [arm] = (await reported(shop)).arms
    assert (arm.n, arm.ordered.good) == (4, 1)
    assert (arm.ordered.rate, arm.ordered.low, arm.ordered.high) == (None, None, None)
    assert arm.against is None


async def test_the_report_stands_each_arm_against_the_hold_out(shop: Shop) -> None:
    await shop.hires(40)
    await shop.runs(arms=HALVES, pace_per_hour=100_000)
    await shop.turn(10, seconds=5)
    states = await shop.states()
    names = {id_: value for value, id_ in shop.people.items()}
    sent = [names[id_] for id_, (state, _) in states.items() if state == "sent"]
    held = [names[id_] for id_, (state, _) in states.items() if state == "held_out"]
    for value in (*sent[:6], held[0]):
        await orders_now(shop, value)
    offer, none = (await reported(shop)).arms
    assert (offer.n, none.n) == (len(sent), len(held))
    assert (offer.ordered.good, none.ordered.good) == (6, 1)
    assert offer.ordered == share_of(6, len(sent))
    assert offer.against is not None
    wanted = 6 / len(sent) - 1 / len(held)
    assert abs(offer.against.difference - wanted) < 1e-9
    assert offer.against.low < wanted < offer.against.high
    assert none.against is None


async def test_collecting_goes_through_all_pages_and_ends(shop: Shop) -> None:
    await shop.hires(3)
    await shop.runs(result_days=1)
    await shop.turn(5, seconds=1)
    await shop.collects()
    campaign = await shop.campaign()
    assert campaign.collected_at is not None
    assert campaign.collect_at is not None
    shop.clock.advance(4 * 86_400)
    await shop.collects()
    assert (await shop.campaign()).collect_at is None


async def test_who_was_suppressed_is_in_no_rate(shop: Shop) -> None:
    await shop.hires(7)
    await shop.house.stops(value="c0@example.test")
    await shop.runs()
    await shop.turn(10, seconds=1)
    found = await reported(shop)
    [arm] = found.arms
    assert (arm.n, arm.suppressed, found.suppressed) == (6, 1, {"opted_out": 1})
    assert isinstance(arm, ArmReport)
