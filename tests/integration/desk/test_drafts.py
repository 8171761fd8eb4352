"""The reply begun and not sent: one for each contact, never overwritten unseen, gone once sent."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import func, select

from hub.contacts import drafts
from hub.contacts import service as contacts_service
from hub.contacts.drafts import DropDraft, SaveDraft, Words, drop_draft, find_draft, save_draft
from hub.contacts.model import Channel, ContactState
from hub.contacts.service import Move
from hub.contacts.tables import drafts as table
from hub.core.errors import Conflict, Invalid
from hub.desk import handling, messages
from hub.desk.commands import Reply
from hub.desk.handling import Handle, Transfer
from hub.desk.uploads import Upload, keep_upload
from hub.routing.returns import take_back
from hub.routing.settings import load_settings
from hub.storage import Store, Tx
from hub.testing.center import give_to_agent, open_center
from hub.testing.clock import ManualClock
from tests.integration.routing.test_offers import Floor


@pytest.fixture
async def floor(store: Store, clock: ManualClock) -> Floor:
    await store.write(open_center, None)
    return Floor(store, clock)


async def a_mail(floor: Floor, agent: str) -> str:
    mail = await floor.contact(Channel.EMAIL)
    await floor.store.write(give_to_agent, (mail, agent))
    return mail


def begun(mail: str, agent: str, text: str, version: int, files: tuple[str, ...] = ()) -> SaveDraft:
    return SaveDraft(mail, agent, "Li", version, Words(text=text, attachments=files))


async def words_of(floor: Floor, mail: str) -> str | None:
    draft = await floor.store.read(find_draft, mail)
    return None if draft is None else draft.words.text


def count(tx: Tx, _: None) -> int:
    return int(tx.execute(select(func.count()).select_from(table)).scalar_one())


def close(tx: Tx, contact_id: str) -> None:
    contacts_service.move(tx, Move(contact_id, ContactState.CLOSED))


def to_queue(tx: Tx, contact_id: str) -> None:
    row = contacts_service.get_contact(tx, contact_id)
    take_back(tx, load_settings(tx), [row], "untouched")


async def test_a_save_made_of_an_older_state_is_refused(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail(floor, li)
    assert await floor.store.write(save_draft, begun(mail, li, "one", 0)) == 1
    assert await floor.store.write(save_draft, begun(mail, li, "two", 1)) == 2
    with pytest.raises(Conflict) as refused:
        await floor.store.write(save_draft, begun(mail, li, "from another page", 1))
    assert refused.value.reason == "draft.changed"
    with pytest.raises(Conflict):
        await floor.store.write(drop_draft, DropDraft(mail, li, 1))
    assert await words_of(floor, mail) == "two"
    assert await floor.store.write(drop_draft, DropDraft(mail, li, 2)) == 3
    assert (await words_of(floor, mail), (await floor.state(mail)).draft_author_id) == (None, None)


async def test_a_colleague_writes_into_a_draft_but_does_not_discard_it(floor: Floor) -> None:
    li, wang = await floor.agent("Li"), await floor.agent("Wang")
    mail = await a_mail(floor, li)
    await floor.store.write(save_draft, begun(mail, li, "one", 0))
    proposed = SaveDraft(mail, wang, "Wang", 1, Words(text="one, better"))
    assert await floor.store.write(save_draft, proposed) == 2
    found = await floor.store.read(find_draft, mail)
    assert found is not None
    assert (found.author_id, found.author_name, found.words.text) == (wang, "Wang", "one, better")
    with pytest.raises(Conflict) as refused:
        await floor.store.write(drop_draft, DropDraft(mail, wang, 2))
    assert refused.value.reason == "contact.not_yours"
    assert await words_of(floor, mail) == "one, better"


async def test_a_draft_without_words_or_files_is_refused(floor: Floor) -> None:
    """Nobody empties another's draft by saving nothing."""
    li = await floor.agent("Li")
    mail = await a_mail(floor, li)
    with pytest.raises(Invalid) as refused:
        await floor.store.write(save_draft, begun(mail, li, " \n", 0))
    assert refused.value.reason == "draft.empty"


