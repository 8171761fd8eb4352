"""A caller who has waited longest goes on: what becomes of their contact."""

from __future__ import annotations

from hub.contacts.inbound import CallEvent, CallMoment
from hub.contacts.service import get_contact
from hub.core.ids import new_id
from hub.desk.pulling import Pull, pull
from hub.intake.report import report
from hub.routing import service as routing
from hub.routing.settings import load_settings
from hub.storage import Tx
from hub.testing.center import add_agent, give_to_agent
from tests.integration.callbacks.build import Centre


def waited_us(tx: Tx, contact_id: str) -> int:
    return routing.waited_now_us(load_settings(tx), get_contact(tx, contact_id), tx.now)


async def overflow(centre: Centre, contact_id: str, queue_id: str) -> None:
    now = centre.clock.now()
    moment = CallMoment.OVERFLOWED
    news = CallEvent(new_id(), "hotline", contact_id, moment, now, detail=queue_id)
    await centre.store.write(report, news)


async def test_they_keep_what_they_waited_in_the_other_queue(centre: Centre) -> None:
    contact_id = await centre.call()
    centre.clock.advance(600)
    before = await centre.store.write(waited_us, contact_id)
    await overflow(centre, contact_id, "finance")
    row = await centre.contact(contact_id)
    assert (row.queue_id, row.state) == ("finance", "queued")
    assert await centre.store.write(waited_us, contact_id) == before == 600_000_000
    assert "overflowed" in await centre.codes()


async def test_a_queue_that_is_gone_leaves_them_where_they_are(centre: Centre) -> None:
    contact_id = await centre.call()
    await overflow(centre, contact_id, "nowhere")
    row = await centre.contact(contact_id)
    assert (row.queue_id, row.state) == ("support", "queued")


async def test_who_has_an_agent_by_now_stays_with_them(centre: Centre) -> None:
    contact_id = await centre.call()
    ann = await centre.store.write(add_agent, "Ann")
    await centre.store.write(give_to_agent, (contact_id, ann))
    await overflow(centre, contact_id, "finance")
    await centre.told(contact_id, CallMoment.OUTSIDE)
    row = await centre.contact(contact_id)
    assert (row.queue_id, row.state, row.agent_id) == ("support", "active", ann)


async def test_who_was_accepted_in_the_moment_they_were_taken_outside_is_offered_to_nobody(
    centre: Centre,
) -> None:
    contact_id = await centre.call()
    ann = await centre.store.write(add_agent, "Ann")
    await centre.store.write(pull, Pull(contact_id, ann))
    assert (await centre.contact(contact_id)).state == "connecting"
    await centre.told(contact_id, CallMoment.OUTSIDE)
    row = await centre.contact(contact_id)
    assert (row.state, row.ended_as, row.agent_id) == ("closed", "handled", None)
    other = await centre.call("+8613900139000")
    await centre.store.write(pull, Pull(other, ann))  # their room is theirs again


async def test_who_is_taken_outside_waits_for_nobody_and_has_not_abandoned(centre: Centre) -> None:
    contact_id = await centre.call()
    await centre.told(contact_id, CallMoment.OUTSIDE)
    await centre.told(contact_id, CallMoment.CUSTOMER_LEFT)
    row = await centre.contact(contact_id)
    assert (row.state, row.ended_as, row.unanswered_since) == ("closed", "handled", None)
    assert "put_outside" in await centre.codes()
