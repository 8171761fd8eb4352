"""Entries of calls have days of their own, and what went in a round is told, whoever is killed."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import insert, update

from hub.accounts.tables import audit_log
from hub.channels.phone.model import Call
from hub.channels.phone.rows import add_call
from hub.channels.phone.tables import calls
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity
from hub.contacts.keeping.model import EXPIRED, Why
from hub.contacts.keeping.tables import keeping_waits
from hub.contacts.model import Channel, InteractionKind
from hub.contacts.recordings.model import RecordingKind, RecordingState
from hub.contacts.recordings.tables import recordings
from hub.contacts.tables import contacts, interactions, segments
from hub.core.ids import new_id
from hub.desk.commands import Note
from hub.desk.messages import note
from hub.intake.receive import receive
from hub.storage import Tx
from hub.testing.center import give_to_agent
from tests.integration.outreach.conftest import house as house

from .keeping import CANARY, Keeper
from .keeping import keeper as keeper

CHEN = "+8613800138000"


class Killed(BaseException):
    """The process ends here."""


async def called(keeper: Keeper) -> str:
    """Somebody has called, an agent noted what they said, and it is over; return the contact."""
    item = Inbound(
        entry_point_id="hotline",
        channel=Channel.PHONE,
        dedupe_key=new_id(),
        senders=(SenderIdentity(IdentityKind.PHONE, CHEN),),
        received_at=keeper.house.centre.clock.now(),
        kind=InteractionKind.CALL,
        acknowledge=False,
        meta={"call_id": new_id(), "from": CHEN, "menu": CANARY},
    )
    receipt = await keeper.house.store.write(receive, item)
    contact_id = str(receipt.contact_id)
    await keeper.house.store.write(give_to_agent, (contact_id, keeper.house.ann))
    said = Note(contact_id, keeper.house.ann, "Ann", new_id(), f"{CANARY} is where they live")
    await keeper.house.store.write(note, said)
    await keeper.closes(contact_id)
    return contact_id


def _record(tx: Tx, contact_id: str) -> None:
    """Its recording is kept."""
    tx.execute(
        insert(recordings).values(
            id=new_id(), kind=RecordingKind.CALL, contact_id=contact_id, entry_point_id="hotline",
            conversation_id=new_id(), queue_id="support", state=RecordingState.KEPT,
            state_at=tx.now, started_at=tx.now, duration_s=9, channels=2, note="", held=False,
            blob_id=new_id(), keep_days=180,
        )
    )  # fmt: skip


def _forget_recordings(tx: Tx, _: None) -> None:
    tx.execute(update(recordings).values(deleted_at=tx.now, blob_id=None))


async def test_the_entries_of_a_call_go_by_days_of_their_own_and_its_figures_stay(
    keeper: Keeper,
) -> None:
    await keeper.says(calls_days=60, mails_days=30)
    contact_id = await called(keeper)
    before = [row for row in await keeper.house.rows(segments) if row.contact_id == contact_id]
    keeper.passes(59)
    assert (await keeper.round()).contacts == 0
    assert await keeper.is_there(contact_id)
    keeper.passes(1.1)
    assert (await keeper.round()).contacts == 1
    assert await keeper.left() == []
    entries = [r for r in await keeper.house.rows(interactions) if r.contact_id == contact_id]
    kinds = {row.kind for row in entries}
    assert InteractionKind.CALL in kinds
    assert all(row.meta == {"code": EXPIRED, "days": 60} for row in entries)
    after = [row for row in await keeper.house.rows(segments) if row.contact_id == contact_id]
    assert after == before
    assert after


async def test_calls_are_kept_without_end_where_a_queue_says_so(keeper: Keeper) -> None:
    await keeper.says(calls_days=0)
    await called(keeper)
    keeper.passes(5000)
    assert (await keeper.round()).contacts == 0


async def test_a_call_stays_as_long_as_its_recording(keeper: Keeper) -> None:
    await keeper.says(calls_days=30)
    contact_id = await called(keeper)
    await keeper.house.store.write(_record, contact_id)
    keeper.passes(31)
    assert (await keeper.round()).contacts == 0
    assert [row.why for row in await keeper.rows_of(keeping_waits)] == [Why.RECORDED]
    assert await keeper.is_there(contact_id)
    await keeper.house.store.write(_forget_recordings, None)
    keeper.passes(1.1)
    assert (await keeper.round()).contacts == 1
    assert await keeper.left() == []


async def test_the_numbers_that_the_channel_kept_of_a_call_go(keeper: Keeper) -> None:
    await keeper.says(calls_days=30)
    contact_id = await called(keeper)

    call = Call(
        id=new_id(),
        entry_point_id="hotline",
        sid="CA1",
        from_address=CHEN,
        to_address="+862158880000",
        language="en",
        started_at=keeper.house.centre.clock.now(),
        contact_id=contact_id,
    )
    await keeper.house.store.write(add_call, call)
    keeper.passes(31)
    await keeper.round()
    assert {row.from_address for row in await keeper.house.rows(calls)} == {""}
    [contact] = [row for row in await keeper.house.rows(contacts) if row.id == contact_id]
    assert contact.channel == Channel.PHONE


async def test_a_round_that_is_killed_is_told_by_the_next_one_once(
    keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    await keeper.says(mails_days=30, originals_days=0)
    for _ in range(8):
        await keeper.rich()
    keeper.passes(31)
    took = 0

    async def killed(_blob_ids: Sequence[str]) -> None:
        nonlocal took
        took += 1
        if took == 2:
            raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(keeper.keeping, "_remove", killed)
        with pytest.raises(Killed):
            await keeper.round()
    assert await expired(keeper) == []
    await keeper.round()
    assert [line["contacts"] for line in await expired(keeper)] == [8]
    await keeper.round()
    assert len(await expired(keeper)) == 1


async def expired(keeper: Keeper) -> list[dict[str, int]]:
    """Return what the audit log tells of rounds."""
    rows = await keeper.house.rows(audit_log)
    return [row.detail for row in rows if row.action == "content.expire"]
