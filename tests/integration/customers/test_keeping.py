"""What was said goes once it was kept long enough, and nothing that is still needed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM
from hub.accounts.tables import audit_log
from hub.channels.mailbox.tables import raw_mails
from hub.contacts.commitments.commands import FinishCommitment, MakeCommitment
from hub.contacts.commitments.model import CommitmentKind, CommitmentState
from hub.contacts.commitments.service import finish_commitment, make_commitment
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.drafts import SaveDraft, Words, save_draft
from hub.contacts.inbound import IdentityKind
from hub.contacts.keeping.model import EXPIRED
from hub.contacts.keeping.tables import emptied_contacts, keeping_waits
from hub.contacts.tables import contacts, conversations, drafts, interactions, segments
from hub.core.errors import Conflict
from hub.customers.consent.model import STOP_SELLING
from hub.customers.consent.tables import consents
from hub.customers.holds.service import (
    HoldCustomer,
    ReleaseCustomer,
    hold_customer,
    release_customer,
)
from hub.customers.settings import QueueKeep
from hub.customers.tables import customers, identities
from hub.desk.joining import MergeContacts, merge_contacts
from hub.desk.telling import By
from hub.jobs.named_blobs import unnamed
from hub.storage import Tx
from hub.testing.center import give_to_agent
from tests.integration.outreach.build import MAIL, add_customer
from tests.integration.outreach.conftest import house as house

from .keeping import CANARY, Keeper, ended, keeper_of
from .keeping import keeper as keeper
from .test_erasing import erased

OTHER = "liu@example.test"


class Killed(BaseException):
    """The process ends here."""


async def test_a_mail_goes_with_all_its_words_and_files_and_the_rest_stays(keeper: Keeper) -> None:
    await keeper.says(mails_days=30, originals_days=0)
    await keeper.house.stops(STOP_SELLING)
    said_no = await keeper.rows_of(consents)
    contact_id = await keeper.rich()
    before = await ended(keeper)
    stretches = len(await keeper.house.rows(segments))
    files = [path for path in keeper.blobs.root.rglob("*") if path.is_file()]
    assert len(files) == 2
    keeper.passes(29.9)
    assert (await keeper.round()).contacts == 0
    assert await keeper.left()
    keeper.passes(0.2)
    went = await keeper.round()
    assert (went.contacts, went.files) == (1, 2)
    assert await keeper.left() == []
    assert await keeper.found() == 0
    assert [path for path in keeper.blobs.root.rglob("*") if path.is_file()] == []
    rows = [row for row in await keeper.house.rows(interactions) if row.contact_id == contact_id]
    assert len(rows) >= 3
    assert {str(row.meta) for row in rows} == {str({"code": EXPIRED, "days": 30})}
    assert await ended(keeper) == before  # no figure changes
    assert len(await keeper.house.rows(segments)) == stretches
    assert await keeper.house.identity()  # their address, and what they said no to
    assert await keeper.rows_of(consents) == said_no
    assert (await keeper.round()).contacts == 0


async def test_nothing_goes_before_it_is_switched_on(keeper: Keeper) -> None:
    await keeper.says(deletes=False, mails_days=1, access_log_days=180)
    contact_id = await keeper.over()
    await keeper.house.store.write(_signed_in, None)
    keeper.passes(400)
    went = await keeper.round()
    assert (went.contacts, went.files, went.lines) == (0, 0, 0)
    assert await keeper.is_there(contact_id)


async def test_zero_days_is_without_end(keeper: Keeper) -> None:
    await keeper.says(mails_days=0, originals_days=0)
    contact_id = await keeper.over()
    keeper.passes(40 * 365)
    await keeper.round()
    assert await keeper.is_there(contact_id)


async def test_a_queue_keeps_its_own_days(keeper: Keeper) -> None:
    await keeper.says({"finance": QueueKeep(mails_days=100)}, mails_days=30)
    usual = await keeper.over(who=MAIL)
    longer = await keeper.over(who=OTHER, point="finance-mail")
    keeper.passes(31)
    await keeper.round()
    assert not await keeper.is_there(usual)
    assert await keeper.is_there(longer)
    keeper.passes(70)
    await keeper.round()
    assert not await keeper.is_there(longer)


async def test_what_is_open_is_left_alone_with_what_was_said_before(keeper: Keeper) -> None:
    """An agent reads the conversation: none of it goes under their hands."""
    await keeper.says(mails_days=30)
    first = await keeper.over()
    keeper.passes(20)
    [conversation] = await keeper.house.rows(conversations)
    second = await keeper.receives(f"{CANARY} again")
    await keeper.house.store.write(_one_conversation, (second, conversation.id))
    await keeper.house.store.write(give_to_agent, (second, keeper.house.ann))
    keeper.passes(50)
    await keeper.round()
    assert await keeper.is_there(first)
    [wait] = await keeper.rows_of(keeping_waits)
    assert wait.why == "goes_on"
    await keeper.house.closes(second)
    keeper.passes(1)
    await keeper.round()
    assert not await keeper.is_there(first)
    assert await keeper.is_there(second)


def _one_conversation(tx: Tx, asked: tuple[str, str]) -> None:
    """As if the second mail had joined the first one's thread."""
    contact_id, conversation_id = asked
    there = interactions.c.contact_id == contact_id
    for place, entry_id in enumerate(tx.execute(select(interactions.c.id).where(there)).scalars()):
        tx.execute(
            update(interactions)
            .where(interactions.c.id == entry_id)
            .values(conversation_id=conversation_id, seq=100 + place)
        )
    tx.execute(
        update(conversations).where(conversations.c.id == conversation_id).values(last_seq=200)
    )
    tx.execute(
        update(contacts).where(contacts.c.id == contact_id).values(conversation_id=conversation_id)
    )


