"""Who looks at a contact and who writes, over real sockets: within sight, never to the customer."""

from __future__ import annotations

import msgspec

from hub.agent_console import protocol as p
from hub.agent_console.client import HeadlessAgent
from hub.routing.settings import load_settings, save_settings
from hub.storage import Tx
from hub.web import Role

from .conftest import Place
from .test_drafts import taken


def at(agent: HeadlessAgent, contact_id: str) -> list[tuple[str, str]]:
    return [(one.name, one.doing) for one in agent.viewers.get(contact_id, [])]


async def test_colleagues_see_who_looks_and_who_writes_until_they_leave(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    async with chen.console().signed_in() as mine:
        await mine.say(p.WatchViewers(contact_ids=[contact]))
        async with li.console().signed_in() as other:
            for doing in ("looking", "note", "reply"):
                await other.say(p.Look(contact_id=contact, doing=doing))
                await mine.until(lambda doing=doing: at(mine, contact) == [("Li", doing)])
            await other.say(p.Look())
            await mine.until(lambda: at(mine, contact) == [])
            await other.say(p.Look(contact_id=contact, doing="reply"))
            await mine.until(lambda: at(mine, contact) == [("Li", "reply")])
        await mine.until(lambda: at(mine, contact) == [])  # the socket has closed


async def test_who_opens_a_contact_is_told_who_is_there_already(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    async with chen.console().signed_in() as mine, li.console().signed_in() as other:
        await other.say(p.WatchViewers(contact_ids=[contact]))
        await mine.say(p.Look(contact_id=contact))
        await other.until(lambda: at(other, contact) == [("Chen", "looking")])
        other.viewers.clear()
        await other.say(p.WatchViewers(contact_ids=[contact]))
        await other.until(lambda: at(other, contact) == [("Chen", "looking")])


async def test_another_team_neither_sees_nor_is_seen(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    li = await place.hire("li", Role.AGENT, "team")
    far = await place.hire("far", Role.AGENT, "south")
    contact = str((await place.write_in("Hello")).contact_id)
    async with (
        chen.console().signed_in() as mine,
        far.console().signed_in() as stranger,
        li.console().signed_in() as colleague,
    ):
        await mine.say(p.WatchViewers(contact_ids=[contact]))
        await stranger.say(p.WatchViewers(contact_ids=[contact]))
        await stranger.say(p.Look(contact_id=contact, doing="reply"))
        await stranger.say(p.Beat())
        await colleague.say(p.Look(contact_id=contact))
        await mine.until(lambda: bool(at(mine, contact)))
        assert at(mine, contact) == [("Li", "looking")]
        assert contact not in stranger.viewers


async def test_supervisors_read_unseen_by_the_policy_and_are_seen_when_they_write(
    place: Place,
) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    lead = await place.hire("lead", Role.SUPERVISOR, "team")
    contact = str((await place.write_in("Hello")).contact_id)
    async with chen.console().signed_in() as mine, lead.console().signed_in() as above:
        await mine.say(p.WatchViewers(contact_ids=[contact]))
        await above.say(p.Look(contact_id=contact))
        await above.say(p.Look(contact_id=contact, doing="note"))
        await mine.until(lambda: bool(at(mine, contact)))
        assert mine.viewer_frames == [[("Lead", "note")]]
        await above.say(p.Look(contact_id=contact))
        await mine.until(lambda: at(mine, contact) == [])
        await place.hub.store.write(seen_supervisors, None)
        await above.say(p.Look())
        await above.say(p.Look(contact_id=contact))
        await mine.until(lambda: at(mine, contact) == [("Lead", "looking")])


async def test_writing_a_note_is_nothing_that_the_customer_is_told(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    receipt = await place.write_in("Hello")
    with place.hub.bus.subscribe(["conversation.live"]) as live:
        async with chen.console().signed_in() as mine:
            await taken(mine)
            await mine.say(p.Look(contact_id=str(receipt.contact_id), doing="note"))
            await mine.say(p.Look(contact_id=str(receipt.contact_id), doing="reply"))
            await mine.say(p.Typing(conversation_id=receipt.conversation_id, on=True))
            told = [hint.data for hint in await live.next(10.0)]
    assert [data and data["type"] for data in told] == ["typing"]


async def test_too_many_rows_are_refused_and_the_socket_stays_open(place: Place) -> None:
    chen = await place.hire("chen", Role.AGENT, "team")
    async with chen.console().signed_in() as mine:
        await mine.say(p.WatchViewers(contact_ids=["x"] * (p.MAX_WATCHED + 1)))
        await mine.until(lambda: bool(mine.problems))
        assert mine.problems[0].code == "malformed"
        contact = str((await place.write_in("Hello")).contact_id)
        await mine.say(p.Look(contact_id=contact))
        await mine.set_state("ready")
        await mine.until(lambda: bool(mine.offers))


def seen_supervisors(tx: Tx, _: None) -> None:
    save_settings(tx, msgspec.structs.replace(load_settings(tx), supervisors_read_unseen=False))


async def test_who_looks_at_a_contact_of_nobody_or_somebody_else_is_told_that_it_changed(
    place: Place,
) -> None:
    boss = await place.hire("boss", Role.SUPERVISOR, "team")
    li = await place.hire("li", Role.AGENT, "team")
    far = await place.hire("far", Role.AGENT, "south")
    contact = str((await place.write_in("Hello")).contact_id)

    def told(agent: HeadlessAgent) -> list[str | None]:
        return [one.contact_id for one in agent.notices if one.code == "opened_changed"]

    async with (
        boss.console().signed_in() as holder,
        li.console().signed_in() as reader,
        far.console().signed_in() as stranger,
    ):
        for agent in (holder, reader, stranger):
            await agent.say(p.WatchViewers(contact_ids=[contact]))
            await agent.say(p.Look(contact_id=contact))
        await holder.until(lambda: ("Li", "looking") in at(holder, contact))
        assert (await boss.ask("POST", f"/contacts/{contact}/pull"))[0] == 200
        await reader.until(lambda: contact in told(reader))
        await holder.until(lambda: contact in holder.contacts)
        reader.notices.clear()
        await reader.say(p.Look())
        await holder.until(lambda: at(holder, contact) == [])
        before = holder.contacts[contact].version
        await holder.reply(contact, "We look into it.")
        await holder.until(lambda: holder.contacts[contact].version > before)
        assert (told(reader), told(stranger), told(holder)[1:]) == ([], [], [])
