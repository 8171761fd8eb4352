"""Contacts merged into one and apart again, on both databases."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, select, update

from hub.contacts.drafts import SaveDraft, Words, find_draft, save_draft
from hub.contacts.effects import Effect, Send
from hub.contacts.history import find_open_contact
from hub.contacts.inbound import IdentityKind, Inbound, Receipt, SenderIdentity
from hub.contacts.joining.reads import conversations_of
from hub.contacts.joining.tables import contact_merges
from hub.contacts.model import Channel
from hub.contacts.service import get_contact
from hub.contacts.tables import contacts, interactions, segments
from hub.core.errors import Conflict, HubError, Invalid
from hub.core.ids import new_id
from hub.desk import handling
from hub.desk.choosing import offer_by_choice
from hub.desk.commands import Reply
from hub.desk.handling import Close, Handle, Park
from hub.desk.joining import MergeContacts, MergedContacts, merge_contacts
from hub.desk.messages import reply
from hub.desk.telling import By
from hub.desk.unjoining import Kept, UnmergeContacts, Unmerged, unmerge_contacts
from hub.intake import receive
from hub.intake.calls import Leave, leave
from hub.routing.model import OfferState
from hub.routing.record import Rule
from hub.routing.service import AcceptOffer, accept_offers
from hub.routing.settings import load_settings
from hub.routing.tables import agents, assignments, offers
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import NOON, ManualClock

MAIL = "chen@example.test"
CHAT = "visitor-1"


@dataclass
class Scene:
    store: Store
    clock: ManualClock
    li: str

    @property
    def by(self) -> By:
        return By(self.li, "Li Na")

    async def writes(self, text: str, who: str = MAIL, **changes: Any) -> Receipt:
        """A customer writes a mail, or in the chat."""
        chat = who.startswith("visitor")
        item = Inbound(
            entry_point_id="shop-chat" if chat else "mail",
            channel=Channel.WEBCHAT if chat else Channel.EMAIL,
            dedupe_key=new_id(),
            senders=(SenderIdentity(IdentityKind.VISITOR if chat else IdentityKind.EMAIL, who),),
            received_at=self.clock.now(),
            text=text,
            acknowledge=False,
            continues_latest=chat,
        )
        return await self.store.write(receive, msgspec.structs.replace(item, **changes))

    async def opened(self, text: str, who: str = MAIL) -> str:
        return str((await self.writes(text, who)).contact_id)

    async def held(self, text: str, who: str = MAIL) -> str:
        """A contact in Li's hands."""
        contact_id = await self.opened(text, who)
        await self.store.write(give_to_agent, (contact_id, self.li))
        return contact_id

    async def merge(self, kept: str, merged: str) -> MergedContacts:
        return await self.store.write(merge_contacts, MergeContacts(kept, merged, self.by))

    async def undo(self, merge_id: str) -> Unmerged:
        return await self.store.write(unmerge_contacts, UnmergeContacts(merge_id, self.by))

    async def row(self, contact_id: str) -> Row[Any]:
        [found] = await self.all(contacts, contacts.c.id == contact_id)
        return found

    async def all(self, table: Any, *where: Any) -> list[Row[Any]]:
        def read(tx: Tx, _: None) -> list[Row[Any]]:
            return list(tx.execute(select(table).where(*where)).all())

        return await self.store.read(read, None)

    async def codes(self, contact_id: str) -> list[str]:
        rows = await self.all(interactions, interactions.c.contact_id == contact_id)
        return [row.meta["code"] for row in rows if row.kind == "system" and "code" in row.meta]


@pytest.fixture
async def scene(store: Store, clock: ManualClock) -> Scene:
    await store.write(open_center, None)
    return Scene(store, clock, await store.write(add_agent, "Li"))


