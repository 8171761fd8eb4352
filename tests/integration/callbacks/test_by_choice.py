"""An agent calls by choice while a callback is pending: the place and the time agreed stay."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.contacts.inbound import CallMoment
from hub.contacts.model import CallOutcome
from hub.testing.center import add_agent

from .build import CHEN, Centre
from .test_callbacks import schedule

TOMORROW = datetime(2026, 3, 11, 7, 0, tzinfo=UTC)  # 15:00 in Shanghai


async def test_the_time_agreed_stays_when_the_agent_gives_up_ringing(centre: Centre) -> None:
    await schedule(centre, TOMORROW)
    agent_id = await centre.store.write(add_agent, "Ann")
    begun = await centre.agent_calls(agent_id, CHEN)
    await centre.told(begun.contact_id, CallMoment.NOT_REACHED, CallOutcome.CANCELLED)
    back = await centre.callback()
    assert (back.state, back.failed, back.due_at) == ("waiting", 0, TOMORROW)


async def test_the_time_agreed_stays_after_an_attempt_that_counts(centre: Centre) -> None:
    await schedule(centre, TOMORROW)
    agent_id = await centre.store.write(add_agent, "Ann")
    begun = await centre.agent_calls(agent_id, CHEN)
    await centre.not_reached(begun.contact_id, CallOutcome.NO_ANSWER)
    back = await centre.callback()
    assert (back.state, back.failed, back.due_at) == ("waiting", 1, TOMORROW)


@pytest.mark.parametrize("outcome", [CallOutcome.CANCELLED, CallOutcome.NO_ANSWER])
async def test_the_place_stays_that_the_callback_had(centre: Centre, outcome: CallOutcome) -> None:
    await centre.tier(await numbered(centre), "gold")
    contact_id = await centre.call()
    centre.clock.advance(100)
    await centre.wish(contact_id)
    agent_id = await centre.store.write(add_agent, "Ann")
    begun = await centre.agent_calls(agent_id, CHEN, "finance")
    centre.clock.advance(20)
    if outcome is CallOutcome.NO_ANSWER:
        await centre.told(begun.contact_id, CallMoment.DIALLING)
    await centre.told(begun.contact_id, CallMoment.NOT_REACHED, outcome)
    back = await centre.callback()
    assert (back.queue_id, back.tier, back.waited_us) == ("support", "gold", 100_000_000)


async def test_who_calls_in_while_the_agent_dials_by_choice_has_the_kept_place(
    centre: Centre,
) -> None:
    contact_id = await centre.call()
    centre.clock.advance(100)
    await centre.wish(contact_id)
    await centre.agent_calls(await centre.store.write(add_agent, "Ann"), CHEN, "finance")
    centre.clock.advance(20)
    live = await centre.contact(await centre.call())
    assert (await centre.callback()).state == "dropped"
    assert centre.clock.now().timestamp() - live.virtual_start_us / 1_000_000 == 100


async def numbered(centre: Centre) -> str:
    """Make the customer known, without a callback."""
    await centre.hangs_up(await centre.call())
    return CHEN