async def test_of_two_saves_at_once_one_is_refused(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail(floor, li)
    saves = [floor.store.write(save_draft, begun(mail, li, text, 0)) for text in ("a", "b", "c")]
    results = await asyncio.gather(*saves, return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["Conflict", "Conflict", "int"]
    assert await words_of(floor, mail) == "abc"[[type(r) for r in results].index(int)]


async def test_a_draft_waits_in_the_queue_and_is_the_next_agents_after_a_transfer(
    floor: Floor,
) -> None:
    li, wang = await floor.agent("Li"), await floor.agent("Wang")
    mail = await a_mail(floor, li)
    await floor.store.write(save_draft, begun(mail, li, "one", 0))
    passed_on = Transfer(Handle(mail, li, li, "Li"), queue_id="finance")
    await floor.store.write(handling.transfer, passed_on)
    assert (await floor.state(mail)).state == "queued"
    assert await words_of(floor, mail) == "one"
    for agent in (li, wang):
        with pytest.raises(Conflict) as refused:
            await floor.store.write(save_draft, begun(mail, agent, "two", 1))
        assert refused.value.reason == "draft.closed"
        with pytest.raises(Conflict) as refused:
            await floor.store.write(drop_draft, DropDraft(mail, agent, 1))
        assert refused.value.reason == "draft.closed"
    await floor.store.write(give_to_agent, (mail, wang))
    assert await floor.store.write(save_draft, begun(mail, wang, "one, and two", 1)) == 2


async def test_what_was_sent_does_not_come_back(floor: Floor) -> None:
    """A save that was under way while its answer was sent arrives after it."""
    li = await floor.agent("Li")
    mail = await a_mail(floor, li)
    await floor.store.write(save_draft, begun(mail, li, "Ye", 0))
    answer = Reply(mail, li, "Li", "r1", "Yes.", instant=False, draft_version=1)
    await floor.store.write(messages.reply, answer)
    assert (await words_of(floor, mail), (await floor.state(mail)).draft_author_id) == (None, None)
    with pytest.raises(Conflict):
        await floor.store.write(save_draft, begun(mail, li, "Yes.", 1))
    assert await floor.store.read(count, None) == 0


async def test_a_first_save_that_comes_after_its_answer_is_refused_too(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail(floor, li)
    answer = Reply(mail, li, "Li", "r1", "Yes.", instant=False, draft_version=0)
    await floor.store.write(messages.reply, answer)
    with pytest.raises(Conflict):
        await floor.store.write(save_draft, begun(mail, li, "Yes.", 0))


async def test_the_next_answer_begun_while_one_was_held_back_stays(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail(floor, li)
    await floor.store.write(save_draft, begun(mail, li, "Yes.", 0))
    await floor.store.write(save_draft, begun(mail, li, "And one more thing", 1))
    answer = Reply(mail, li, "Li", "r1", "Yes.", instant=False, draft_version=1)
    await floor.store.write(messages.reply, answer)
    assert await words_of(floor, mail) == "And one more thing"
    plain = Reply(mail, li, "Li", "r2", "From a program", instant=False)
    await floor.store.write(messages.reply, plain)
    assert await words_of(floor, mail) is None


async def test_a_closed_contact_keeps_no_draft_and_takes_none(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail, other = await a_mail(floor, li), await a_mail(floor, li)
    await floor.store.write(save_draft, begun(mail, li, "one", 0))
    await floor.store.write(save_draft, begun(other, li, "other", 0))
    await floor.store.write(close, mail)
    row = await floor.state(mail)
    assert (await words_of(floor, mail), row.draft_author_id) == (None, None)
    assert await words_of(floor, other) == "other"
    with pytest.raises(Conflict) as refused:
        await floor.store.write(save_draft, begun(mail, li, "late", row.draft_version))
    assert refused.value.reason == "draft.closed"


async def test_files_travel_with_the_draft_to_who_answers(floor: Floor) -> None:
    li, wang = await floor.agent("Li"), await floor.agent("Wang")
    mail, other = await a_mail(floor, li), await a_mail(floor, wang)
    file = await floor.store.write(keep_upload, Upload(li, "blob", "a.png", "image/png", 40))
    with pytest.raises(Invalid):
        await floor.store.write(save_draft, begun(mail, wang, "", 0, (file,)))
    await floor.store.write(save_draft, begun(mail, li, "See", 0, (file,)))
    await floor.store.write(to_queue, mail)
    await floor.store.write(give_to_agent, (mail, wang))
    found = await floor.store.read(find_draft, mail)
    assert found is not None
    assert ([one.name for one in found.files], found.author_id) == (["a.png"], li)
    stolen = Reply(other, wang, "Wang", "r0", "See", instant=False, attachment_ids=(file,))
    with pytest.raises(Invalid):
        await floor.store.write(messages.reply, stolen)
    answer = Reply(mail, wang, "Wang", "r1", "See", instant=False, attachment_ids=(file,))
    await floor.store.write(messages.reply, answer)


async def test_a_draft_has_its_limit(floor: Floor) -> None:
    li = await floor.agent("Li")
    mail = await a_mail(floor, li)
    with pytest.raises(Invalid):
        await floor.store.write(save_draft, begun(mail, li, "x" * (drafts.MAX_TEXT + 1), 0))
