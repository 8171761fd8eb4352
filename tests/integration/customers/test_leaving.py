"""Somebody leaves: everything they held is somebody else's, or they are not disabled at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from sqlalchemy import event, insert, or_, select, update

from hub import care
from hub.accounts.model import SYSTEM
from hub.accounts.tables import users
from hub.callbacks.tables import callbacks
from hub.care import Held, LeaveUser, leaving
from hub.care.leaving import StillHolds
from hub.contacts.commitments.model import CommitmentKind
from hub.contacts.commitments.service import MakeCommitment, make_commitment
from hub.contacts.commitments.tables import commitment_entries, commitments
from hub.contacts.model import Channel
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, Invalid
from hub.core.ids import new_id
from hub.customers import changes
from hub.customers.ownership.service import list_owners
from hub.customers.reads import get_customer_row
from hub.customers.service import ChangeCustomer, change_customer
from hub.customers.tables import customers, dirty_customers
from hub.desk.handling import Handle, Park, park
from hub.knowledge.service import WriteArticle, write_article
from hub.knowledge.tables import articles
from hub.routing.leaving import InConversation, count_live
from hub.routing.tables import agents
from hub.storage import Store, Tx
from hub.testing.center import add_agent, give_to_agent
from hub.testing.clock import NOON

from .house import House, open_house

DAY = timedelta(days=1)


@dataclass
class Desk:
    """Somebody with a bit of everything, and who might take it over."""

    house: House
    li: str
    wang: str
    customer_id: str
    working: str  # a mail that was answered and is still open
    parked: str
    waiting: str  # kept for them in the queue

    async def leave(self, **to: Any) -> care.Left:
        command = LeaveUser(self.house.supervisor, self.li, **to)
        return await self.house.store.write(care.leave_user, command)

    async def held(self) -> Mapping[Held, int]:
        return (await self.house.store.read(care.holdings_of, self.li)).counts


@pytest.fixture
async def desk(store: Store) -> Desk:
    house = await open_house(store)
    assert house.agent.id is not None
    wang = await store.write(add_agent, "Wang")
    working = await house.receive("where is it?")
    customer_id = await house.customer_of(working)
    owner = ChangeCustomer(SYSTEM, customer_id, owner_id=house.agent.id)
    await store.write(change_customer, owner)
    await house.answer(working, "on its way")
    parked = await house.receive("and the other one?", "bob@example.test")
    await house.answer(parked, "I ask the works")
    await store.write(park, Park(Handle(parked, house.agent.id, house.agent.id, house.agent.name)))
    waiting = await house.receive("hello?", "eve@example.test")
    await store.write(_prefer, (waiting, house.agent.id))
    for owner_id, asked_by in ((house.agent.id, None), (wang, house.agent.id)):
        await _promise(house, customer_id, owner_id, asked_by)
    await store.write(_call_back, (working, house.agent.id))
    for question in ("What is a drum?", "What was a mangle?"):
        await store.write(write_article, WriteArticle(house.agent, "en", question, "It turns."))
    await store.write(_retire, "What was a mangle?")
    return Desk(house, house.agent.id, wang, customer_id, working, parked, waiting)


async def _promise(house: House, customer_id: str, owner_id: str, asked_by: str | None) -> None:
    def make(tx: Tx, _: None) -> None:
        promise = MakeCommitment(
            actor=house.agent,
            kind=CommitmentKind.OTHER,
            text="look after it",
            due_at=NOON + DAY,
            customer_id=customer_id,
            owner_id=owner_id,
        )
        made = make_commitment(tx, promise)
        tx.execute(update(commitments).where(commitments.c.id == made).values(asked_by=asked_by))

    await house.store.write(make, None)


def _prefer(tx: Tx, asked: tuple[str, str]) -> None:
    contact_id, agent_id = asked
    changed = update(contacts).where(contacts.c.id == contact_id)
    tx.execute(changed.values(preferred_agent_id=agent_id))


def _call_back(tx: Tx, asked: tuple[str, str]) -> None:
    contact_id, user_id = asked
    row = tx.execute(select(contacts).where(contacts.c.id == contact_id)).one()
    tx.execute(
        insert(callbacks).values(
            id=new_id(), kind="scheduled", state="waiting", channel="phone",
            entry_point_id="hotline", queue_id="support", conversation_id=row.conversation_id,
            identity_id=row.identity_id, number="+8613800138000", tier="standard", waited_us=0,
            priority=0, requirements={}, skill_step=0, attempts=0, failed=0, made_at=tx.now,
            made_by=user_id, due_at=tx.now + DAY, version=1,
        )
    )  # fmt: skip


def _retire(tx: Tx, question: str) -> None:
    tx.execute(update(articles).where(articles.c.question == question).values(state="retired"))


def _named(tx: Tx, user_id: str) -> list[str]:
    """Say where a user is still the one who has to do something: each column of people in charge
    of what is not over.
    """
    asked = {
        "customer": select(customers.c.id).where(customers.c.owner_id == user_id),
        "contact": select(contacts.c.id).where(
            or_(contacts.c.agent_id == user_id, contacts.c.preferred_agent_id == user_id),
            contacts.c.state.not_in(["closed", "abandoned", "wrap_up"]),
        ),
        "commitment": select(commitments.c.id).where(
            or_(*(commitments.c[name] == user_id for name in ("owner_id", "taken_by", "asked_by"))),
            commitments.c.state.in_(["open", "broken"]),
        ),
        "callback": select(callbacks.c.id).where(
            callbacks.c.made_by == user_id,
            callbacks.c.state.in_(["waiting", "queued", "dialling"]),
        ),
        "article": select(articles.c.id).where(
            articles.c.owner_id == user_id, articles.c.state != "retired"
        ),
    }
    return [name for name, found in asked.items() if tx.execute(found.limit(1)).first()]


async def test_who_holds_something_is_not_disabled_without_a_successor(desk: Desk) -> None:
    assert await desk.held() == {
        Held.CUSTOMERS: 1,
        Held.CONTACTS: 2,
        Held.COMMITMENTS: 2,
        Held.CALLBACKS: 1,
        Held.GROUPS: 0,
        Held.LEADS: 0,
        Held.ARTICLES: 1,
    }
    with pytest.raises(StillHolds) as refused:
        await desk.leave()
    assert refused.value.message == (
        "They still have 1 customer, 2 open contacts, 2 commitments, 1 callback and 1 article:"
        " say who takes it over."
    )
    assert refused.value.details["contacts"] == 2
    assert (await desk.house.store.read(care.holdings_of, desk.li)).any
    assert await desk.house.store.read(_is_in, desk.li)


def _is_in(tx: Tx, user_id: str) -> bool:
    found = select(users.c.id).where(users.c.id == user_id, users.c.disabled_at.is_(None))
    return tx.execute(found).first() is not None


async def test_who_leaves_leaves_nothing_without_an_owner(desk: Desk) -> None:
    store = desk.house.store
    left = await desk.leave(to_id=desk.wang)
    assert left.user.disabled
    assert left.handed_over == care.Holdings(
        customers=1, contacts=2, commitments=2, callbacks=1, articles=1
    )
    assert await store.read(_named, desk.li) == []
    working, parked, waiting = [
        await desk.house.contact(one) for one in (desk.working, desk.parked, desk.waiting)
    ]
    assert (working.state, working.agent_id) == ("queued", None)
    assert working.preferred_agent_id == desk.wang
    assert (parked.state, parked.agent_id) == ("parked", desk.wang)
    assert waiting.preferred_agent_id == desk.wang
    newest, first = await store.read(list_owners, desk.customer_id)
    assert (newest.from_id, newest.to_id, newest.reason) == (desk.li, desk.wang, "left")
    assert (newest.from_name, newest.by_name) == ("Li", "Sun")
    assert (first.from_id, first.to_id) == (None, desk.li)
    assert await store.read(_marked, desk.customer_id)
    assert await store.read(_recorded, desk.wang) == ["hand_over"]
    assert await store.read(_state_of, desk.li) == "offline"


def _marked(tx: Tx, customer_id: str) -> bool:
    found = select(dirty_customers).where(dirty_customers.c.customer_id == customer_id)
    return tx.execute(found).first() is not None


def _recorded(tx: Tx, owner_id: str) -> list[str]:
    """Return what the record of the commitment says that was given away."""
    found = (
        select(commitment_entries.c.kind)
        .join(commitments, commitments.c.id == commitment_entries.c.commitment_id)
        .where(commitments.c.owner_id == owner_id)
        .order_by(commitment_entries.c.seq)
    )
    return list(tx.execute(found).scalars())


def _state_of(tx: Tx, agent_id: str) -> str:
    return str(tx.execute(select(agents.c.state).where(agents.c.id == agent_id)).scalar_one())


async def test_each_kind_can_go_to_somebody_else(desk: Desk) -> None:
    store, sun = desk.house.store, desk.house.supervisor.id
    assert sun is not None
    await desk.leave(to_id=desk.wang, others={Held.CUSTOMERS: sun})
    assert (await store.read(get_customer_row, desk.customer_id)).owner_id == sun
    assert (await desk.house.contact(desk.parked)).agent_id == desk.wang


async def test_nothing_is_given_away_where_one_kind_has_no_successor(desk: Desk) -> None:
    before = await desk.held()
    with pytest.raises(StillHolds):
        await desk.leave(others={Held.CUSTOMERS: desk.wang, Held.CONTACTS: desk.wang})
    assert await desk.held() == before
    assert (await desk.house.contact(desk.working)).agent_id == desk.li


async def test_a_successor_can_sign_in_is_somebody_else_and_no_specialist_of_customers(
    desk: Desk,
) -> None:
    store = desk.house.store
    gone = await store.write(_hire, "specialist")
    for to_id in ("ghost", desk.li, gone):
        with pytest.raises(Invalid):
            await desk.leave(to_id=to_id)
    await desk.leave(to_id=desk.wang, others={Held.COMMITMENTS: gone})


def _hire(tx: Tx, role: str) -> str:
    user_id = add_agent(tx, role)
    tx.execute(update(users).where(users.c.id == user_id).values(role=role))
    return user_id


async def test_nobody_is_cut_off_in_a_conversation(desk: Desk) -> None:
    store = desk.house.store
    call = await desk.house.receive("", "13800138001", Channel.PHONE)
    assert await store.read(count_live, desk.li) == 0
    await store.write(give_to_agent, (call, desk.li))
    assert await store.read(count_live, desk.li) == 1
    with pytest.raises(InConversation):
        await desk.leave(to_id=desk.wang)
    assert await store.read(_is_in, desk.li)


async def test_who_holds_nothing_leaves_without_a_successor(store: Store) -> None:
    house = await open_house(store)
    wang = await store.write(add_agent, "Wang")
    left = await store.write(care.leave_user, LeaveUser(SYSTEM, wang))
    assert left.user.disabled
    assert not left.handed_over.any
    again = await store.write(care.leave_user, LeaveUser(SYSTEM, wang))
    assert again.user.disabled
    assert house.agent.id is not None


async def test_the_last_admin_stays_and_so_does_what_they_hold(desk: Desk) -> None:
    store = desk.house.store
    become = lambda tx, _: tx.execute(  # noqa: E731 - one line is plainer
        update(users).where(users.c.id == desk.li).values(role="admin")
    )
    await store.write(become, None)
    with pytest.raises(Conflict, match="last admin"):
        await desk.leave(to_id=desk.wang)
    assert (await store.read(get_customer_row, desk.customer_id)).owner_id == desk.li


async def test_who_has_left_gets_nothing_new(desk: Desk) -> None:
    store = desk.house.store
    await desk.leave(to_id=desk.wang)
    with pytest.raises(Invalid):
        await store.write(
            change_customer, ChangeCustomer(SYSTEM, desk.customer_id, owner_id=desk.li)
        )
    with pytest.raises(Invalid):
        await _promise(desk.house, desk.customer_id, desk.li, None)


async def test_many_are_handed_over_by_as_many_statements_as_one(store: Store) -> None:
    house = await open_house(store)
    wang = await store.write(add_agent, "Wang")
    costs = []
    for number in (1, 30):
        owner = await store.write(add_agent, f"Owner{number}")
        for each in range(number):
            id_ = await house.customer_of(await house.receive("x", f"{number}-{each}@example.test"))
            await store.write(change_customer, ChangeCustomer(SYSTEM, id_, owner_id=owner))
            await _promise(house, id_, owner, None)
        costs.append(await store.write(_cost_of, LeaveUser(SYSTEM, owner, wang)))
    assert costs[0] == costs[1]


@pytest.mark.parametrize(("limit", "told"), [(2, 2), (1, 0)])
async def test_very_many_drown_no_other_hint(
    store: Store, monkeypatch: pytest.MonkeyPatch, limit: int, told: int
) -> None:
    house = await open_house(store)
    wang, owner = await store.write(add_agent, "Wang"), await store.write(add_agent, "Owner")
    for each in range(2):
        id_ = await house.customer_of(await house.receive("x", f"{each}@example.test"))
        await store.write(change_customer, ChangeCustomer(SYSTEM, id_, owner_id=owner))
        await _promise(house, id_, owner, None)
    monkeypatch.setattr(changes, "MOST_TOLD", limit)
    monkeypatch.setattr(leaving, "MOST_TOLD", limit)

    def hints(tx: Tx, cmd: LeaveUser) -> list[str]:
        before = len(tx._hints or [])
        care.leave_user(tx, cmd)
        return [hint.topic for hint in (tx._hints or [])[before:]]

    topics = await store.write(hints, LeaveUser(SYSTEM, owner, wang))
    assert topics.count("customer.changed") == told
    assert topics.count("commitment.given") == told
    assert "commitment.changed" in topics


class Cost(NamedTuple):
    """`parameters`: of the statement with the most, but for those of promises; PostgreSQL takes
    65,535, and somebody may have more customers.
    """

    statements: int
    parameters: int


def _cost_of(tx: Tx, cmd: LeaveUser) -> Cost:
    parameters: list[int] = []
    engine = tx._connection.engine

    def note(_c: Any, _cu: Any, statement: str, given: Any, _x: Any, many: bool) -> None:
        parameters.append(0 if many or "commitment_entries" in statement else len(given))

    event.listen(engine, "before_cursor_execute", note)
    try:
        care.leave_user(tx, cmd)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return Cost(len(parameters), max(parameters))
