"""Hints may be lost: an open console looks at its desk and its conversations by itself, too."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from hub.agent_console import looks
from hub.contacts.tables import contacts, interactions
from hub.storage import Tx
from hub.web import Role

from .conftest import Place


def change_in_silence(tx: Tx, conversation_id: str) -> None:
    """As another process does whose hint is lost."""
    here = contacts.c.conversation_id == conversation_id
    tx.execute(update(contacts).where(here).values(preview="Lost", version=contacts.c.version + 1))
    tx.execute(
        update(interactions)
        .where(interactions.c.conversation_id == conversation_id)
        .values(delivery="failed")
    )


async def test_what_no_hint_named_is_shown_all_the_same(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(looks, "LOOK_S", 0.2)
    person = await place.hire("chen", Role.AGENT, "team")
    async with person.console().signed_in() as agent:
        await agent.set_state("ready")
        receipt = await place.write_in("My fridge is warm")
        await agent.until(lambda: bool(agent.offers))
        contact_id = await agent.accept(next(iter(agent.offers)))
        await agent.open_conversation(receipt.conversation_id)
        entries = agent.entries[receipt.conversation_id]
        await agent.until(lambda: bool(entries) and contact_id in agent.contacts)
        await place.hub.store.write(change_in_silence, receipt.conversation_id)
        await agent.until(lambda: agent.contacts[contact_id].preview == "Lost")
        await agent.until(lambda: "failed" in [one.delivery for one in entries.values()])
