"""An agent's own figures of today: taken, handled, answered, rated, kept, missed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.routing.tables import agent_intervals
from hub.storage import Tx
from hub.web import Role

from .conftest import Place
from .test_drafts import taken


async def test_a_day_without_work_is_empty_and_not_a_row_of_zeros(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    status, day = await chen.ask("GET", "/me/day")
    assert status == 200
    assert (day["channels"], day["first_reply_s"], day["score"]) == ([], None, None)
    assert (day["kept"], day["broken"], day["missed"], day["scores"]) == (0, 0, 0, 0)
    assert day["states"] == []


async def test_what_was_taken_answered_and_rated_today_is_counted_once(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    async with chen.console().signed_in() as agent:
        await taken(agent)
        _, day = await chen.ask("GET", "/me/day")
        assert day["channels"] == [{"channel": "webchat", "taken": 1, "handle_s": None}]
        await agent.reply(contact, "Good morning")
        await agent.close(contact, "repair", "solved")
        await place.hub.store.write(rate, contact)
        _, day = await chen.ask("GET", "/me/day")
        [chat] = day["channels"]
        assert (chat["taken"], chat["handle_s"] is not None) == (1, True)
        assert day["first_reply_s"] >= 0
        assert (day["scores"], day["score"]) == (1, 5.0)
    _, other = await li.ask("GET", "/me/day")
    assert (other["channels"], other["scores"]) == ([], 0)


async def test_on_their_first_day_an_agent_has_the_time_in_each_state(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    async with chen.console().signed_in() as agent:
        await agent.set_state("ready")
        await agent.set_state("not_ready", "break")
        await place.hub.store.write(_a_minute_passes, chen.view.id)
        _, day = await chen.ask("GET", "/me/day")
    assert ("not_ready", "break") in {(one["state"], one["reason"]) for one in day["states"]}
    assert "offline" not in {one["state"] for one in day["states"]}


def _a_minute_passes(tx: Tx, agent_id: str) -> None:
    began = agent_intervals.c.started_at
    mine = update(agent_intervals).where(agent_intervals.c.agent_id == agent_id)
    tx.execute(mine.values(started_at=tx.now - timedelta(minutes=1)).where(began <= tx.now))


async def test_a_stretch_over_midnight_counts_from_midnight_on(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    async with chen.console().signed_in():
        pass
    _, day = await chen.ask("GET", "/me/day")

    def long_break(tx: Tx, _: None) -> None:
        values: dict[str, Any] = {"id": new_id(), "agent_id": chen.view.id, "reason": "break"}
        tx.execute(
            insert(agent_intervals).values(
                **values,
                state="not_ready",
                started_at=tx.now - timedelta(days=2),
                ended_at=tx.now,
            )
        )

    await place.hub.store.write(long_break, None)
    _, day = await chen.ask("GET", "/me/day")
    [broken] = [one for one in day["states"] if one["reason"] == "break"]
    assert 0 < broken["seconds"] <= 86_400


def rate(tx: Tx, contact_id: str) -> None:
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(survey_score=5))
