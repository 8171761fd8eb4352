"""What contacts cost is kept as they close, and is what counting them anew says."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from hub.care.holders import ChooseHolder, choose_holder
from hub.contacts import effort as effort_module
from hub.contacts import service as contact_service
from hub.contacts.complaints.service import (
    CloseComplaint,
    OpenComplaint,
    close_complaint,
    open_complaint,
)
from hub.contacts.effort import RebuiltPiece, rebuild_piece
from hub.contacts.model import ContactState, EndedAs
from hub.contacts.service import Move
from hub.contacts.tables import contacts
from hub.core.ids import new_id
from hub.customers.business.cases import PutCases, put_cases
from hub.customers.business.model import CaseKind, CaseState
from hub.customers.business.rows import Case, Version
from hub.customers.business.tables import identity_effort
from hub.customers.settings import save_home_zone
from hub.customers.tables import identities
from hub.storage import Store, Tx
from hub.testing.clock import ManualClock
from tests.integration.customers.house import House, open_house

from .conftest import Shop, usual_tier

MINUTE_US = 60_000_000


async def worked(
    house: House,
    clock: ManualClock,
    sender: str = "ann@example.test",
    reason: str | None = None,
    ended_as: EndedAs = EndedAs.HANDLED,
) -> str:
    """A contact of an hour's wait, five minutes of handling, one of wrap-up."""
    contact_id = await house.receive("hello", sender)
    clock.advance(3600)
    await house.store.write(_take, (contact_id, str(house.agent.id)))
    clock.advance(300)
    await house.store.write(_move, (contact_id, ContactState.WRAP_UP, {}))
    clock.advance(60)
    closed = {"ended_as": ended_as, "reason_id": reason}
    await house.store.write(_move, (contact_id, ContactState.CLOSED, closed))
    return contact_id


def _take(tx: Tx, asked: tuple[str, str]) -> None:
    contact_id, agent_id = asked
    for state in (ContactState.OFFERED, ContactState.CONNECTING, ContactState.ACTIVE):
        contact_service.move(tx, Move(contact_id, state, changes={"agent_id": agent_id}))


def _move(tx: Tx, asked: tuple[str, ContactState, dict[str, Any]]) -> None:
    contact_id, state, changes = asked
    if state in (ContactState.CLOSED, ContactState.ABANDONED):
        changes = {"closed_at": tx.now, **changes}
    contact_service.move(tx, Move(contact_id, state, changes=changes))


async def kept(shop: Shop) -> list[tuple[Any, ...]]:
    """Day, channel, contacts and minutes, of the customers and those we caused."""
    columns = ("day", "channel", "contacts", "handled_us", "caused_contacts", "caused_us")
    found = await shop.rows(identity_effort, *columns)
    return [(d, ch, n, us / MINUTE_US, c, cus / MINUTE_US) for d, ch, n, us, c, cus in found]


async def rebuilt(store: Store) -> tuple[int, int]:
    rows = changed = 0
    after: str | None = ""
    while after is not None:
        piece: RebuiltPiece = await store.write_bulk(rebuild_piece, after)
        rows, changed, after = rows + piece.rows, changed + piece.changed, piece.last
    return rows, changed


async def test_what_is_handled_is_added_up_by_day_and_channel(
    store: Store, clock: ManualClock
) -> None:
    house, shop = await open_house(store), Shop(store)
    await worked(house, clock)
    clock.advance(8 * 86_400)
    await worked(house, clock)
    await worked(house, clock)
    assert [row[1:] for row in await kept(shop)] == [
        ("email", 1, 6, 0, 0),
        ("email", 2, 12, 0, 0),
    ]
    assert await rebuilt(store) == (2, 0)


async def test_who_left_waiting_cost_a_contact_and_no_time_and_spam_nothing(
    store: Store, clock: ManualClock
) -> None:
    house, shop = await open_house(store), Shop(store)
    left = await house.receive("hello")
    clock.advance(60)
    await store.write(_move, (left, ContactState.ABANDONED, {}))
    assert [row[1:] for row in await kept(shop)] == [("email", 1, 0, 0, 0)]
    await worked(house, clock, "spam@example.test", ended_as=EndedAs.SPAM)
    assert len(await kept(shop)) == 1
    assert await rebuilt(store) == (1, 0)


async def test_the_same_matter_within_a_week_is_ours(store: Store, clock: ManualClock) -> None:
    house, shop = await open_house(store), Shop(store)
    await worked(house, clock, reason="repair")
    clock.advance(6 * 86_400)
    await worked(house, clock, reason="repair")
    await worked(house, clock)  # nobody said what about
    clock.advance(8 * 86_400)
    await worked(house, clock, reason="repair")
    assert [row[2:] for row in await kept(shop)] == [(1, 6, 0, 0), (1, 6, 1, 6), (1, 6, 0, 0)]
    assert await rebuilt(store) == (3, 0)


