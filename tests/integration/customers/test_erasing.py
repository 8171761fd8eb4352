"""A customer asks to be forgotten: no word, name, address or file of theirs is left anywhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import MetaData, func, select, update

from hub.accounts.model import SYSTEM, Actor
from hub.callbacks.entries import NOBODY
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.care.erasing import Erase, Erased, erase_customer
from hub.contacts import service as contact_service
from hub.contacts.blocks.model import BlockKind
from hub.contacts.blocks.service import Block, block
from hub.contacts.blocks.tables import blocks
from hub.contacts.commitments.commands import FinishCommitment, MakeCommitment
from hub.contacts.commitments.model import CommitmentKind, CommitmentState
from hub.contacts.commitments.service import finish_commitment, make_commitment
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.inbound import IdentityKind, Inbound, SenderIdentity, SurveyAnswer
from hub.contacts.model import Channel, ContactState, Direction, InteractionKind
from hub.contacts.outreach.model import Refused, Why
from hub.contacts.outreach.opting_out import OptOut
from hub.contacts.outreach.service import AskFor, may_contact
from hub.contacts.research.feed import Answer, PutAnswers, put_answers
from hub.contacts.research.tables import survey_answers
from hub.contacts.service import NewInteraction
from hub.contacts.tables import contacts, conversations, interactions
from hub.core.errors import Conflict
from hub.core.ids import new_id
from hub.customers.business.balances import PutBalances, put_balances
from hub.customers.business.cases import PutCases, put_cases
from hub.customers.business.facts import PutFacts, put_facts
from hub.customers.business.model import CaseKind, CaseState
from hub.customers.business.orders import PutDone, PutOrders, put_orders
from hub.customers.business.rows import Balance, Case, Fact, Order
from hub.customers.business.tables import service_cases
from hub.customers.consent.erased import ERASED_TEXT
from hub.customers.consent.model import STOP_SELLING, Purpose
from hub.customers.facts import AddFact, AddNote, add_fact, add_note
from hub.customers.merging.service import MergeCustomers, merge_customers
from hub.customers.merging.tables import customer_merges
from hub.customers.tables import customers, identities
from hub.desk.commands import Note
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close, Handle, close
from hub.desk.messages import note
from hub.desk.permits import OwnAccord
from hub.intake.opt_out import opt_out
from hub.intake.receive import receive
from hub.intake.report import report
from hub.jobs.business import ImportRows, import_cases
from hub.knowledge.indexing import NewCase, index_cases
from hub.routing.recovery import recovery_aims
from hub.routing.settings import tier_of_new_customers
from hub.schema import all_tables
from hub.storage import Tx
from hub.storage.outbox import OutboxState, outbox
from hub.storage.search import SearchKind, count_documents
from hub.testing.center import give_to_agent
from hub.wiring.consent import FORGET
from tests.integration.outreach.build import CHEN, MAIL, House, add_customer
from tests.integration.outreach.conftest import house as house
from tests.integration.outreach.test_opting_out import imported

CANARY = "灯塔"
OTHER_MAIL = "xiaomei@example.test"  # of a record that became theirs


async def lives(house: House) -> str:
    """The customer writes, is answered, complains, is promised something, calls; all is over."""
    store = house.store
    contact_id = await house.mail(f"{CANARY} is where I live. My kettle leaks.")
    await store.write(give_to_agent, (contact_id, house.ann))
    await house.writes(contact_id, f"Dear {CANARY}, we come.")
    await store.write(answered_aside, contact_id)
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
    wish = OwnAccord(Purpose.MARKETING, override=f"{CANARY} asked for it")
    await house.closes(await house.sells(wish))
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
    second = await store.write(add_customer, (f"{CANARY} Chen", [(IdentityKind.EMAIL, OTHER_MAIL)]))
    await store.write(merge_customers, MergeCustomers(SYSTEM, second, house.chen, f"{CANARY}, too"))
    why = Block(SYSTEM, BlockKind.EMAIL, MAIL, f"{CANARY} insults us", "CN")
    await store.write(block, why)
    await store.write(why_quarantined, (await house.mail("Fools!"), f"blocked: {MAIL}"))
    return contact_id


def answered_aside(tx: Tx, contact_id: str) -> None:
    """Somebody else was forwarded the mail and answers, with all of it below."""
    asked = tx.execute(select(interactions).where(interactions.c.contact_id == contact_id)).first()
    assert asked is not None
    maker = SenderIdentity(IdentityKind.EMAIL, "maker@factory.test")
    forwarded = NewInteraction(
        id=new_id(), conversation_id=asked.conversation_id, contact_id=contact_id,
        identity_id=asked.identity_id, channel=Channel.EMAIL, kind=InteractionKind.ASIDE,
        direction=Direction.INTERNAL, text=f"{CANARY} asks", at=tx.now, author_id="ann",
    )  # fmt: skip
    head = select(conversations.c.last_seq).where(conversations.c.id == asked.conversation_id)
    last_seq = tx.execute(head).scalar_one()
    [seq] = contact_service.append(tx, [forwarded], {asked.conversation_id: last_seq})
    tx.execute(
        update(conversations)
        .where(conversations.c.id == asked.conversation_id)
        .values(last_seq=seq)
    )
    answer = Inbound(
        asked_point(tx, contact_id), Channel.EMAIL, new_id(), (maker,), tx.now,
        text=f"It is the pump.\n> {CANARY} is where I live", conversation_id=asked.conversation_id,
        answers=forwarded.id,
    )  # fmt: skip
    receive(tx, [answer])


def asked_point(tx: Tx, contact_id: str) -> str:
    point = select(contacts.c.entry_point_id).where(contacts.c.id == contact_id)
    return str(tx.execute(point).scalar_one())


def why_quarantined(tx: Tx, told: tuple[str, str]) -> None:
    contact_id, reason = told
    one = (contacts.c.id == contact_id, contacts.c.state == ContactState.QUARANTINED)
    done = tx.execute(update(contacts).where(*one).values(quarantine_reason=reason))
    assert done.rowcount == 1


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
    [merge] = await house.rows(customer_merges)
    assert CANARY not in str(merge.before)  # what an undo needs, and no more
    done = await erased(house)
    [merge] = await house.rows(customer_merges)
    assert merge.before == {}  # to undo it brings nothing back
    assert done.addresses == 3
    unsaid = [row for row in await house.rows(outbox) if row.effect == "{}"]
    assert {row.state for row in unsaid} == {OutboxState.CANCELLED}  # nothing is left to send
    assert await left(house, CANARY, MAIL, OTHER_MAIL, CHEN, "Chen") == []
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
    assert row.state == ContactState.QUEUED  # no list keeps who they were
    ask = AskFor(Purpose.MARKETING, "email", row.identity_id)
    assert await house.store.read(may_contact, [ask]) == [Refused(Why.OPTED_OUT)]


SHOP_ID = "10023"


async def delivered(house: House, *, number: int = 1) -> dict[str, PutDone]:
    """The shop's systems say what they know of this customer, who is known there by a number."""
    now, store = house.centre.clock.now(), house.store
    order = Order(f"A-{number}", SHOP_ID, now, 12_900, "CNY")
    case = Case(f"R-{number}", SHOP_ID, CaseKind.REPAIR, CaseState.REPORTED, text=f"{CANARY} leaks")
    fact = Fact(f"F-{number}", SHOP_ID, "place", CANARY)
    answer = Answer(f"Q-{number}", SHOP_ID, "autumn", "why", None, CANARY, None, now)
    owed = Balance(SHOP_ID, 100 * number, "CNY")
    usual = tier_of_new_customers
    return {
        "orders": await store.write(put_orders, PutOrders("shop", [order], usual)),
        "cases": await store.write(put_cases, PutCases("shop", [case], usual)),
        "facts": await store.write(put_facts, PutFacts("shop", [fact], usual)),
        "answers": await store.write(
            put_answers, PutAnswers("shop", [answer], usual, recovery_aims)
        ),
        "balances": await store.write(put_balances, PutBalances("shop", [owed], usual)),
    }


