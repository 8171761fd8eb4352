"""How long recordings are kept, on both databases: by rule, by hold, until their customer goes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select

from hub.contacts.recordings.service import (
    Hold,
    Peaks,
    delete_due,
    forget_files,
    forget_of_contacts,
    hold,
    keep_peaks,
)
from hub.contacts.recordings.tables import recordings
from hub.core.ids import new_id
from hub.storage import Store, Tx

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def a_recording(tx: Tx, recording_id: str) -> None:
    """One that was kept long enough."""
    tx.execute(
        insert(recordings).values(
            id=recording_id,
            kind="call",
            contact_id=f"contact-{recording_id[-8:]}",
            conversation_id=new_id(),
            entry_point_id="hotline",
            queue_id="support",
            state="kept",
            state_at=LONG_AGO,
            started_at=LONG_AGO,
            duration_s=3,
            channels=2,
            blob_id=new_id(),
            note="",
            keep_days=180,
            delete_after=LONG_AGO,
            held=False,
        )
    )


def read(tx: Tx, recording_id: str) -> dict[str, Any]:
    found = tx.execute(select(recordings).where(recordings.c.id == recording_id)).one()
    return dict(found._mapping)


async def test_what_is_due_is_told_again_until_its_file_is_gone(store: Store) -> None:
    due, held = new_id(), new_id()
    for one in (due, held):
        await store.write(a_recording, one)
    await store.write(keep_peaks, Peaks(due, [[1, 2], [3, 4]]))
    assert (await store.read(read, due))["peaks"] == [[1, 2], [3, 4]]
    await store.write(hold, Hold(held, True))
    first = await store.write(delete_due, 10)
    assert list(first) == [due]
    assert await store.write(delete_due, 10) == first
    await store.write(forget_files, [due])
    assert await store.write(delete_due, 10) == {}
    row = await store.read(read, due)
    assert (row["state"], row["deleted_by"], row["peaks"]) == ("deleted", "retention:180", None)
    assert (await store.read(read, held))["state"] == "kept"


async def test_what_is_held_outlives_its_customer_until_it_is_released(store: Store) -> None:
    held, other = new_id(), new_id()
    for one in (held, other):
        await store.write(a_recording, one)
    await store.write(hold, Hold(held, True))
    files = {one: (await store.read(read, one))["blob_id"] for one in (held, other)}
    contact_ids = [f"contact-{one[-8:]}" for one in (held, other)]
    forgotten = await store.write(forget_of_contacts, contact_ids)
    assert forgotten == ([files[other]], [held], [files[held]])
    row = await store.read(read, other)
    assert (row["deleted_by"], row["blob_id"]) == ("erased", None)
    assert await store.write(delete_due, 10) == {}
    await store.write(hold, Hold(held, False))
    assert await store.write(delete_due, 10) == {held: files[held]}
    assert (await store.read(read, held))["deleted_by"] == "erased"