async def test_what_was_promised_or_complained_of_is_finished_first(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    store, clock = keeper.house.store, keeper.house.centre.clock
    promised, complained = await keeper.over(who=MAIL), await keeper.over(who=OTHER)
    made = await store.write(
        make_commitment,
        MakeCommitment(
            SYSTEM, CommitmentKind.OTHER, f"A kettle for {CANARY}",
            clock.now() + timedelta(days=90), contact_id=promised, owner_id=keeper.house.ann,
        ),
    )  # fmt: skip
    await store.write(
        open_complaint, OpenComplaint(SYSTEM, f"{CANARY} leaks", contact_id=complained)
    )
    keeper.passes(31)
    await keeper.round()
    assert await keeper.is_there(promised)
    assert await keeper.is_there(complained)
    await store.write(
        finish_commitment, FinishCommitment(SYSTEM, made, CommitmentState.KEPT, f"{CANARY} has it")
    )
    keeper.passes(1)
    await keeper.round()
    assert not await keeper.is_there(promised)
    assert await keeper.is_there(complained)
    assert not [line for line in await keeper.left() if line.startswith("commitment")]


async def test_an_answer_that_was_begun_lately_is_not_taken_away(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    contact_id = await keeper.receives(CANARY)
    await keeper.house.store.write(give_to_agent, (contact_id, keeper.house.ann))
    begun = SaveDraft(contact_id, keeper.house.ann, "Ann", 0, Words(text=f"Dear {CANARY}"))
    await keeper.house.store.write(save_draft, begun)
    kept = [dict(row._mapping) for row in await keeper.rows_of(drafts)]
    await keeper.house.closes(contact_id)
    keeper.passes(31)
    kept[0]["saved_at"] = keeper.house.centre.clock.now()
    await keeper.house.store.write(lambda tx, _: tx.execute(drafts.insert(), kept), None)
    await keeper.round()
    assert await keeper.is_there(contact_id)
    keeper.passes(31)
    await keeper.round()
    assert await keeper.left() == []


async def test_what_was_merged_into_an_open_contact_goes_with_it(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    kept, merged = await keeper.receives(CANARY, MAIL), await keeper.receives(CANARY, OTHER)
    for one in (kept, merged):
        await keeper.house.store.write(give_to_agent, (one, keeper.house.ann))
    by = By(keeper.house.ann, "Ann")
    await keeper.house.store.write(merge_contacts, MergeContacts(kept, merged, by))
    keeper.passes(31)
    await keeper.round()
    assert await keeper.is_there(merged)
    await keeper.house.closes(kept)
    keeper.passes(10)
    await keeper.round()
    assert await keeper.is_there(merged)  # its words are read with the other's
    keeper.passes(21)
    assert (await keeper.round()).contacts == 2
    assert not await keeper.is_there(merged)
    assert not await keeper.is_there(kept)
    keeper.passes(2)
    await keeper.round()
    assert await keeper.rows_of(keeping_waits) == []


async def test_what_is_held_stays_over_merges_until_it_is_released(keeper: Keeper) -> None:
    await keeper.says(mails_days=30, originals_days=30)
    store = keeper.house.store
    mine = await keeper.rich()
    liu = await store.write(add_customer, ("Liu", [(IdentityKind.EMAIL, OTHER)]))
    theirs = await keeper.over(who=OTHER)
    await store.write(hold_customer, HoldCustomer(SYSTEM, liu, "a dispute"))
    await keeper.merged(keeper.house.chen, liu)
    keeper.passes(31)
    await keeper.round()
    assert await keeper.is_there(mine)  # one and the same person now
    assert await keeper.is_there(theirs)
    assert [row.blob_id != "" for row in await keeper.house.rows(raw_mails)] == [True]
    with pytest.raises(Conflict) as caught:
        await erased(keeper.house)
    assert caught.value.reason == "erase.held"
    await store.write(release_customer, ReleaseCustomer(SYSTEM, keeper.house.chen))
    keeper.passes(1)
    await keeper.round()
    assert await keeper.left() == []
    assert [row.blob_id for row in await keeper.house.rows(raw_mails)] == [""]


async def test_an_anonymous_chat_goes_sooner_than_one_whose_customer_is_known(
    keeper: Keeper,
) -> None:
    await keeper.says(anonymous_chats_days=90, chats_days=1000)
    nobodys = await keeper.over(who="visitor-1")
    known = await keeper.over(who="visitor-2")
    visitors = {row.value_norm: row.customer_id for row in await keeper.house.rows(identities)}
    await keeper.merged(keeper.house.chen, visitors["visitor-2"])
    keeper.passes(91)
    await keeper.round()
    assert not await keeper.is_there(nobodys)
    assert await keeper.is_there(known)
    names = {row.id: row.name for row in await keeper.house.rows(customers)}
    assert names[visitors["visitor-1"]] is None  # what they called themselves
    keeper.passes(910)
    await keeper.round()
    assert not await keeper.is_there(known)


async def test_an_original_goes_before_what_it_says(keeper: Keeper) -> None:
    await keeper.says(mails_days=1000, originals_days=30)
    contact_id = await keeper.rich()
    waiting = await keeper.blobs.put(b"not read yet")
    await keeper.house.store.write(_stored, waiting.id)
    keeper.passes(31)
    went = await keeper.round()
    assert (went.contacts, went.files) == (0, 1)
    assert await keeper.is_there(contact_id)
    assert {row.raw_blob_id for row in await keeper.house.rows(interactions)} == {None}
    assert keeper.blobs.path(waiting.id).exists()  # nobody has read it: it is no copy


def _stored(tx: Tx, blob_id: str) -> None:
    tx.execute(
        raw_mails.insert().values(
            id="unread", entry_point_id="mail", sha256="0", blob_id=blob_id, size_bytes=1,
            recipient="", state="stored", attempts=0, try_at=tx.now, received_at=tx.now,
        )
    )  # fmt: skip


def _signed_in(tx: Tx, _: None) -> None:
    audit(tx, SYSTEM, "session.open", "session", "s1")
    audit(tx, SYSTEM, "customer.reveal", "customer", "c1")
    audit(tx, SYSTEM, "user.add", "user", "u1")


async def test_who_looked_is_forgotten_and_who_did_is_not(keeper: Keeper) -> None:
    await keeper.says(access_log_days=180)
    await keeper.house.store.write(_signed_in, None)
    keeper.passes(179)
    assert (await keeper.round()).lines == 0
    keeper.passes(1.1)
    assert (await keeper.round()).lines == 2
    acts = [row.action for row in await keeper.house.rows(audit_log)]
    assert "user.add" in acts
    assert not {"session.open", "customer.reveal"} & set(acts)
    assert acts[-1] == "content.expire"


async def test_a_round_that_is_cut_short_goes_on_where_it_was(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After each commit, files may be left: those are nobody's, and are swept."""
    await keeper.says(mails_days=30, originals_days=0)
    for _ in range(12):
        await keeper.rich()
    keeper.passes(31)

    async def dies(_blob_id: str) -> None:
        raise Killed

    monkeypatch.setattr(keeper.blobs, "delete", dies)
    with pytest.raises(Killed):
        await keeper.round()
    monkeypatch.undo()
    empty = len(await keeper.rows_of(emptied_contacts))
    assert 0 < empty < 12
    keeper.passes(0.01)  # its lease is over
    went = await keeper_of(keeper.house, keeper.blobs).round()
    assert went.contacts == 12 - empty
    assert await keeper.left() == []


async def test_what_is_left_behind_by_a_kill_is_nobodys(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows are committed, the files are not removed: the sweep finds that no row names them."""
    await keeper.says(mails_days=30, originals_days=0)
    await keeper.rich()
    keeper.passes(31)

    async def dies(_blob_id: str) -> None:
        raise Killed

    monkeypatch.setattr(keeper.blobs, "delete", dies)
    with pytest.raises(Killed):
        await keeper.round()
    monkeypatch.undo()
    files = [path.name for path in keeper.blobs.root.rglob("*") if path.is_file()]
    assert len(files) == 2
    assert sorted(await keeper.house.store.read(unnamed, files)) == sorted(files)
