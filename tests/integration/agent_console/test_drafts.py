"""The draft over REST: who sees the contact reads and writes it, nobody else; it travels."""

from __future__ import annotations

from hub.agent_console.client import HeadlessAgent
from hub.web import Role

from .conftest import Person, Place
from .test_files_and_starts import PNG, download, upload


async def taken(agent: HeadlessAgent) -> None:
    await agent.set_state("ready")
    await agent.until(lambda: bool(agent.offers))
    await agent.accept(next(iter(agent.offers)))
    await agent.until(lambda: bool(agent.contacts))


async def draft_of(person: Person, contact_id: str | None) -> tuple[int, str | None]:
    status, state = await person.ask("GET", f"/contacts/{contact_id}/draft")
    draft = state.get("draft") if status == 200 else None
    return status, draft and draft["text"]


async def test_who_sees_a_contact_reads_and_writes_its_draft(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    lead = await place.hire("lead", Role.SUPERVISOR, "team")
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    path = f"/contacts/{contact}/draft"
    async with chen.console().signed_in() as agent:
        await taken(agent)
        body = {"version": 0, "text": "Dear", "html": "<p>Dear<script>1</script></p>"}
        assert await chen.ask("PUT", path, body) == (200, {"version": 1})
        assert await draft_of(chen, contact) == (200, "Dear")
        assert (await draft_of(stranger, contact))[0] == 404
        assert (await stranger.ask("PUT", path, {"version": 1, "text": "Mine"}))[0] == 404
        assert (await stranger.ask("DELETE", f"{path}?version=1"))[0] == 404
        status, problem = await chen.ask("PUT", path, {"version": 0, "text": "old page"})
        assert (status, problem["code"]) == (409, "draft.changed")
        _, state = await chen.ask("GET", path)
        assert state["draft"]["html"] == "<p>Dear</p>"
        assert (state["draft"]["author_name"], state["version"]) == ("Chen", 1)
        for other, version in ((li, 1), (lead, 2)):
            assert await draft_of(other, contact) == (200, "Dear")
            body = {"version": version, "text": "Dear"}
            assert await other.ask("PUT", path, body) == (200, {"version": version + 1})
            status, problem = await other.ask("DELETE", f"{path}?version={version + 1}")
            assert (status, problem["code"]) == (409, "contact.not_yours")
        await agent.until(lambda: agent.contacts[str(contact)].draft_version == 3)
        assert agent.contacts[str(contact)].draft_author_id == lead.view.id
        assert await chen.ask("DELETE", f"{path}?version=3") == (200, {"version": 4})


async def test_a_draft_has_its_limits(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    path = f"/contacts/{contact}/draft"
    async with chen.console().signed_in() as agent:
        await taken(agent)
        for status, words in (
            (422, {"text": "x" * 100_001}),
            (422, {"text": " "}),
            (422, {"text": "a", "bcc": ["a@b.test"] * 101}),
            (422, {"text": "a", "subject": "s" * 1_001}),
        ):
            assert (await chen.ask("PUT", path, {"version": 0, **words}))[0] == status
        assert await draft_of(chen, contact) == (200, None)


async def test_a_signed_out_agents_mail_draft_and_files_are_the_next_ones(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    path = f"/contacts/{contact}/draft"
    _, file = await upload(chen, PNG, "photo.png", "image/png")
    async with chen.console().signed_in() as agent:
        await taken(agent)
        body = {"version": 0, "text": "Dear", "attachments": [file["id"]]}
        assert (await chen.ask("PUT", path, body))[0] == 200
        await agent.set_state("offline")
        await agent.until(lambda: not agent.contacts)
        await agent.until(lambda: bool(agent.notices))
        told = agent.notices[-1]
        assert (told.code, told.contact_id) == ("returned_signed_out", contact)
    stranger = await place.hire("stranger", Role.SUPERVISOR, "south")
    assert (await download(stranger, file["url"]))[0] == 404
    async with li.console().signed_in() as agent:
        await taken(agent)
        assert await draft_of(li, contact) == (200, "Dear")
        assert (await download(li, file["url"]))[2] == PNG
        answer = {"client_id": "a1", "text": "Dear", "attachments": [file["id"]]}
        assert (await li.ask("POST", f"/contacts/{contact}/reply", answer))[0] == 200
        assert await draft_of(li, contact) == (200, None)


async def test_signing_out_of_the_console_is_signing_out_as_an_agent(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    contact = (await place.write_in("Hello", "mail", "c@example.test")).contact_id
    browser = await place.browser_of(chen)
    async with chen.console().signed_in() as agent:
        await taken(agent)
        assert (await browser.ask("DELETE", "/api/v1/session"))[0] == 204
        await agent.until(lambda: not agent.contacts)
    _, shown = await chen.ask("GET", f"/contacts/{contact}")
    assert shown["contact"]["state"] == "queued"