async def test_contacts_while_something_is_under_repair_are_ours(
    store: Store, clock: ManualClock
) -> None:
    house, shop = await open_house(store), Shop(store)
    contact_id = await worked(house, clock)
    customer_id = await house.customer_of(contact_id)

    def know(tx: Tx, _: None) -> None:
        tx.execute(
            insert(identities).values(
                id=new_id(),
                customer_id=customer_id,
                kind="external",
                value_norm="10023",
                value_raw="10023",
                status="active",
                source="shop",
                valid_from=tx.now,
            )
        )

    await store.write(know, None)

    async def repair(state: CaseState) -> None:
        version = Version(state_at=clock.now())
        case = Case("R-1", "10023", CaseKind.REPAIR, state, version=version)
        await store.write(put_cases, PutCases("shop", [case], usual_tier))

    clock.advance(10 * 86_400)
    await repair(CaseState.REPORTED)
    clock.advance(60)
    await worked(house, clock)
    clock.advance(60)
    await repair(CaseState.DONE)
    clock.advance(10 * 86_400)
    await worked(house, clock)
    assert [row[2:] for row in await kept(shop)] == [(1, 6, 0, 0), (0, 0, 1, 6), (1, 6, 0, 0)]
    assert await rebuilt(store) == (3, 0)


async def test_days_are_those_of_the_set_up(store: Store, clock: ManualClock) -> None:
    house, shop = await open_house(store), Shop(store)
    day = clock.now().date()
    await worked(house, clock)

    def move(tx: Tx, zone: str) -> None:
        save_home_zone(tx, zone)

    await store.write(move, "Pacific/Kiritimati")  # fourteen hours ahead
    await worked(house, clock)
    assert [row[0] for row in await kept(shop)] == [
        day.isoformat(),
        (day + timedelta(days=1)).isoformat(),
    ]
    assert await rebuilt(store) == (1, 2)
    assert [row[0] for row in await kept(shop)] == [(day + timedelta(days=1)).isoformat()]
    assert await rebuilt(store) == (1, 0)


async def test_counting_anew_mends_and_goes_on_in_pieces(
    store: Store, clock: ManualClock, monkeypatch: Any
) -> None:
    house, shop = await open_house(store), Shop(store)
    for number in range(5):
        await worked(house, clock, f"c{number}@example.test")
    before = await kept(shop)

    def spoil(tx: Tx, _: None) -> None:
        tx.execute(update(identity_effort).values(contacts=9))
        stray = {"day": "2020-01-01", "channel": "email", "contacts": 1, "handled_us": 1}
        tx.execute(
            insert(identity_effort).values(identity_id="0", caused_contacts=0, caused_us=0, **stray)
        )
        tx.execute(
            insert(identity_effort).values(
                identity_id="zzz", caused_contacts=0, caused_us=0, **stray
            )
        )

    await store.write(spoil, None)
    monkeypatch.setattr(effort_module, "IDENTITIES_A_PIECE", 2)
    assert await rebuilt(store) == (5, 7)
    assert await kept(shop) == before
    assert await rebuilt(store) == (5, 0)
    assert await shop.count(contacts) == 5


async def test_a_complaint_that_was_right_makes_its_contact_ours(
    store: Store, clock: ManualClock
) -> None:
    house, shop = await open_house(store), Shop(store)
    contact_id = await worked(house, clock)
    opened = OpenComplaint(house.agent, "late", contact_id)
    for upheld, caused in ((False, (1, 6, 0, 0)), (True, (0, 0, 1, 6))):
        complaint_id = await store.write(open_complaint, opened)
        close = CloseComplaint(house.agent, complaint_id, upheld, "looked at")
        await store.write(close_complaint, close)
        assert [row[2:] for row in await kept(shop)] == [caused]
    assert await rebuilt(store) == (1, 0)


async def test_what_a_contact_cost_goes_with_it_to_who_it_was(
    store: Store, clock: ManualClock
) -> None:
    house, shop = await open_house(store), Shop(store)
    contact_id = await worked(house, clock, "shared@example.test")
    before = (await house.contact(contact_id)).identity_id
    choose = ChooseHolder(house.agent, contact_id, None, "Somebody else")
    await store.write(choose_holder, choose)
    after = (await house.contact(contact_id)).identity_id
    assert after != before
    assert await shop.rows(identity_effort, "identity_id", "contacts") == [(after, 1)]
    assert await rebuilt(store) == (1, 0)
