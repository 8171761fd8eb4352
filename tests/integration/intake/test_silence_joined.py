"""Chats that fall silent and are merged with others, on both databases."""

from __future__ import annotations

from sqlalchemy import select

from hub.core.ids import new_id
from hub.desk.commands import Reply
from hub.desk.messages import reply
from hub.intake.silence import fire_due_silences
from hub.routing.tables import agents
from tests.integration.desk.test_joining import CHAT, Scene
from tests.integration.desk.test_joining import scene as scene


async def answers(scene: Scene, contact_id: str, conversation_id: str | None = None) -> None:
    """Li answers live, in the contact's own conversation or in one that was merged into it."""
    said = Reply(
        contact_id, scene.li, "Li Na", new_id(), "Since when?", instant=True,
        conversation_id=conversation_id,
    )  # fmt: skip
    await scene.store.write(reply, said)


async def fire(scene: Scene) -> int:
    return await scene.store.write(lambda tx, _: fire_due_silences(tx, tx.now, 100), None)


async def load(scene: Scene) -> int:
    found = select(agents.c.live_load).where(agents.c.id == scene.li)
    return await scene.store.read(lambda tx, _: int(tx.execute(found).scalar_one()), None)


async def test_the_silence_of_a_merged_chat_does_not_end_the_mail_it_goes_on_in(
    scene: Scene,
) -> None:
    mail, chat = await scene.held("It leaks"), await scene.held("Hello?", CHAT)
    await scene.merge(mail, chat)
    await answers(scene, mail, (await scene.row(chat)).conversation_id)
    assert (await scene.row(mail)).quiet_until is None
    for after_s in (180, 600):
        scene.clock.advance(after_s)
        assert await fire(scene) == 0
    row = await scene.row(mail)
    assert (row.state, row.agent_id, row.reminded_at) == ("active", scene.li, None)
    assert [code for code in await scene.codes(mail) if code.startswith("chat_")] == []


async def test_a_chat_that_others_go_on_in_meanwhile_is_let_be(scene: Scene) -> None:
    chat, mail = await scene.held("Hello?", CHAT), await scene.held("It leaks")
    await answers(scene, mail)
    await answers(scene, chat)
    await scene.merge(chat, mail)
    scene.clock.advance(180)
    assert await fire(scene) == 1
    row = await scene.row(chat)
    assert (row.state, row.quiet_until, row.reminded_at) == ("active", None, None)
    scene.clock.advance(10_000)
    assert await fire(scene) == 0


async def test_what_lands_through_a_merge_brings_the_load_back(scene: Scene) -> None:
    chat = await scene.held("Hello?", CHAT)
    before = await load(scene)
    mail = await scene.opened("It leaks")
    await answers(scene, chat)
    scene.clock.advance(180)
    assert await fire(scene) == 1
    assert await load(scene) == 0
    await scene.merge(chat, mail)
    landed = await scene.writes(
        "It still leaks", conversation_id=(await scene.row(mail)).conversation_id
    )
    assert landed.contact_id == chat
    assert (await scene.row(chat)).reminded_at is None
    assert await load(scene) == before > 0