async def test_the_merged_contact_leaves_the_queue_and_the_older_question_counts(
    scene: Scene,
) -> None:
    waiting = await scene.opened("It leaks")
    scene.clock.advance(180)
    kept = await scene.held("In the chat", CHAT)
    await scene.store.write(
        lambda tx, _: tx.execute(
            update(contacts).where(contacts.c.id == waiting).values(priority=2, tier="gold")
        ),
        None,
    )
    done = await scene.merge(kept, waiting)
    merged, now = await scene.row(waiting), await scene.row(kept)
    assert (merged.state, merged.ended_as, merged.merged_into_id) == ("closed", "merged", kept)
    assert merged.unanswered_since is None
    assert (now.unanswered_since, now.priority, now.tier) == (NOON, 2, "gold")
    assert (now.unread, now.joins) == (2, True)
    running = await scene.all(segments, segments.c.contact_id == waiting)
    assert [row.ended_at is None for row in running] == [False]
    assert "merged_in" in await scene.codes(kept)
    assert "merged_away" in await scene.codes(waiting)
    shown = await scene.store.read(lambda tx, _: conversations_of(tx, now.conversation_id), None)
    assert [(row.contact_id, row.merge_id) for row in shown] == [(waiting, done.merge_id)]


async def test_what_comes_in_on_the_merged_conversation_lands_in_the_kept_contact(
    scene: Scene,
) -> None:
    mail = await scene.opened("It leaks")
    kept = await scene.held("In the chat", CHAT)
    await scene.merge(kept, mail)
    conversation = (await scene.row(mail)).conversation_id
    answer = Reply(kept, scene.li, "Li Na", "r1", "On its way", instant=True)
    await scene.store.write(reply, answer)
    later = await scene.writes("Still leaks", conversation_id=conversation)
    assert (later.contact_id, later.conversation_id) == (kept, conversation)
    assert (await scene.row(kept)).unanswered_since == NOON
    found = await scene.store.read(find_open_contact, conversation)
    assert found == kept
    await scene.store.write(handling.close, Close(Handle(kept, scene.li, scene.li, "Li Na")))
    anew = await scene.writes("And again", conversation_id=conversation)
    assert anew.contact_id not in (kept, mail)
    assert (await scene.row(str(anew.contact_id))).channel == "email"


async def test_a_parked_contact_wakes_by_what_comes_on_another_conversation(scene: Scene) -> None:
    mail = await scene.held("It leaks")
    chat = await scene.held("In the chat", CHAT)
    await scene.merge(mail, chat)
    await scene.store.write(handling.park, Park(Handle(mail, scene.li, scene.li, "Li Na")))
    landed = await scene.writes("Anybody?", CHAT)
    woken = await scene.row(mail)
    assert (landed.contact_id, woken.state, woken.channel) == (mail, "queued", "email")
    assert woken.target_s == (await scene.row(await scene.opened("New"))).target_s


async def test_an_answer_goes_by_the_conversation_that_is_chosen(scene: Scene) -> None:
    mail = await scene.opened("It leaks")
    kept = await scene.held("In the chat", CHAT)
    await scene.merge(kept, mail)
    conversation = (await scene.row(mail)).conversation_id
    answer = Reply(kept, scene.li, "Li Na", "r1", "By mail", instant=False)
    answer = replace(answer, conversation_id=conversation)
    written = await scene.store.write(reply, answer)
    assert written.conversation_id == conversation
    [effect] = await scene.all(outbox, outbox.c.interaction_id == written.interaction_id)
    send = msgspec.json.decode(effect.effect, type=Effect)
    assert isinstance(send, Send)
    assert (send.to, effect.channel, effect.entry_point_id) == ((MAIL,), "email", "mail")
    assert (await scene.row(kept)).unanswered_since is None
    strange = (await scene.row(await scene.opened("Other", "wang@example.test"))).conversation_id
    with pytest.raises(Conflict) as refused:
        await scene.store.write(reply, replace(answer, client_id="r2", conversation_id=strange))
    assert refused.value.reason == "reply.not_joined"


async def test_both_drafts_are_kept_and_go_apart_again(scene: Scene) -> None:
    mail, chat = await scene.held("It leaks"), await scene.held("In the chat", CHAT)

    async def drafted(contact_id: str, words: str) -> None:
        version = (await scene.row(contact_id)).draft_version
        command = SaveDraft(contact_id, scene.li, "Li Na", version, Words(text=words))
        await scene.store.write(save_draft, command)

    async def words_of(contact_id: str) -> str | None:
        draft = await scene.store.read(find_draft, contact_id)
        return draft.words.text if draft else None

    await drafted(mail, "We come tomorrow")
    await drafted(chat, "One moment")
    done = await scene.merge(chat, mail)
    assert await words_of(chat) == "One moment\n\nWe come tomorrow"
    assert await words_of(mail) is None
    undone = await scene.undo(done.merge_id)
    assert undone.kept == ()
    assert (await words_of(chat), await words_of(mail)) == ("One moment", "We come tomorrow")
    again = await scene.merge(chat, mail)
    await drafted(chat, "Rewritten")
    assert Kept.DRAFT in (await scene.undo(again.merge_id)).kept
    assert (await words_of(chat), await words_of(mail)) == ("Rewritten", "We come tomorrow")


