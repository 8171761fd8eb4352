"""Mails go out at the pace, each exactly once, to who may be reached; the others have a reason."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update

from hub.accounts.model import SYSTEM
from hub.campaigns.due import MOST, fire_due_campaigns
from hub.campaigns.model import PersonState
from hub.campaigns.service import pause_campaign, resume_campaign, stop_campaign
from hub.campaigns.tables import campaign_people
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.outreach.opting_out import claim_permitted
from hub.core.errors import Conflict
from hub.customers.tables import customers, identities
from hub.storage import Tx
from hub.storage.outbox import Claim
from tests.integration.outreach.build import sends
from tests.integration.sla.house import Counting

from .build import HALVES, MAIL, Shop


async def test_everybody_gets_one_mail_in_their_language_with_a_way_to_say_stop(
    shop: Shop,
) -> None:
    await shop.hires(3)
    for value, language in zip(shop.people, ("zh", "en", "en-GB"), strict=True):
        await shop.store.write(_speaks, (shop.people[value], language))
    await shop.runs()
    await shop.turn(10, seconds=1)
    mails = {sends(row).to[0]: sends(row) for row in await shop.mails()}
    assert set(mails) == set(shop.people)
    assert mails["c0@example.test"].subject == "C0，春季优惠"
    assert mails["c1@example.test"].text.startswith("Dear C1,\n\nour offer")
    assert all(mail.opt_out and not mail.automatic for mail in mails.values())
    assert {row.purpose for row in await shop.mails()} == {"marketing"}
    assert {state for state, _ in (await shop.states()).values()} == {"sent"}
    campaign = await shop.campaign()
    assert (campaign.state, campaign.next_at) == ("done", None)
    kept = [(row.campaign_id, row.material, row.outcome) for row in await shop.house.outreach()]
    assert kept == [(campaign.id, "spring-2026", "sent")] * 3


async def test_the_pace(shop: Shop) -> None:
    """Ten an hour: one each six minutes, however often the timer fires."""
    await shop.hires(12)
    await shop.runs(pace_per_hour=10)
    for _ in range(120):
        await shop.turn(1, seconds=30)
    assert len(await shop.mails()) == 10
    await shop.turn(1, seconds=86_400)  # nothing is caught up with
    assert len(await shop.mails()) == 11


async def test_it_starts_at_its_time_and_ends_at_its_end(shop: Shop) -> None:
    await shop.hires(6)
    begins = shop.clock.now() + timedelta(hours=1)
    ends = begins + timedelta(minutes=20)
    await shop.runs(starts_at=begins, ends_at=ends, pace_per_hour=10)
    await shop.turn(5, seconds=60)
    assert await shop.mails() == []
    await shop.turn(90, seconds=60)
    assert len(await shop.mails()) == 4
    states = list((await shop.states()).values())
    assert states.count(("suppressed", "window_over")) == 2
    assert (await shop.campaign()).state == "done"


async def test_who_may_not_be_reached_has_the_reason(shop: Shop) -> None:
    await shop.hires(6)
    names = list(shop.people)

    def spoil(tx: Tx, _: None) -> None:
        ids = list(shop.people.values())
        theirs = identities.c.customer_id
        tx.execute(update(identities).where(theirs == ids[0]).values(status="removed"))
        tx.execute(update(identities).where(theirs == ids[1]).values(status="shared"))
        tx.execute(update(identities).where(theirs == ids[2]).values(status="invalid"))
        tx.execute(update(customers).where(customers.c.id == ids[3]).values(archived_at=tx.now))
        open_complaint(tx, OpenComplaint(SYSTEM, "It broke.", customer_id=ids[4]))

    await shop.store.write(spoil, None)
    await shop.house.stops(value=names[5])
    await shop.runs()
    await shop.turn(10)
    states = await shop.states()
    assert [states[shop.people[name]] for name in names] == [
        ("suppressed", "no_address"),
        ("suppressed", "shared_address"),
        ("suppressed", "invalid_address"),
        ("suppressed", "archived"),
        ("suppressed", "complaint"),
        ("suppressed", "opted_out"),
    ]
    assert await shop.mails() == []
    assert (await shop.campaign()).state == "done"


async def test_at_night_they_wait_for_their_morning(shop: Shop) -> None:
    await shop.hires(3)
    shop.clock.advance(8 * 3600)  # 22:00 in Shanghai
    await shop.runs(pace_per_hour=3600)
    await shop.turn(6, seconds=1)
    assert await shop.mails() == []
    assert set((await shop.states()).values()) == {("due", "quiet_hours")}
    await shop.turn(1, seconds=11 * 3600)
    await shop.turn(4, seconds=2)
    assert len(await shop.mails()) == 3  # by the pace, not all at nine
    assert [row.not_before for row in await shop.mails()] == sorted(
        row.not_before for row in await shop.mails()
    )


async def test_who_was_reached_too_often_is_due_later_or_not_at_all(shop: Shop) -> None:
    await shop.house.change(per_week=1, per_month=0)
    await shop.hires(1)
    await shop.runs("one", material="m1")
    await shop.turn(3, seconds=1)
    now = shop.clock.now()
    await shop.runs("two", material="m2", ends_at=now + timedelta(days=3))
    await shop.turn(3, seconds=1)
    row = await shop.of("c0@example.test", "two")
    assert (row.state, row.reason) == ("suppressed", "too_often")
    await shop.runs("three", material="m3", ends_at=now + timedelta(days=9))
    await shop.turn(3, seconds=1)
    row = await shop.of("c0@example.test", "three")
    assert (row.state, row.reason) == ("due", "too_often")
    await shop.turn(2, seconds=8 * 86_400)
    assert (await shop.of("c0@example.test", "three")).state == "sent"


async def test_the_same_material_is_sent_once(shop: Shop) -> None:
    await shop.hires(2)
    await shop.runs("one")
    await shop.turn(4, seconds=1)
    await shop.runs("two")
    await shop.turn(4, seconds=1)
    row = await shop.of("c0@example.test", "two")
    assert (row.state, row.reason) == ("suppressed", "sent_before")
    assert len(await shop.mails()) == 2


async def test_a_no_in_the_middle_stops_what_is_on_its_way_and_what_is_due(shop: Shop) -> None:
    await shop.hires(4)
    await shop.runs(pace_per_hour=3600)
    await shop.turn(2, seconds=1)
    states = await shop.states()
    names = {id_: value for value, id_ in shop.people.items()}
    sent = [names[id_] for id_, (state, _) in states.items() if state == "sent"]
    due = [names[id_] for id_, (state, _) in states.items() if state == "due"]
    await shop.house.stops(value=sent[0])
    await shop.house.stops(value=due[0])
    claimed = await shop.store.write(claim_permitted, Claim("h", 10, 20.0))
    assert not any(sent[0] in one.effect for one in claimed)
    await shop.turn(6, seconds=2)
    assert (await shop.of(due[0])).reason == "opted_out"
    await shop.collects()
    row = await shop.of(sent[0])
    assert (row.state, row.reason) == ("suppressed", "opted_out")


async def test_a_crash_writes_nothing_and_a_second_turn_sends_nothing_twice(shop: Shop) -> None:
    await shop.hires(30)
    await shop.runs(pace_per_hour=100_000)

    def crashes(tx: Tx, _: None) -> None:
        assert fire_due_campaigns(tx, tx.now, 200)
        raise RuntimeError("the process is killed before the commit")

    shop.clock.advance(5)
    with pytest.raises(RuntimeError):
        await shop.store.write(crashes, None)
    assert await shop.mails() == []
    await shop.turn(10)
    await shop.turn(3, seconds=5)
    keys = [row.dedupe_key for row in await shop.mails()]
    assert len(keys) == len(set(keys)) == 30


async def test_paused_and_gone_on_with_and_stopped(shop: Shop) -> None:
    await shop.hires(6)
    await shop.runs(pace_per_hour=3600)
    await shop.turn(2, seconds=1)
    await shop.acts(pause_campaign)
    before = len(await shop.mails())
    await shop.turn(5, seconds=10)
    assert len(await shop.mails()) == before
    await shop.acts(resume_campaign)
    await shop.turn(1, seconds=2)
    assert len(await shop.mails()) > before
    await shop.acts(stop_campaign)
    after = len(await shop.mails())
    await shop.turn(3, seconds=10)
    assert len(await shop.mails()) == after
    reasons = [reason for state, reason in (await shop.states()).values() if state != "sent"]
    assert set(reasons) == {"stopped"}
    with pytest.raises(Conflict):
        await shop.acts(resume_campaign)


async def test_the_hold_out_is_written_nothing(shop: Shop) -> None:
    await shop.hires(40)
    await shop.runs(arms=HALVES, pace_per_hour=100_000)
    await shop.turn(20, seconds=5)
    states = [state for state, _ in (await shop.states()).values()]
    assert {PersonState.SENT, PersonState.HELD_OUT} == set(states)
    assert len(await shop.mails()) == states.count("sent")
    assert len(await shop.house.outreach()) == states.count("sent")


async def test_a_group_is_listed_page_by_page_with_stable_arms(shop: Shop) -> None:
    await shop.hires(5)
    await shop.groups()
    await shop.runs(group_key="all")
    assert len(await shop.states()) == 5
    await shop.turn(8, seconds=1)
    assert {state for state, _ in (await shop.states()).values()} == {"sent"}


async def test_who_became_one_person_is_written_to_once(shop: Shop) -> None:
    await shop.hires(2)
    ids = list(shop.people.values())
    await shop.drafts()
    await shop.starts()

    def merge(tx: Tx, _: None) -> None:
        tx.execute(update(customers).where(customers.c.id == ids[0]).values(merged_into_id=ids[1]))
        tx.execute(
            update(identities).where(identities.c.customer_id == ids[0]).values(customer_id=ids[1])
        )

    await shop.store.write(merge, None)
    await shop.turn(8, seconds=1)
    states = await shop.states()
    assert states[ids[0]] == ("suppressed", "same_person")
    assert states[ids[1]] == ("sent", None)


@pytest.mark.parametrize("state", ["sent", "failed", "held_out"])
async def test_who_had_their_turn_under_another_record_has_no_second(
    shop: Shop, state: str
) -> None:
    """At ten an hour each is in a turn of their own."""
    await shop.hires(2)
    await shop.runs(pace_per_hour=10)
    await shop.turn(1, seconds=1)
    [first] = [id_ for id_, (now, _) in (await shop.states()).items() if now == "sent"]
    [second] = set(shop.people.values()) - {first}

    def merge(tx: Tx, _: None) -> None:
        person = campaign_people.c.customer_id
        tx.execute(update(campaign_people).where(person == first).values(state=state))
        tx.execute(update(customers).where(customers.c.id == first).values(merged_into_id=second))

    await shop.store.write(merge, None)
    await shop.turn(3, seconds=400)
    assert (await shop.states())[second] == ("suppressed", "same_person")
    assert len(await shop.mails()) == 1


@pytest.mark.parametrize("pace", [36_000, 10])  # in one turn, and each in their own
async def test_two_who_became_a_third_are_written_to_once(shop: Shop, pace: int) -> None:
    await shop.hires(2)
    ids = list(shop.people.values())
    await shop.drafts(pace_per_hour=pace)
    await shop.starts()

    def merge(tx: Tx, _: None) -> None:
        become = update(customers).where(customers.c.id.in_(ids))
        tx.execute(become.values(merged_into_id=shop.house.chen))

    await shop.store.write(merge, None)
    await shop.turn(8, seconds=3600 / pace + 1)
    assert sorted((await shop.states()).values(), key=str) == [
        ("sent", None),
        ("suppressed", "same_person"),
    ]
    assert [sends(row).to for row in await shop.mails()] == [(MAIL,)]


async def test_a_turn_costs_the_same_however_many_it_is_for(shop: Shop) -> None:
    await shop.hires(MOST + 20)

    async def cost(people: int, key: str) -> int:
        ids = tuple(list(shop.people.values())[:people])
        await shop.runs(key, customer_ids=ids, material=key, pace_per_hour=100_000)
        shop.clock.advance(5)

        def turn(tx: Tx, _: None) -> tuple[int, int]:
            counting: Any = Counting(tx)
            return fire_due_campaigns(counting, tx.now, 200), counting.count

        moved, count = await shop.store.write(turn, None)
        assert moved == min(people, MOST)
        await shop.turn(3, seconds=5)
        return count

    await cost(2, "warm")
    few, many = await cost(3, "few"), await cost(MOST + 20, "many")
    assert many <= few + 4  # SQLite inserts rows in a few sizes
    assert many <= 34


def _speaks(tx: Tx, asked: tuple[str, str]) -> None:
    customer_id, language = asked
    tx.execute(update(customers).where(customers.c.id == customer_id).values(language=language))