def outcomes(done: dict[str, PutDone]) -> dict[str, str]:
    assert {one.made_customers for one in done.values()} == {0}
    return {kind: one.results[0].outcome.value for kind, one in done.items()}


async def known_by_number(house: House) -> None:
    """Who is known by a number turns out to be Chen."""
    await delivered(house)
    [record] = [row for row in await house.rows(identities) if row.value_norm == SHOP_ID]
    await house.store.write(
        merge_customers, MergeCustomers(SYSTEM, record.customer_id, house.chen, CANARY)
    )


async def test_the_next_delivery_undoes_no_erasure(house: House) -> None:
    await known_by_number(house)
    await erased(house)
    people = len(await house.rows(customers))
    again = await delivered(house)
    refused = dict.fromkeys(("facts", "answers", "balances"), "refused")
    assert outcomes(again) == {"orders": "unchanged", "cases": "unchanged", **refused}
    assert {one.code for kind in refused for one in again[kind].results[0].reasons} == {
        "row.erased"
    }
    kinds = ("orders", "cases", *refused)
    assert outcomes(await delivered(house, number=2)) == dict.fromkeys(kinds, "refused")
    assert len(await house.rows(customers)) == people
    assert await left(house, CANARY, SHOP_ID, "A-2") == [  # counts, by the shop's own numbers
        f"orders.customer_external_id: {SHOP_ID}",
        f"service_cases.customer_external_id: {SHOP_ID}",
    ]
    [answer] = await house.rows(survey_answers)
    assert answer.answer is None


