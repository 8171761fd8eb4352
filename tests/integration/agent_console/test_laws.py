"""A law of the queue that is broken is told: to admins at once, to supervisors on the wallboard."""

from __future__ import annotations

from datetime import UTC, datetime

from hub.routing.laws.book import Round, note_round
from hub.routing.laws.model import Breach, Cursors, Law
from hub.web import Role

from .conftest import Place


async def test_who_is_told_what_of_a_law_that_is_broken(place: Place) -> None:
    agent = await place.hire("agent", Role.AGENT, "team")
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    chief = await place.hire("chief", Role.ADMIN)
    contact = (await place.write_in("Hello", "mail", "chen@example.test")).contact_id or ""
    assert (await agent.ask("GET", "/laws/broken"))[0] == 403
    assert await boss.ask("GET", "/laws/broken") == (200, [])
    found = [
        Breach(Law.SERVED, contact, {"agent_id": agent.view.id}),
        Breach(Law.LOADS, agent.view.id, {"live_load": 1}),
        Breach(Law.LOADS, boss.view.id, {"live_load": 1}),
    ]
    async with chief.console().signed_in() as desk, boss.console().signed_in() as elsewhere:
        await place.hub.store.write(note_round, Round(found, Cursors(), 1, 1))
        await desk.until(lambda: bool(desk.notices))
        assert [(one.code, one.detail) for one in desk.notices] == [("law_broken", None)]
        assert elsewhere.notices == []
    _, told = await boss.ask("GET", "/laws/broken")
    counts = {"served": 1, "loads": 2}
    assert {one["law"]: one["count"] for one in told} == counts
    assert all(one["places"] == [] for one in told)
    assert all(datetime.fromisoformat(one["since"]) <= datetime.now(UTC) for one in told)
    _, told = await chief.ask("GET", "/laws/broken")
    places = {one["law"]: [(p["name"], p["contact_id"]) for p in one["places"]] for one in told}
    _, shown = await chief.ask("GET", f"/contacts/{contact}")
    assert places["served"] == [(shown["contact"]["reference"], contact)]
    assert sorted(places["loads"]) == [("Agent", None), ("Boss", None)]
    await place.hub.store.write(note_round, Round([], Cursors(), 1, 1))
    assert await chief.ask("GET", "/laws/broken") == (200, [])
