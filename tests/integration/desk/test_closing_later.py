"""A contact closes with the answer that can still be taken back: both are undone by one word."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
import pytest
from sqlalchemy import update

from hub.contacts.later.tables import scheduled_replies
from hub.contacts.tables import interactions
from hub.core.errors import Invalid
from hub.desk.closing_later import closing_of
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close, Park, park
from hub.desk.later import OfVersion, close_answered, send_later, send_now, take_back
from hub.intake import receive
from hub.routing.settings import load_settings, save_settings
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.testing.clock import ManualClock
from tests.integration.intake.test_receive import a_mail

from .test_desk import Desk, a_desk
from .test_later import fire, sent, undoable

SOLVED = Disposition("repair", "solved", note="Sent a new one.")


@pytest.fixture
async def desk(store: Store) -> Desk:
    return await a_desk(store)


async def closing(desk: Desk) -> None:
    await desk.store.write(send_later, undoable(desk))
    await desk.store.write(close_answered, Close(desk.handle(survey=True), SOLVED))


async def test_it_closes_once_its_answer_is_out_and_asks_for_the_survey_after_it(
    desk: Desk, clock: ManualClock
) -> None:
    known = {row.id for row in await desk.rows(outbox)}
    await closing(desk)
    before = await desk.contact()
    assert (before.state, before.reason_id) == ("active", None)
    assert {row.id for row in await desk.rows(outbox)} == known
    clock.advance(8)
    await desk.store.write(fire, None)
    after = await desk.contact()
    assert (after.state, after.reason_id, after.closes) == ("closed", "repair", None)
    assert after.disposition_note == "Sent a new one."
    assert await desk.load() == 0
    new = [row for row in await desk.rows(outbox) if row.id not in known]
    effects = [msgspec.json.decode(row.effect) for row in sorted(new, key=lambda row: row.id)]
    assert [effect["type"] for effect in effects] == ["send", "ask_survey"]


async def test_taken_back_it_is_as_it_was(desk: Desk, clock: ManualClock) -> None:
    was, known = await desk.contact(), len(await desk.rows(outbox))
    load = await desk.load()
    await closing(desk)
    await desk.store.write(take_back, (desk.agent_id, "r1"))
    clock.advance(30)
    await desk.store.write(fire, None)
    now = await desk.contact()
    kept = ("state", "state_since", "agent_id", "unanswered_since", "answered_at", "ended_as")
    assert [getattr(now, name) for name in kept] == [getattr(was, name) for name in kept]
    assert (now.closes, await desk.load()) == (None, load)
    assert now.version > was.version
    assert (await sent(desk), len(await desk.rows(outbox))) == ([], known)
    await desk.store.write(send_later, undoable(desk, "r2"))  # only the close that was meant
    clock.advance(8)
    await desk.store.write(fire, None)
    assert (await desk.contact()).state == "active"


async def test_it_waits_for_the_last_of_its_answers(desk: Desk, clock: ManualClock) -> None:
    await closing(desk)
    clock.advance(4)
    await desk.store.write(send_later, undoable(desk, "r2"))
    clock.advance(4)
    await desk.store.write(fire, None)
    assert (await desk.contact()).state == "active"
    clock.advance(4)
    await desk.store.write(fire, None)
    assert (await desk.contact()).state == "closed"
    assert len(await sent(desk)) == 2


async def test_an_answer_that_was_held_before_keeps_nothing_open(
    desk: Desk, clock: ManualClock
) -> None:
    await desk.store.write(send_later, undoable(desk, "r0"))

    def hold(tx: Tx, _: None) -> None:
        tx.execute(update(scheduled_replies).values(held="refused"))

    await desk.store.write(hold, None)
    await closing(desk)
    clock.advance(8)
    await desk.store.write(fire, None)
    assert (await desk.contact()).state == "closed"


async def test_sent_at_once_it_closes_at_once(desk: Desk) -> None:
    row = await desk.store.write(send_later, undoable(desk))
    await desk.store.write(close_answered, Close(desk.handle()))
    await desk.store.write(send_now, OfVersion(row.id, row.version))
    assert (await desk.contact()).state == "closed"


async def wrote(desk: Desk) -> None:
    await desk.store.write(receive, a_mail("m2", text="And?", references=("<m1@example.test>",)))


async def parked(desk: Desk) -> None:
    await desk.store.write(park, Park(desk.handle()))


async def asks_for_more(desk: Desk) -> None:
    def required(tx: Tx, _: None) -> None:
        settings = load_settings(tx)
        strict = msgspec.structs.replace(settings.queues["support"], disposition_required=True)
        save_settings(
            tx, msgspec.structs.replace(settings, queues={**settings.queues, "support": strict})
        )

    await desk.store.write(required, None)


@pytest.mark.parametrize(
    ("meanwhile", "state", "told"),
    [
        (wrote, "active", ["not_closed_customer_wrote"]),
        (parked, "parked", []),
        (asks_for_more, "active", ["not_closed_refused"]),
    ],
)
async def test_it_stays_open_where_things_moved_on_and_its_answer_goes_all_the_same(
    desk: Desk,
    clock: ManualClock,
    meanwhile: Callable[[Desk], Awaitable[None]],
    state: str,
    told: list[str],
) -> None:
    await desk.store.write(send_later, undoable(desk))
    await desk.store.write(close_answered, Close(desk.handle()))
    await meanwhile(desk)
    clock.advance(8)
    await desk.store.write(fire, None)
    contact = await desk.contact()
    assert (contact.state, contact.closes, await sent(desk)) == (state, None, ["Tomorrow."])
    codes = [row.meta.get("code", "") for row in await desk.rows(interactions)]
    assert [code for code in codes if code.startswith("not_closed")] == told


async def test_what_cannot_close_is_refused_at_once(desk: Desk) -> None:
    await asks_for_more(desk)
    await desk.store.write(send_later, undoable(desk))
    with pytest.raises(Invalid):
        await desk.store.write(close_answered, Close(desk.handle()))
    assert await desk.store.read(closing_of, [desk.contact_id]) == []