async def test_a_case_goes_on_without_words(house: House) -> None:
    await known_by_number(house)
    await erased(house)
    case = Case("R-1", SHOP_ID, CaseKind.REPAIR, CaseState.DONE, text=f"{CANARY} has it back")
    asked = PutCases("shop", [case], tier_of_new_customers)
    assert (await house.store.write(put_cases, asked)).results[0].outcome.value == "updated"
    [kept] = await house.rows(service_cases)
    assert (kept.state, kept.text or "") == ("done", "")
    said = Case("R-1", "10024", CaseKind.REPAIR, CaseState.DONE, text="the kettle of another one")
    asked = PutCases("shop", [said], tier_of_new_customers)
    assert (await house.store.write(put_cases, asked)).results[0].outcome.value == "updated"
    [kept] = await house.rows(service_cases)
    assert (kept.customer_id != house.chen, kept.text) == (True, said.text)


async def test_a_file_makes_nobody_of_them(house: House, tmp_path: Path) -> None:
    await known_by_number(house)
    await erased(house)
    people = len(await house.rows(customers))
    path, mend = tmp_path / "cases.csv", tmp_path / "mend.csv"
    path.write_text(
        "external_id,customer_external_id,kind,state,text\n"
        f"R-1,{SHOP_ID},repair,done,{CANARY}\nR-2,{SHOP_ID},repair,done,{CANARY}\n"
    )

    async def quiet(_done: int, _total: int) -> None: ...

    for dry_run in (True, False):
        asked = ImportRows(str(path), "shop", dry_run, refused_to=str(mend))
        done = await import_cases(house.store, asked, quiet)
        assert (done.rows, done.updated, done.refused, done.made_customers) == (2, 1, 1, 0)
        assert done.faults == [f"line 3: {ERASED_TEXT}"]
        assert mend.read_text().splitlines()[1].startswith("3,")
    assert len(await house.rows(customers)) == people
    [case] = await house.rows(service_cases)
    assert (case.state, case.text or "") == ("done", "")


async def test_a_shared_address_stays_blocked_and_says_not_why(house: House) -> None:
    """So does what was blocked from one of their contacts, whoever it is."""
    contact_id = await house.mail("Hello")
    await house.store.write(give_to_agent, (contact_id, house.ann))
    await house.closes(contact_id)
    why = Block(SYSTEM, BlockKind.EMAIL, MAIL, CANARY, "CN")
    await house.store.write(block, why)
    other = replace(why, value="other@example.test", contact_id=contact_id)
    await house.store.write(block, other)

    def share(tx: Tx, _: None) -> None:
        tx.execute(
            update(identities).where(identities.c.value_norm == MAIL).values(status="shared")
        )

    await house.store.write(share, None)
    await erased(house)
    kept = [(row.value, row.reason, row.contact_id) for row in await house.rows(blocks)]
    assert sorted(kept) == [(MAIL, "", None), ("other@example.test", "", None)]


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
