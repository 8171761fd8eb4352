"""Every console is told that a provider is away; how its requests fail is for admins."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.contacts.outages.service import Outage, note_away, note_back
from hub.web import Role

from .conftest import Place

SINCE = datetime(2026, 3, 10, 12, 0, tzinfo=UTC)


async def test_who_is_told_what_of_a_provider_that_is_away(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    admin = await place.hire("admin", Role.ADMIN)
    assert await agent.ask("GET", "/outages") == (200, [])
    await place.hub.store.write(note_away, Outage("phone", SINCE, "HTTP 503"))
    shown = {"channel": "phone", "since": "2026-03-10T12:00:00Z", "still_heard": False}
    assert await agent.ask("GET", "/outages") == (200, [{**shown, "reason": ""}])
    assert await admin.ask("GET", "/outages") == (200, [{**shown, "reason": "HTTP 503"}])
    heard = Outage("phone", datetime.now(UTC), "HTTP 502", datetime.now(UTC))
    await place.hub.store.write(note_away, heard)  # it is the same outage
    _, [told] = await admin.ask("GET", "/outages")
    assert told == {**shown, "still_heard": True, "reason": "HTTP 502"}
    await place.hub.store.write(note_back, "phone")
    assert await agent.ask("GET", "/outages") == (200, [])
