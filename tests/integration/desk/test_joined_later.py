"""Answers that go out later in contacts that are merged, closed as spam, or whose sender is
blocked, on both databases.
"""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import Row

from hub.accounts.model import Actor
from hub.contacts.later.meanwhile import OVERTAKEN
from hub.contacts.later.model import Answer
from hub.contacts.later.tables import scheduled_replies
from hub.contacts.tables import attachments, interactions
from hub.desk.blocking import BlockSender, block_sender
from hub.desk.handling import Handle
from hub.desk.later import OfVersion, SendLater, send_later, send_now
from hub.desk.spam import MarkSpam, mark_spam
from hub.desk.unwanted import BLOCKED, SPAM
from hub.desk.uploads import Upload, keep_upload

from .test_joining import CHAT, Scene, scene
from .test_later import TOMORROW, fire

__all__ = ["scene"]


async def put(scene: Scene, contact_id: str, text: str = "Tomorrow.", **words: Any) -> None:
    answer = Answer(text=text, **words)
    command = SendLater(contact_id, scene.li, "Li Na", text, answer, TOMORROW)
    await scene.store.write(send_later, command)


async def waiting(scene: Scene, contact_id: str) -> list[tuple[Any, ...]]:
    rows = await scene.all(scheduled_replies, scheduled_replies.c.contact_id == contact_id)
    return [(answer(row).text, answer(row).conversation_id, row.held) for row in rows]


def answer(row: Row[Any]) -> Answer:
    return msgspec.json.decode(row.document, type=Answer)


async def fired(scene: Scene) -> list[tuple[str, str]]:
    """Let everything go out that does, and return (text, conversation) of what did."""
    scene.clock.advance(20 * 3600)
    await scene.store.write(fire, None)
    rows = await scene.all(interactions, interactions.c.author_id == scene.li)
    return [(row.text, row.conversation_id) for row in rows if row.direction == "out"]


async def test_what_waits_goes_along_in_a_merge_and_comes_back(scene: Scene) -> None:
    mail, chat = await scene.held("It leaks"), await scene.held("In the chat", CHAT)
    before = await scene.row(mail)
    upload = Upload(scene.li, "b1", "a.pdf", "application/pdf", 3)
    file = await scene.store.write(keep_upload, upload)
    await put(scene, mail, attachment_ids=(file,))
    await put(scene, chat, "In the chat.", instant=True)
    done = await scene.merge(chat, mail)
    kept, merged = await scene.row(chat), await scene.row(mail)
    assert (kept.scheduled_at, merged.scheduled_at) == (TOMORROW, None)
    assert sorted(await waiting(scene, chat)) == [
        ("In the chat.", None, None),
        ("Tomorrow.", before.conversation_id, None),
    ]
    [kept_file] = await scene.all(attachments, attachments.c.id == file)
    assert kept_file.contact_id == chat
    await scene.undo(done.merge_id)
    assert await waiting(scene, mail) == [("Tomorrow.", None, None)]
    assert await waiting(scene, chat) == [("In the chat.", None, None)]
    assert (await scene.row(mail)).scheduled_at == TOMORROW
    again = await scene.merge(chat, mail)
    assert again.merge_id != done.merge_id
    assert sorted(await fired(scene)) == [
        ("In the chat.", kept.conversation_id),
        ("Tomorrow.", before.conversation_id),
    ]
    assert (await scene.row(chat)).scheduled_at is None


async def test_what_waits_comes_apart_link_by_link(scene: Scene) -> None:
    one = await scene.held("It leaks")
    two = await scene.held("And the other", "wang@example.test")
    three = await scene.held("In the chat", CHAT)
    await put(scene, one, "One.")
    await put(scene, two, "Two.")
    on = [(await scene.row(id_)).conversation_id for id_ in (one, two)]
    first = await scene.merge(two, one)
    second = await scene.merge(three, two)
    assert sorted(await waiting(scene, three)) == [("One.", on[0], None), ("Two.", on[1], None)]
    await scene.undo(second.merge_id)
    assert sorted(await waiting(scene, two)) == [("One.", on[0], None), ("Two.", None, None)]
    assert await waiting(scene, three) == []
    await scene.undo(first.merge_id)
    assert await waiting(scene, one) == [("One.", None, None)]
    assert await waiting(scene, two) == [("Two.", None, None)]


@pytest.mark.parametrize("who", ["mail", "chat"])
@pytest.mark.parametrize("put_first", [True, False])
async def test_what_the_customer_says_on_either_conversation_holds_both(
    scene: Scene, who: str, *, put_first: bool
) -> None:
    mail, chat = await scene.held("It leaks"), await scene.held("In the chat", CHAT)
    conversation = (await scene.row(mail)).conversation_id
    if put_first:
        await put(scene, mail, "By mail.")
        await put(scene, chat, "In the chat.", instant=True)
        await scene.merge(chat, mail)
    else:
        await scene.merge(chat, mail)
        await put(scene, chat, "By mail.", conversation_id=conversation)
        await put(scene, chat, "In the chat.", instant=True)
    scene.clock.advance(60)
    if who == "mail":
        await scene.writes("Never mind", conversation_id=conversation)
    else:
        await scene.writes("Never mind", CHAT)
    assert await fired(scene) == []
    assert sorted(await waiting(scene, chat)) == [
        ("By mail.", conversation, OVERTAKEN),
        ("In the chat.", None, OVERTAKEN),
    ]


async def test_what_was_said_before_the_merge_and_since_it_was_put_aside_holds_it(
    scene: Scene,
) -> None:
    mail, chat = await scene.held("It leaks"), await scene.held("In the chat", CHAT)
    await put(scene, mail)
    scene.clock.advance(60)
    await scene.writes("Never mind", CHAT)
    await scene.merge(mail, chat)
    assert await fired(scene) == []
    assert await waiting(scene, mail) == [("Tomorrow.", None, OVERTAKEN)]


async def test_what_waits_in_spam_is_held_until_somebody_says_so(scene: Scene) -> None:
    mail = await scene.held("Buy pills")
    await put(scene, mail)
    await scene.store.write(mark_spam, MarkSpam(mail, scene.by))
    assert await fired(scene) == []
    assert await waiting(scene, mail) == [("Tomorrow.", None, SPAM)]
    assert (await scene.row(mail)).scheduled_held is True
    [row] = await scene.all(scheduled_replies)
    await scene.store.write(send_now, OfVersion(row.id, row.version))
    assert [text for text, _ in await fired(scene)] == ["Tomorrow."]


async def test_nothing_goes_out_by_itself_to_who_was_blocked(scene: Scene) -> None:
    mail, other = await scene.held("You fools"), await scene.held("Hi", CHAT)
    again = await scene.held("You fools again")
    assert again != mail
    await put(scene, again)
    await put(scene, other, "To another.", instant=True)
    by = Actor(scene.li, "Li Na", "console")
    handle = Handle(mail, scene.li, scene.li, "Li Na")
    await scene.store.write(block_sender, BlockSender(handle, by, "insults"))
    assert "marked_spam" in await scene.codes(mail)
    assert [text for text, _ in await fired(scene)] == ["To another."]
    assert await waiting(scene, again) == [("Tomorrow.", None, BLOCKED)]
