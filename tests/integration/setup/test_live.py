"""A set-up changed while the hub runs: who waits, who comes, who serves, what is drawn."""

from __future__ import annotations

from copy import deepcopy
from pathlib import Path
from typing import Any

from hub.core.bus import Bus
from hub.setup import ApplySetup, apply_setup, check_setup
from hub.storage import Store
from hub.testing.databases import PrivatePostgreSQL
from hub.testing.hub import hub_settings, running_hub
from hub.web import Role
from tests.integration.agent_console.conftest import Person, Place
from tests.integration.agent_console.test_socket import next_frame, open_console

from .build import edited
from .conftest import sample, shown


async def change(admin: Person, **queue: Any) -> None:
    """Change keys of the queue `sales`, which the widget leads to."""
    document = await shown(admin)
    setup = deepcopy(document["setup"])
    found = next(one for one in setup["queues"] if one["key"] == "sales")
    found |= {"hours": "default", **queue}
    body = {"base": document["version"]["id"], "setup": setup}
    status, answer = await admin.ask("PUT", "/setup/document", body)
    assert status == 200, answer


async def waiting(admin: Person) -> dict[str, Any]:
    _, page = await admin.ask("GET", "/contacts?state=queued")
    return {row["id"]: row for row in page["items"]}


async def test_who_waits_keeps_the_promise_and_who_comes_has_the_new_one(
    house: Place, admin: Person
) -> None:
    await change(admin)
    first = str((await house.write_in("Hello", who="visitor-1")).contact_id)
    assert (await waiting(admin))[first]["target_s"] == 60
    await change(admin, target_s={"webchat": [10, 10, 10, 10]})
    second = str((await house.write_in("Hello", who="visitor-2")).contact_id)
    found = await waiting(admin)
    assert (found[first]["target_s"], found[second]["target_s"]) == (60, 10)
    earlier, later = found[first]["urgency"], found[second]["urgency"]
    assert (earlier["target_s"], later["target_s"]) == (60, 10), found
    await change(admin, target_s={})
    assert (await waiting(admin))[second]["target_s"] == 10


async def test_a_team_that_serves_a_queue_from_now_on_is_offered_what_waits(
    house: Place, admin: Person
) -> None:
    await change(admin)
    contact_id = (await house.write_in("Hello")).contact_id
    li = await house.hire("li", Role.AGENT, "back")
    async with li.console().signed_in() as desk:
        await desk.set_state("ready")
        await change(admin, teams=["front", "back"])
        await desk.until(lambda: desk.offers)
        (offer,) = desk.offers.values()
        assert offer.contact.id == contact_id


async def test_skills_given_in_the_page_count_at_once(house: Place, admin: Person) -> None:
    await change(admin, requires=[{"skills": {"repair": 3}}])
    await house.write_in("Hello")
    li = await house.hire("li", Role.AGENT, "front")
    async with li.console().signed_in() as desk:
        await desk.set_state("ready")
        document = await shown(admin)
        setup = {**document["setup"], "agents": {"li@hub.test": {"skills": {"repair": 3}}}}
        body = {"base": document["version"]["id"], "setup": setup}
        assert (await admin.ask("PUT", "/setup/document", body))[0] == 200
        await desk.until(lambda: desk.offers)


async def test_every_console_is_told_to_read_the_names_again(house: Place, admin: Person) -> None:
    await change(admin)
    li = await house.hire("li", Role.AGENT, "front")
    socket = await open_console(house, li)
    await change(admin, en="Shop")  # a name is no rule of the queue
    await next_frame(socket, "setup")
    _, drawn = await li.ask("GET", "/setup")
    assert "Shop" in [queue["en"] for queue in drawn["queues"]]
    await socket.close()


async def test_what_another_process_puts_in_force_reaches_consoles_and_routing(
    tmp_path: Path, postgresql: PrivatePostgreSQL
) -> None:
    """On PostgreSQL `hub apply` works beside the hub: no hint of it comes here."""
    url = postgresql.create("applied_beside", "hub_template")
    taught = '[agents."li@hub.test"]\nskills = { repair = 4 }\n'
    async with running_hub(hub_settings(tmp_path, url), sample) as hub, Store(url, Bus()) as beside:
        house = Place(hub)
        li = await house.hire("li", Role.AGENT, "front")
        socket = await open_console(house, li)
        named = check_setup(edited(('en = "Late"', 'en = "Delayed"')))  # no rule of the queue
        await beside.write(apply_setup, ApplySetup(named))
        await next_frame(socket, "setup")
        _, drawn = await li.ask("GET", "/setup")
        assert "Delayed" in str(drawn["reasons"])
        await socket.close()
        needs = 'teams = ["front"]\nrequires = [{ skills = { repair = 3 } }]'
        await beside.write(
            apply_setup, ApplySetup(check_setup(edited(('teams = ["front"]', needs))))
        )
        await house.write_in("Broken", "support-mail", "chen@example.test")
        async with li.console().signed_in() as desk:
            await desk.set_state("ready")
            await beside.write(
                apply_setup,
                ApplySetup(check_setup(edited(('teams = ["front"]', needs)) + taught)),
            )
            await desk.until(lambda: desk.offers)
        for session in house.sessions:
            await session.close()
    postgresql.drop("applied_beside")