async def test_undo_puts_both_back_as_they_were(scene: Scene) -> None:
    mail = await scene.held("It leaks")
    scene.clock.advance(5)
    chat = await scene.held("In the chat", CHAT)
    before = {one: await scene.row(one) for one in (mail, chat)}
    done = await scene.merge(chat, mail)
    conversation = before[mail].conversation_id
    later = await scene.writes("More", conversation_id=conversation)
    assert later.contact_id == chat
    undone = await scene.undo(done.merge_id)
    assert (undone.state, undone.kept) == ("active", ())
    after = {one: await scene.row(one) for one in (mail, chat)}
    for one in (mail, chat):
        same = ("state", "agent_id", "tier", "priority", "unanswered_since", "merged_into_id")
        for name in (*same, "ended_as", "joins"):
            assert getattr(after[one], name) == getattr(before[one], name), name
    entries = await scene.all(interactions, interactions.c.id == later.interaction_id)
    assert [row.contact_id for row in entries] == [mail]
    held = await scene.all(assignments, assignments.c.ended_at.is_(None))
    assert {row.contact_id for row in held} == {mail, chat}
    [agent] = await scene.all(agents, agents.c.id == scene.li)
    assert agent.live_load + agent.deferred_load == sum(row.cost for row in held)
    with pytest.raises(Conflict) as refused:
        await scene.undo(done.merge_id)
    assert refused.value.reason == "merge.undone"


async def test_undo_says_what_the_world_has_overtaken(scene: Scene) -> None:
    mail = await scene.opened("It leaks")
    kept = await scene.held("In the chat", CHAT)
    done = await scene.merge(kept, mail)
    await scene.store.write(reply, Reply(kept, scene.li, "Li", "r1", "Done", instant=True))
    await scene.store.write(handling.close, Close(Handle(kept, scene.li, scene.li, "Li Na")))
    undone = await scene.undo(done.merge_id)
    assert (undone.state, set(undone.kept)) == ("queued", {Kept.ANSWERED, Kept.OVER})
    assert (await scene.row(mail)).unanswered_since is None
    other = await scene.opened("A newer one", "wang@example.test")
    chat = await scene.held("Chat", "visitor-2")
    second = await scene.merge(chat, other)
    await scene.store.write(handling.close, Close(Handle(chat, scene.li, scene.li, "Li Na")))
    conversation = (await scene.row(other)).conversation_id
    newer = await scene.writes("New matter", "wang@example.test", conversation_id=conversation)
    undone = await scene.undo(second.merge_id)
    assert (undone.state, Kept.CLOSED in undone.kept) == ("closed", True)
    assert (await scene.row(str(newer.contact_id))).state == "queued"


async def test_a_chain_of_merges_ends_in_the_last_one_and_comes_apart_link_by_link(
    scene: Scene,
) -> None:
    first, second = await scene.opened("One"), await scene.opened("Two")
    last = await scene.held("In the chat", CHAT)
    one = await scene.merge(second, first)
    two = await scene.merge(last, second)
    on_first = (await scene.row(first)).conversation_id
    assert (await scene.writes("More", conversation_id=on_first)).contact_id == last
    await scene.undo(two.merge_id)
    landed = await scene.writes("More of it", conversation_id=on_first)
    assert landed.contact_id == second
    kept = {row.id: row.kept_conversation_id for row in await scene.all(contact_merges)}
    assert kept[one.merge_id] == (await scene.row(second)).conversation_id
    assert (await scene.row(last)).joins is False


async def test_what_is_over_stays_over_and_is_shown(scene: Scene) -> None:
    old = await scene.held("It leaks")
    await scene.store.write(handling.close, Close(Handle(old, scene.li, scene.li, "Li Na")))
    kept = await scene.held("In the chat", CHAT)
    with pytest.raises(Conflict) as refused:
        await scene.merge(old, kept)
    assert refused.value.reason == "merge.kept_is_over"
    done = await scene.merge(kept, old)
    assert (await scene.row(old)).ended_as == "handled"
    with pytest.raises(Conflict) as refused:
        await scene.merge(await scene.opened("Third"), old)
    assert refused.value.reason == "merge.again"
    assert (await scene.undo(done.merge_id)).state == "closed"
    assert (await scene.row(old)).merged_into_id is None
    with pytest.raises(Invalid):
        await scene.merge(kept, kept)


