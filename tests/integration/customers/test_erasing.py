"""A customer asks to be forgotten: no word, name, address or file of theirs is left anywhere."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import MetaData, func, insert, select

from hub.accounts.model import SYSTEM, Actor
from hub.callbacks.entries import NOBODY
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.care.erasing import Erase, Erased, erase_customer
from hub.channels.phone.tables import calls
from hub.channels.webchat.tables import webchat_uploads, webchat_visitors
from hub.contacts.commitments.commands import FinishCommitment, MakeCommitment
from hub.contacts.commitments.model import CommitmentKind, CommitmentState
from hub.contacts.commitments.service import finish_commitment, make_commitment
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.forgetting import Whose
from hub.contacts.inbound import SurveyAnswer
from hub.contacts.outreach.model import Refused, Why
from hub.contacts.outreach.opting_out import OptOut
from hub.contacts.outreach.service import AskFor, may_contact
from hub.contacts.tables import contacts, interactions
from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.customers.consent.model import STOP_SELLING, Purpose
from hub.customers.facts import AddFact, AddNote, add_fact, add_note
from hub.customers.tables import customers
from hub.desk.commands import Note
from hub.desk.handling import Close, Disposition, Handle, close
from hub.desk.messages import note
from hub.intake.opt_out import opt_out
from hub.intake.report import report
from hub.knowledge.indexing import NewCase, index_cases
from hub.schema import all_tables
from hub.storage import Tx
from hub.storage.search import SearchKind, count_documents
from hub.testing.center import give_to_agent
from hub.wiring.consent import FORGET
from tests.integration.outreach.build import CHEN, MAIL, House
from tests.integration.outreach.conftest import house as house
from tests.integration.outreach.test_opting_out import imported

CANARY = "灯塔"


async def lives(house: House) -> str:
    """The customer writes, is answered, complains, is promised something, calls; all is over."""
    store = house.store
    contact_id = await house.mail(f"{CANARY} is where I live. My kettle leaks.")
    await store.write(give_to_agent, (contact_id, house.ann))
    await house.writes(contact_id, f"Dear {CANARY}, we come.")
    said = Note(contact_id, house.ann, "Ann", new_id(), f"{CANARY} sounded unhappy")
    await store.write(note, said)
    await store.write(
        open_complaint, OpenComplaint(SYSTEM, f"{CANARY} leaks", contact_id=contact_id)
    )
    when = house.centre.clock.now() + timedelta(hours=2)
    promise = MakeCommitment(
        SYSTEM, CommitmentKind.OTHER, f"A kettle for {CANARY}", when, contact_id=contact_id,
        owner_id=house.ann,
    )  # fmt: skip
    made = await store.write(make_commitment, promise)
    kept = FinishCommitment(SYSTEM, made, CommitmentState.KEPT, f"{CANARY} has it")
    await store.write(finish_commitment, kept)
    handle = Handle(contact_id, house.ann, house.ann, "Ann")
    solved = Disposition("repair", "solved", None, f"{CANARY} kettle")
    await store.write(close, Close(handle, solved))
    await store.write(report, SurveyAnswer(contact_id, 2, f"{CANARY} waits", when))
    await store.write(add_fact, AddFact(SYSTEM, house.chen, "place", CANARY, "contact"))
    await store.write(
        add_note, AddNote(Actor(house.ann, "Ann", "session"), house.chen, f"{CANARY}!")
    )
    no = OptOut(
        await house.identity(), STOP_SELLING, "agent", evidence={"note": f"{CANARY} says no"}
    )
    await store.write(opt_out, [no])
    case = NewCase(
        new_id(), contact_id, None, f"{CANARY} kettle", ("kettle",), "en", "contact", new_id(), when
    )
    await store.write(index_cases, [case])
    await house.centre.wish(await house.centre.call())
    [callback] = await house.rows(callbacks)
    await store.write(cancel_callback, Cancel(callback.id, NOBODY, CANARY))
    return contact_id


async def erased(house: House) -> Erased:
    def run(tx: Tx, _: None) -> Erased:
        return erase_customer(tx, Erase(SYSTEM, house.chen), FORGET)

    return await house.store.write(run, None)


async def left(house: House, *wanted: str) -> list[str]:
    """Return in which columns of the whole database these words still stand."""
    tables: MetaData = all_tables()

    def look(tx: Tx, _: None) -> list[str]:
        found = []
        for table in tables.sorted_tables:
            for row in tx.execute(select(table)).mappings():
                found += [
                    f"{table.name}.{column}: {value}"
                    for column, value in row.items()
                    if any(word in str(value) for word in wanted)
                ]
        return found

    return await house.store.read(look, None)


async def test_nothing_of_them_is_left_and_the_counts_are(house: House) -> None:
    await lives(house)
    counts = await house.store.read(_counts, None)
    assert await house.store.read(_searched, None) > 0
    assert await left(house, CANARY)
    done = await erased(house)
    assert done.addresses == 2
    assert await left(house, CANARY, MAIL, CHEN, "Chen") == []
    assert await house.store.read(_counts, None) == counts
    assert await house.store.read(_searched, None) == 0


async def test_nobody_is_made_of_them_again_and_they_may_come_back(house: House) -> None:
    await lives(house)
    await erased(house)
    before = len(await house.rows(customers))
    await imported(house, f"name,email,phone\nChen,{MAIL},{CHEN}\n")
    assert len(await house.rows(customers)) == before
    contact_id = await house.mail("Here I am again.")  # they write themselves
    [row] = [one for one in await house.rows(contacts) if one.id == contact_id]
    assert row.identity_id == await house.identity()
    ask = AskFor(Purpose.MARKETING, "email", row.identity_id)
    assert await house.store.read(may_contact, [ask]) == [Refused(Why.OPTED_OUT)]


async def test_what_is_to_be_done_comes_first(house: House) -> None:
    await house.mail("Where is my order?")
    with pytest.raises(Conflict) as caught:
        await erased(house)
    assert (caught.value.reason, caught.value.details["contacts"]) == ("erase.open", 1)


def _counts(tx: Tx, _: None) -> list[Any]:
    return [
        tx.execute(select(func.count()).select_from(table)).scalar_one()
        for table in (interactions, contacts, customers, callbacks)
    ]


def _searched(tx: Tx, _: None) -> int:
    return count_documents(tx, SearchKind.INTERACTIONS)


async def test_the_channels_forget_what_they_keep_themselves(house: House) -> None:
    def run(tx: Tx, _: None) -> list[str]:
        tx.execute(insert(webchat_visitors).values(**_visit(tx)))
        tx.execute(insert(webchat_uploads).values(**_upload(tx)))
        tx.execute(insert(calls).values(**_call(tx)))
        whose = Whose(["k1"], ["c1"], [("visitor", "v1")], ["b9"])
        return [blob_id for forget in FORGET for blob_id in forget(tx, whose)]

    assert await house.store.write(run, None) == ["b1"]
    assert await left(house, CANARY) == []
    [call] = await house.rows(calls)  # that there was a call, and not with whom
    assert (call.from_address, call.to_address) == ("", "")


def _visit(tx: Tx) -> dict[str, Any]:
    at = dict.fromkeys(("created_at", "last_seen_at", "rotated_at"), tx.now)
    return {
        "id": "v1",
        "entry_point_id": "shop-chat",
        "token_hash": "h",
        "name": CANARY,
        "email": "",
        "language": "zh-CN",
        **at,
    }


def _upload(tx: Tx) -> dict[str, Any]:
    return {
        "id": "u1",
        "visitor_id": "v1",
        "blob_id": "b1",
        "name": f"{CANARY}.jpg",
        "media_type": "image/jpeg",
        "size_bytes": 3,
        "created_at": tx.now,
    }


def _call(tx: Tx) -> dict[str, Any]:
    return {
        "id": "p1",
        "entry_point_id": "hotline",
        "direction": "in",
        "from_address": CHEN,
        "to_address": "+862155501000",
        "language": "zh-CN",
        "started_at": tx.now,
        "contact_id": "k1",
        "leg_state": "ended",
        "voicemail": False,
        "callback_offered": False,
        "ended_by_us": False,
        "checked_at": tx.now,
    }
