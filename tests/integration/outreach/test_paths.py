"""Every way out, walked with a customer who has said stop. tests/architecture holds the list to the
code: a way out that is not walked here fails there.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import msgspec
import pytest
from sqlalchemy import Row, insert, select, update

from hub.accounts.model import Actor
from hub.callbacks import service as callbacks
from hub.callbacks.attempts import Accepted, begin_attempts
from hub.callbacks.calling_first import fire_due_turns
from hub.callbacks.entries import NOBODY
from hub.callbacks.tables import callbacks as callback_rows
from hub.contacts import service as contact_service
from hub.contacts.commitments.commands import FinishCommitment, MakeCommitment
from hub.contacts.commitments.model import CommitmentKind, CommitmentState, TellCustomer
from hub.contacts.commitments.service import finish_commitment, make_commitment
from hub.contacts.commitments.tables import commitment_entries
from hub.contacts.model import ContactState
from hub.contacts.service import Move
from hub.contacts.tables import contacts, entry_points
from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.customers.consent.model import (
    ANY,
    STOP_ALL,
    STOP_SELLING,
    Basis,
    NewConsent,
    Purpose,
    hash_address,
)
from hub.customers.consent.service import keep_consents, key_of_addresses
from hub.customers.tables import identities
from hub.desk.calling import StartCall, start_call
from hub.desk.commands import Reply, Written
from hub.desk.handling import Close, Handle, close, end
from hub.desk.messages import reply
from hub.desk.permits import SERVICE, OwnAccord
from hub.routing.direct import take_up
from hub.routing.tables import assignments
from hub.storage import Store, Tx
from hub.storage.outbox import add_effects, outbox
from hub.testing.center import add_agent, give_to_agent
from hub.testing.clock import ManualClock
from tests.integration.callbacks.build import LI, RULES
from tests.integration.sla.house import Counting

from .build import CHEN, MAIL, MARKETING, House, open_house

FIRST = msgspec.structs.replace(RULES, customer_first=True)
OPTED_OUT = "outreach.opted_out"


async def refused(doing: Any) -> str:
    with pytest.raises(Conflict) as caught:
        await doing
    return caught.value.reason


# ---- an agent writes ----------------------------------------------------------------------------


async def test_answer(house: House) -> None:
    """An open contact is answered whatever they said; what an agent begins is not."""
    await house.stops(STOP_ALL)
    contact_id = await house.mail("Where is my order?")
    await house.store.write(give_to_agent, (contact_id, house.ann))
    await house.writes(contact_id, "On its way.")
    [row] = await house.sent()
    assert (row.purpose, row.identity_id) == ("service", None)
    assert await refused(house.begins()) == OPTED_OUT
    assert await refused(house.begins(SERVICE)) == OPTED_OUT
    assert len(await house.sent()) == 1


async def test_a_message_in_a_contact_that_was_begun_before_they_said_stop(house: House) -> None:
    contact_id = await house.sells()
    await house.stops()
    assert await refused(house.writes(contact_id, "One more thing")) == OPTED_OUT
    assert await house.sent() == []  # and the first one was taken back


async def test_once_they_answer_it_is_their_contact(house: House) -> None:
    contact_id = await house.sells()
    await house.store.write(_goes_out, None)
    await house.store.write(_customer_writes, contact_id)
    await house.stops(STOP_ALL)
    await house.writes(contact_id, "Here it is.")
    await house.writes(contact_id, "And the bill.")
    assert [row.purpose for row in await house.sent()] == ["service", "service"]


async def test_a_copy_goes_to_nobody_who_wants_no_mail(house: House) -> None:
    await house.stops(STOP_ALL)
    other = await house.mail("Hello", "li@example.test")
    await house.store.write(give_to_agent, (other, house.ann))
    for field in ("to", "cc", "bcc"):
        assert await refused(house.writes(other, "Hi", **{field: (MAIL,)})) == OPTED_OUT
    await house.writes(other, "Hi", to=("li@example.test",), cc=("wang@example.test",))
    assert len(await house.sent()) == 1


async def test_their_own_address_may_be_named_in_an_answer(house: House) -> None:
    await house.stops(STOP_ALL)
    contact_id = await house.mail("Where is my order?")
    await house.store.write(give_to_agent, (contact_id, house.ann))
    await house.writes(contact_id, "On its way.", to=(MAIL,))
    assert len(await house.sent()) == 1


async def test_a_chat_is_not_begun(house: House) -> None:
    await house.store.write(_chats, house.chen)
    await house.stops()
    begun = house.begins(MARKETING, "visitor-1", "shop-chat", instant=True)
    assert await refused(begun) == OPTED_OUT


# ---- an agent calls -----------------------------------------------------------------------------


async def test_call(house: House) -> None:
    assert (await _call(house, MARKETING)) == "begun"
    [row] = await house.sent()
    assert (row.purpose, row.identity_id) == ("marketing", await house.identity(CHEN))
    [kept] = await house.outreach()
    assert (kept.channel, kept.outcome, kept.contact_id) == ("phone", "sent", row.contact_id)


@pytest.mark.parametrize(
    ("said", "what_for", "outcome"),
    [
        (STOP_SELLING, MARKETING, OPTED_OUT),
        (STOP_SELLING, SERVICE, "begun"),
        (STOP_ALL, SERVICE, OPTED_OUT),
    ],
)
async def test_a_call_to_who_said_stop(
    house: House, said: tuple[Purpose, ...], what_for: OwnAccord, outcome: str
) -> None:
    await house.stops(said)  # by a link in a mail: it counts for the person
    assert (await _call(house, what_for)) == outcome


# ---- how was it ---------------------------------------------------------------------------------


async def test_survey(house: House) -> None:
    asked = await _ended(house, LI)
    assert [row.purpose for row in await house.sent()] == ["survey"]
    assert asked
    refused_ = await _ended(house, CHEN, stops=True)
    rows = [row for row in await house.sent() if row.contact_id == refused_]
    assert rows == []
    [kept] = await house.outreach()
    assert (kept.outcome, kept.reason, kept.contact_id) == ("refused", "opted_out", refused_)


# ---- the hub answers by itself ------------------------------------------------------------------


async def test_acknowledgement(house: House) -> None:
    """Who writes is told that it came: they asked for it by writing."""
    await house.stops(STOP_ALL)
    await house.mail("Where is my order?")
    [row] = await house.rows(outbox)
    assert '"automatic":true' in row.effect
    assert row.purpose == "service"


async def test_commitment(house: House) -> None:
    """News of what was promised is service; who wants to hear nothing at all is not told."""
    assert len(await _kept_promises(house)) == 1
    await house.stops(STOP_SELLING)
    assert len(await _kept_promises(house)) == 2
    await house.stops(STOP_ALL)
    assert len(await _kept_promises(house)) == 2
    [entry] = [row for row in await house.rows(commitment_entries) if row.kind == "not_told"]
    assert entry.text == "done"


async def _kept_promises(house: House) -> list[Row[Any]]:
    """Promise and do something; return what customers are told of such things."""
    by = Actor(house.ann, "Ann", "session")
    promise = MakeCommitment(
        actor=by,
        kind=CommitmentKind.OTHER,
        text="look it up",
        due_at=house.centre.clock.now() + timedelta(hours=1),
        customer_id=house.chen,
        tell_customer=TellCustomer.DONE,
    )
    made = await house.store.write(make_commitment, promise)
    done = FinishCommitment(by, made, CommitmentState.KEPT)
    await house.store.write(lambda tx, cmd: finish_commitment(tx, cmd), done)
    rows = await house.rows(outbox)
    assert {row.purpose for row in rows} <= {"service"}
    return [row for row in rows if row.dedupe_key.startswith("commitment:")]


# ---- the hub calls back -------------------------------------------------------------------------


async def test_call_back(house: House) -> None:
    """They gave up waiting, then said stop: nobody calls. The one they asked for stays."""
    centre = house.centre
    abandoned = await centre.call()
    centre.clock.advance(31)
    await centre.hangs_up(abandoned)
    waiting = await centre.callback()
    assert (waiting.kind, waiting.state) == ("abandoned", "queued")
    await house.stops(STOP_SELLING)
    assert (await centre.callback()).state == "queued"
    await house.stops(STOP_ALL)
    assert (await centre.callback()).state == "cancelled"
    assert (await centre.contact(waiting.contact_id)).state == ContactState.CLOSED
    again = await centre.call()
    centre.clock.advance(31)
    await centre.hangs_up(again)
    assert len(await centre.rows(callback_rows)) == 1  # none is placed any more


async def test_a_call_back_they_asked_for_is_made(house: House) -> None:
    await house.stops(STOP_ALL)
    await house.centre.wish(await house.centre.call())
    callback = await house.centre.callback()
    await house.store.write(_accept, (callback.contact_id, house.ann))
    [row] = await house.sent()
    assert row.contact_id == callback.contact_id


async def test_a_no_of_the_same_moment_stops_the_call(house: House) -> None:
    """It was not seen when the callback was placed, and the agent has accepted it."""
    centre = house.centre
    abandoned = await centre.call()
    centre.clock.advance(31)
    await centre.hangs_up(abandoned)
    callback = await centre.callback()
    await house.store.write(_say_no_silently, house.chen)
    await house.store.write(_accept, (callback.contact_id, house.ann))
    assert [row for row in await house.sent() if '"dial"' in row.effect] == []
    assert (await centre.callback()).state == "cancelled"
    assert (await centre.contact(callback.contact_id)).state == ContactState.CLOSED
    held = [row for row in await centre.rows(assignments) if row.ended_at is None]
    assert held == []


async def test_call_back_customer_first(store: Store, clock: ManualClock) -> None:
    house = await open_house(store, clock, FIRST)
    centre = house.centre
    abandoned = await centre.call()
    centre.clock.advance(31)
    await centre.hangs_up(abandoned)
    callback = await centre.callback()
    await house.store.write(_say_no_silently, house.chen)
    await store.write(add_agent, "Bo")  # is ready at this moment
    await store.write(lambda tx, _: fire_due_turns(tx, tx.now, 10), None)
    assert [row for row in await house.sent() if '"call_first"' in row.effect] == []
    assert (await centre.callback()).state == "cancelled"
    assert (await centre.contact(callback.contact_id)).state == ContactState.CLOSED


async def test_a_call_back_whose_time_comes_after_a_no_is_not_queued(house: House) -> None:
    centre = house.centre
    abandoned = await centre.call()
    centre.clock.advance(31)
    await centre.hangs_up(abandoned)
    callback = await centre.callback()
    later = callbacks.Reschedule(callback.id, centre.clock.now() + timedelta(minutes=5), NOBODY)
    await house.store.write(callbacks.reschedule_callback, later)
    await house.store.write(_say_no_silently, house.chen)
    centre.clock.advance(301)
    await centre.fire()
    assert (await centre.callback()).state == "cancelled"


# ---- what is done above -------------------------------------------------------------------------


async def _call(house: House, what_for: OwnAccord) -> str:
    def begin(tx: Tx, _: None) -> str:
        point = tx.execute(select(entry_points).where(entry_points.c.id == "hotline")).one()
        try:
            start_call(tx, StartCall(house.ann, "Ann", point, CHEN, what_for=what_for))
        except Conflict as refusal:
            return refusal.reason
        return "begun"

    return await house.store.write(begin, None)


async def _ended(house: House, number: str, *, stops: bool = False) -> str:
    """A call is talked to its end, on a line that can ask how it was; return the contact."""
    contact_id = await house.centre.call(number)
    if stops:
        await house.stops()
    await house.store.write(give_to_agent, (contact_id, house.ann))
    handle = Handle(contact_id, house.ann, house.ann, "Ann", survey=True)
    await house.store.write(end, handle)
    await house.store.write(close, Close(handle))
    return contact_id


def _goes_out(tx: Tx, _: None) -> None:
    tx.execute(update(outbox).values(state="sent", finished_at=tx.now))


def _customer_writes(tx: Tx, contact_id: str) -> None:
    tx.execute(update(contacts).where(contacts.c.id == contact_id).values(unanswered_since=tx.now))


def _chats(tx: Tx, customer_id: str) -> None:
    tx.execute(
        insert(identities).values(
            id="i-visitor",
            customer_id=customer_id,
            kind="visitor",
            value_norm="visitor-1",
            value_raw="visitor-1",
            status="active",
            source="webchat",
            valid_from=tx.now,
        )
    )


def _say_no_silently(tx: Tx, customer_id: str) -> None:
    """A no that is there, and found nothing to take back: as one of the same moment."""
    key = key_of_addresses(tx)
    rows = tx.execute(select(identities).where(identities.c.customer_id == customer_id))
    keep_consents(
        tx,
        [
            NewConsent(
                hash_address(key, row.kind, row.value_norm),
                purpose,
                False,
                Basis.WITHDRAWN,
                "link",
                ANY,
                own_word=True,
                person=True,
            )
            for row in rows
            for purpose in STOP_ALL
        ],
    )


def _accept(tx: Tx, asked: tuple[str, str]) -> None:
    """The agent accepts the callback: the phones are to ring."""
    contact_id, agent_id = asked
    for state in (ContactState.OFFERED, ContactState.CONNECTING):
        contact_service.move(tx, Move(contact_id, state, changes={"agent_id": agent_id}))
    row = contact_service.get_contact(tx, contact_id)
    take_up(tx, row, agent_id)
    held: Row[Any] = tx.execute(
        select(assignments).where(
            assignments.c.contact_id == contact_id, assignments.c.ended_at.is_(None)
        )
    ).one()
    accepted = Accepted(row, agent_id, "client:ann", held.id)
    add_effects(tx, begin_attempts(tx, [accepted]))


async def test_an_answer_reads_nothing_of_consent(house: House) -> None:
    """The hot path: answering an open contact costs what it did without any of this."""
    await house.stops(STOP_ALL)
    contact_id = await house.mail("Where is my order?")
    await house.store.write(give_to_agent, (contact_id, house.ann))

    def answer(tx: Tx, _: None) -> tuple[int, list[str]]:
        said: list[str] = []

        class Listening(Counting):
            def execute(self, *given: Any) -> Any:
                said.append(str(given[0]))
                return super().execute(*given)

            def fetch(self, *given: Any) -> Any:
                said.append(str(given[0]))
                return super().fetch(*given)

        counting = Listening(tx)
        cmd = Reply(contact_id, house.ann, "Ann", new_id(), "On its way.", instant=False)
        [written] = reply.function(counting, [cmd])  # type: ignore[arg-type] # it counts
        assert isinstance(written, Written)
        return counting.count, said

    count, said = await house.store.write(answer, None)
    assert [one for one in said if "consent" in one or "outreach" in one] == []
    # five are of its signature, three of the deadline that its acknowledgement told
    assert count <= 21