async def test_who_leaves_one_of_two_conversations_ends_nothing(scene: Scene) -> None:
    chat = await scene.opened("In the chat", CHAT)
    kept = await scene.held("It leaks")
    await scene.merge(kept, chat)
    await scene.store.write(leave, Leave(kept, "ended_chat"))
    assert (await scene.row(kept)).state == "active"


@pytest.mark.parametrize("first", ["merge", "accept"])
async def test_a_merge_while_it_rings_and_its_accept_come_one_after_the_other(
    scene: Scene, first: str
) -> None:
    """Whichever is first, load and state agree, and nobody holds a contact that is merged."""
    ringing = await scene.opened("It leaks")
    kept = await scene.held("In the chat", CHAT)
    wang = await scene.store.write(add_agent, "Wang")

    def ring(tx: Tx, _: None) -> str:
        row = get_contact(tx, ringing)
        answer = offer_by_choice(tx, load_settings(tx), [row], wang, Rule.PULLED)[ringing]
        assert isinstance(answer, str)
        return answer

    offer_id = await scene.store.write(ring, None)
    merge = scene.merge(kept, ringing)
    accept = scene.store.write(accept_offers, AcceptOffer(offer_id, wang))
    acts = [merge, accept] if first == "merge" else [accept, merge]
    results = await asyncio.gather(*acts, return_exceptions=True)
    refused = [one for one in results if isinstance(one, BaseException)]
    assert [one.reason for one in refused if isinstance(one, HubError)] == (
        ["offer.over"] if first == "merge" else []
    )
    [offer] = await scene.all(offers, offers.c.id == offer_id)
    assert offer.state == (OfferState.WITHDRAWN if first == "merge" else OfferState.ACCEPTED)
    assert (await scene.row(ringing)).ended_as == "merged"
    [agent] = await scene.all(agents, agents.c.id == wang)
    assert agent.live_load + agent.deferred_load == 0


async def test_of_two_merges_at_once_one_is_refused(scene: Scene) -> None:
    mail = await scene.opened("It leaks")
    one, two = await scene.held("Chat", CHAT), await scene.held("Chat", "visitor-2")
    results = await asyncio.gather(
        scene.merge(one, mail), scene.merge(two, mail), return_exceptions=True
    )
    codes = [result.reason for result in results if isinstance(result, HubError)]
    assert codes == ["merge.again"]
    ring = await asyncio.gather(
        scene.merge(one, two), scene.merge(two, one), return_exceptions=True
    )
    assert [result.reason for result in ring if isinstance(result, HubError)] == [
        "merge.kept_is_over"
    ] or [result.reason for result in ring if isinstance(result, HubError)] == ["merge.again"]


async def test_a_contact_that_was_taken_meanwhile_is_not_merged_away(scene: Scene) -> None:
    mine, theirs = await scene.held("It leaks"), await scene.held("In the chat", CHAT)
    seen = MergeContacts(mine, theirs, scene.by, seen_with=(scene.li, None))  # it waited
    with pytest.raises(Conflict) as refused:
        await scene.store.write(merge_contacts, seen)
    assert refused.value.reason == "merge.moved"
    await scene.store.write(merge_contacts, replace(seen, seen_with=(scene.li, scene.li)))


async def test_a_message_during_the_merge_is_lost_to_nobody(scene: Scene) -> None:
    mail = await scene.opened("It leaks")
    kept = await scene.held("In the chat", CHAT)
    conversation = (await scene.row(mail)).conversation_id
    messages = [scene.writes(f"More {n}", conversation_id=conversation) for n in range(6)]
    results = await asyncio.gather(*messages[:3], scene.merge(kept, mail), *messages[3:])
    receipts = [one for one in results if isinstance(one, Receipt)]
    assert {one.contact_id for one in receipts} <= {mail, kept}
    assert len({one.seq for one in receipts}) == 6
    open_ones = await scene.all(contacts, contacts.c.state.not_in(["closed", "abandoned"]))
    assert [row.id for row in open_ones] == [kept]
    assert (await scene.row(kept)).unread == 8
