"""What would go by days that are not in force: as the rounds do it, and never looking further."""

from __future__ import annotations

from datetime import datetime

import msgspec
from sqlalchemy import update

from hub.accounts.audit import audit
from hub.accounts.model import SYSTEM
from hub.care.keeping_preview import MOST, Considered, Going, Preview, preview_keeping
from hub.channels.mailbox.originals import After, count_next
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.keeping.model import Why
from hub.contacts.keeping.progress import Place
from hub.contacts.keeping.tables import emptied_contacts
from hub.customers.settings import Keep, QueueKeep
from hub.routing.tables import queues
from hub.storage import Tx
from tests.integration.outreach.conftest import house as house

from .keeping import Keeper
from .keeping import keeper as keeper

OTHER = "liu@example.test"
WITHOUT_END = Keep(
    anonymous_chats_days=0,
    chats_days=0,
    mails_days=0,
    faxes_days=0,
    texts_days=0,
    calls_days=0,
    originals_days=0,
    access_log_days=365,
)


def originals(tx: Tx, place: Place, before: datetime, limit: int) -> tuple[int, int]:
    return count_next(tx, After(place.at, place.last_id, before, limit))


async def by(
    keeper: Keeper, keep: Keep, queues: dict[str, QueueKeep] | None = None, most: int = MOST
) -> Preview:
    asked = Considered(keep, queues or {}, originals, most)
    return await keeper.house.store.read(preview_keeping, asked)


def counts(found: Preview) -> dict[str, int]:
    return {str(what): one.n for what, one in found.going.items() if one.n}


async def test_days_that_are_not_in_force_are_counted_as_they_would_hold(keeper: Keeper) -> None:
    await keeper.says(deletes=False)
    await keeper.over()
    await keeper.over(who="visitor-1")
    await keeper.over(who=OTHER, point="finance-mail")
    await keeper.original()
    await keeper.house.store.write(_opened, None)
    keeper.passes(200)
    await keeper.over(text="of today")
    nothing = await by(keeper, WITHOUT_END)  # the line of who signed in is 200 days old
    assert (counts(nothing), nothing.originals_bytes) == ({}, 0)

    found = await by(keeper, Keep(mails_days=30, originals_days=30, access_log_days=180))
    assert counts(found) == {"mails": 2, "anonymous_chats": 1, "originals": 1, "access_log": 1}
    assert found.originals_bytes == 12
    longer = {"finance": QueueKeep(mails_days=3650)}
    assert counts(await by(keeper, Keep(mails_days=30), longer))["mails"] == 1
    both = msgspec.structs.replace(WITHOUT_END, anonymous_chats_days=30, chats_days=60)
    assert counts(await by(keeper, both)) == {"anonymous_chats": 1}  # told once
    chats = msgspec.structs.replace(WITHOUT_END, chats_days=30)
    assert counts(await by(keeper, chats)) == {}  # anonymous ones are kept without end
    assert not await keeper.rows_of(emptied_contacts)


async def test_it_looks_no_further_than_it_may(keeper: Keeper) -> None:
    await keeper.says(deletes=False)
    for n in range(3):
        await keeper.over(who=f"somebody-{n}@example.test")
    await keeper.over(who=OTHER, point="finance-mail")
    keeper.passes(31)
    days = Keep(mails_days=30)
    assert (await by(keeper, days, most=4)).going["mails"] == Going(4, more=False)
    assert (await by(keeper, days, most=3)).going["mails"] == Going(3, more=True)


async def test_what_a_round_took_or_left_is_not_counted_again(keeper: Keeper) -> None:
    await keeper.says(mails_days=30)
    await keeper.over()
    complained = await keeper.over(who=OTHER)
    await keeper.house.store.write(
        open_complaint, OpenComplaint(SYSTEM, "It leaks", contact_id=complained)
    )
    keeper.passes(31)
    assert counts(await by(keeper, Keep(mails_days=30))) == {"mails": 2}
    await keeper.round()
    found = await by(keeper, Keep(mails_days=30))
    assert (counts(found), found.waits) == ({}, {Why.PROMISED: Going(1, more=False)})


async def test_a_queue_that_is_named_no_more_is_counted_by_the_days_it_had(
    keeper: Keeper,
) -> None:
    await keeper.says({"finance": QueueKeep(mails_days=3650)}, deletes=False)
    await keeper.over(who=OTHER, point="finance-mail")
    await keeper.over()
    keeper.passes(31)
    days = Keep(mails_days=30)
    assert counts(await by(keeper, days)) == {"mails": 2}  # it is named, and says nothing any more
    await keeper.house.store.write(_retire, "finance")
    assert counts(await by(keeper, days)) == {"mails": 1}
    await keeper.says({"finance": QueueKeep(mails_days=3650)}, mails_days=30)
    assert (await keeper.round()).contacts == 1


def _retire(tx: Tx, queue_id: str) -> None:
    tx.execute(update(queues).where(queues.c.id == queue_id).values(retired=True))


def _opened(tx: Tx, _: None) -> None:
    audit(tx, SYSTEM, "session.open", "user", "somebody")
    audit(tx, SYSTEM, "user.disable", "user", "somebody")
