"""A promise from the moment it is made to the moment it is broken, over the sockets people have."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from hub.agent_console.client import HeadlessAgent
from hub.contacts.commitments.tables import commitments
from hub.contacts.tables import interactions
from hub.core.bus import Hint
from hub.storage import Tx
from hub.web import Role

from .conftest import Person, Place


async def a_promise(place: Place, agent: Person) -> str:
    """The agent promises a customer who wrote something for tomorrow; return its id."""
    receipt = await place.write_in("Where is it?", "mail", "chen@example.test")
    due = place.hub.clock.now() + timedelta(days=1)
    status, made = await agent.ask(
        "POST",
        f"/contacts/{receipt.contact_id}/commitments",
        {"kind": "callback", "text": "Call back", "due_at": f"{due:%Y-%m-%dT%H:%M:%SZ}"},
    )
    assert status == 201, made
    return str(made["id"])


def shift(tx: Tx, cmd: tuple[str, timedelta, timedelta]) -> None:
    """Let its half time and its end be so far from now."""
    commitment_id, remind_in, due_in = cmd
    tx.execute(
        update(commitments)
        .where(commitments.c.id == commitment_id)
        .values(remind_at=tx.now + remind_in, due_at=tx.now + due_in)
    )


def told(console: HeadlessAgent) -> list[str]:
    return [notice.code for notice in console.notices]


async def test_the_owner_is_reminded_and_the_supervisor_told_when_it_breaks(place: Place) -> None:
    agent = await place.hire("li", Role.AGENT, "team")
    chief = await place.hire("chief", Role.SUPERVISOR, "team")
    stranger = await place.hire("south", Role.SUPERVISOR, "south")
    hour = timedelta(hours=1)
    async with (
        agent.console().signed_in() as mine,
        chief.console().signed_in() as above,
        stranger.console().signed_in() as elsewhere,
    ):
        promise = await a_promise(place, agent)
        await mine.until(lambda: [one.id for one in mine.commitments] == [promise])
        await place.hub.store.write(shift, (promise, -hour, hour))
        await mine.until(lambda: "commitment_reminder" in told(mine))
        assert told(above) == []
        await place.hub.store.write(shift, (promise, -2 * hour, -hour))
        await mine.until(lambda: "commitment_broken" in told(mine))
        await above.until(lambda: told(above) == ["commitment_escalated"])
        assert "Li: Call back" in (above.notices[0].detail or "")
        await mine.until(lambda: [one.state for one in mine.commitments] == ["broken"])
        assert told(elsewhere) == []
    _, listed = await chief.ask("GET", "/commitments?owner=team")
    assert [one["state"] for one in listed["items"]] == ["broken"]


async def test_supervisors_are_told_when_acknowledgements_stop(place: Place) -> None:
    agent = await place.hire("li", Role.AGENT, "team")
    chief = await place.hire("chief", Role.SUPERVISOR, "team")
    async with agent.console().signed_in() as mine, chief.console().signed_in() as above:
        place.hub.store.bus.publish(Hint("acknowledgements.stopped", "mail"))
        await above.until(lambda: told(above) == ["acknowledgements_stopped"])
        assert above.notices[0].detail == "mail"
        assert told(mine) == []


@pytest.mark.parametrize("topic", ["delivery.failed", "delivery.late"])
async def test_who_wrote_a_message_is_told_what_holds_it_up(place: Place, topic: str) -> None:
    agent = await place.hire("li", Role.AGENT, "team")
    other = await place.hire("wu", Role.AGENT, "team")
    receipt = await place.write_in("Where is it?", "mail", "chen@example.test")
    await place.hub.store.write(held_up, (receipt.interaction_id, agent.view.id))
    async with agent.console().signed_in() as mine, other.console().signed_in() as theirs:
        place.hub.store.bus.publish(Hint(topic, receipt.interaction_id))
        await mine.until(lambda: told(mine) == [topic.replace(".", "_")])
        assert mine.notices[0].contact_id == receipt.contact_id
        assert mine.notices[0].detail == "451 4.7.1 later"
        assert told(theirs) == []


def held_up(tx: Tx, cmd: tuple[str, str]) -> None:
    """Let it be this agent's message."""
    interaction_id, author_id = cmd
    tx.execute(
        update(interactions)
        .where(interactions.c.id == interaction_id)
        .values(author_id=author_id, delivery_detail="451 4.7.1 later")
    )
