"""Beside what goes: what customers see, recordings of who is held, and what the doctor tells."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import update

from hub.accounts.model import SYSTEM
from hub.care.keeping_figures import read_figures
from hub.contacts.history import HistoryAsk, HistoryBefore, list_histories, list_history_before
from hub.contacts.keeping.model import Kept
from hub.contacts.recordings.service import delete_due
from hub.contacts.recordings.tables import recordings
from hub.contacts.tables import contacts, interactions
from hub.core.ids import new_id
from hub.customers.holds.service import (
    HoldCustomer,
    ReleaseCustomer,
    hold_customer,
    release_customer,
)
from hub.doctor.keeping import check_keeping
from hub.settings import Secret, Settings
from hub.storage import Tx
from tests.integration.outreach.conftest import house as house
from tests.integration.recordings.test_keeping import LONG_AGO, a_recording

from .keeping import Keeper
from .keeping import keeper as keeper

OTHER = "liu@example.test"


async def test_a_customer_is_shown_nothing_in_its_place(keeper: Keeper) -> None:
    await keeper.says(anonymous_chats_days=90)
    await keeper.over(who="visitor-1")
    keeper.passes(91)
    await keeper.round()
    later = await keeper.receives("Hello again", who="visitor-1")
    [newer] = [row for row in await keeper.house.rows(interactions) if row.contact_id == later]
    back = HistoryBefore(newer.conversation_id, newer.seq + 1, 50)
    assert [one.text for one in await keeper.house.store.read(list_history_before, back)] == [
        "Hello again"
    ]
    on = [HistoryAsk(newer.conversation_id, 0, 50)]
    [found] = await keeper.house.store.read(list_histories, on)
    assert [one.text for one in found] == ["Hello again"]


async def test_a_recording_of_who_is_held_outlives_its_rule(keeper: Keeper) -> None:
    store, recording_id = keeper.house.store, new_id()
    contact_id = await keeper.over()
    await store.write(a_recording, recording_id)

    def of_contact(tx: Tx, _: None) -> None:
        whose = recordings.c.id == recording_id
        tx.execute(update(recordings).where(whose).values(contact_id=contact_id))

    await store.write(of_contact, None)
    await store.write(hold_customer, HoldCustomer(SYSTEM, keeper.house.chen, "a dispute"))
    assert await store.write(delete_due, 10) == {}
    await store.write(release_customer, ReleaseCustomer(SYSTEM, keeper.house.chen))
    assert list(await store.write(delete_due, 10)) == [recording_id]


async def test_the_doctor_tells_how_much_would_go_before_it_is_switched_on(
    keeper: Keeper, tmp_path: Path
) -> None:
    await keeper.says(
        deletes=False, mails_days=30, anonymous_chats_days=30, chats_days=30, originals_days=0
    )
    await keeper.over()
    await keeper.over(who="visitor-1")
    await keeper.over(who=OTHER, point="finance-mail")
    keeper.passes(31)
    figures = await keeper.house.store.read(lambda tx, _: read_figures(tx), None)
    assert (figures.contacts[Kept.MAILS], figures.contacts[Kept.ANONYMOUS_CHATS]) == (2, 1)
    assert figures.contacts[Kept.CHATS] == 0  # an anonymous one is told once
    await keeper.house.store.write(_long_ago, None)  # the doctor goes by the machine's clock
    url = keeper.house.store.writer.engine.url.render_as_string(hide_password=False)
    settings = Settings(data_dir=str(tmp_path / "data"), database_url=Secret(url))
    [finding] = check_keeping(settings)
    assert finding.mend
    assert "nothing of what was said is ever deleted" in finding.what
    await keeper.says(mails_days=30)
    [finding] = check_keeping(settings)
    assert not finding.mend


def _long_ago(tx: Tx, _: None) -> None:
    tx.execute(update(contacts).values(state_since=LONG_AGO))
