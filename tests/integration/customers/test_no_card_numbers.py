"""Whatever is written about a customer or for them, no column of the database has a card number."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from hub.accounts.model import SYSTEM, Actor
from hub.callbacks.entries import NOBODY
from hub.callbacks.entries import By as ByCallbacks
from hub.callbacks.service import Cancel, cancel_callback
from hub.callbacks.tables import callbacks
from hub.contacts.commitments.commands import (
    Comment,
    FinishCommitment,
    MakeCommitment,
    ReturnCommitment,
)
from hub.contacts.commitments.model import CommitmentKind, CommitmentState
from hub.contacts.commitments.service import finish_commitment, make_commitment
from hub.contacts.commitments.work import comment, return_commitment
from hub.contacts.complaints.service import OpenComplaint, open_complaint
from hub.contacts.drafts import SaveDraft, Words, save_draft
from hub.contacts.inbound import InboundFile
from hub.contacts.later.model import Answer as LaterAnswer
from hub.contacts.later.service import Put, put
from hub.contacts.model import Channel
from hub.contacts.research.feed import Answer, PutAnswers, put_answers
from hub.contacts.tables import entry_points
from hub.core.ids import new_id
from hub.customers.business.cases import PutCases, put_cases
from hub.customers.business.facts import PutFacts, put_facts
from hub.customers.business.model import CaseKind, CaseState
from hub.customers.business.rows import Case, Fact
from hub.customers.facts import AddFact, AddNote, add_fact, add_note
from hub.customers.settings import CustomerSettings, Privacy, save_customer_settings
from hub.desk.callbacks import ScheduleCallback, schedule_callback
from hub.desk.consulting import AskConsult, ask_consult
from hub.desk.dispositions import Disposition
from hub.desk.handling import Close, Handle, Transfer, close, transfer
from hub.desk.telling import By
from hub.desk.uploads import Upload, keep_upload
from hub.intake import receive
from hub.routing.recovery import recovery_aims
from hub.routing.settings import tier_of_new_customers
from hub.storage import Tx
from hub.testing.center import add_agent, give_to_agent
from tests.integration.callbacks.build import CHEN
from tests.integration.intake.test_receive import a_mail
from tests.integration.outreach.build import House
from tests.integration.outreach.conftest import house as house

from .test_erasing import left

CARD = "4111 1111 1111 1111"
HIDDEN = "**** **** **** 1111"
FILE = "Visa_4111111111111111.pdf"
HIDDEN_FILE = "Visa_xxxxxxxxxxxx1111.pdf"

Act = Callable[[House], Awaitable[str]]


async def held(house: House) -> str:
    """Return a contact that Ann holds."""
    contact_id = await house.mail("My kettle leaks.")
    await house.store.write(give_to_agent, (contact_id, house.ann))
    return contact_id


def handle(house: House, contact_id: str) -> Handle:
    return Handle(contact_id, house.ann, house.ann, "Ann")


def ann(house: House) -> Actor:
    return Actor(house.ann, "Ann", "session")


async def came_with_a_file(house: House) -> str:
    file = InboundFile("blob", FILE, "application/pdf", 7)
    looked_through = a_mail(files=(file,), reads=file, card_numbers=False)
    await house.store.write(receive, looked_through)
    assert await left(house, "card_hidden") != []
    return HIDDEN_FILE


async def uploaded(house: House) -> str:
    await house.store.write(keep_upload, Upload(house.ann, "blob", FILE, "application/pdf", 7))
    return HIDDEN_FILE


async def drafted(house: House) -> str:
    words = Words(text=CARD, html=f"<p>{CARD}</p>", subject=CARD)
    await house.store.write(save_draft, SaveDraft(await held(house), house.ann, "Ann", 0, words))
    return f"<p>{HIDDEN}</p>"


async def put_aside(house: House) -> str:
    at = house.centre.clock.now() + timedelta(hours=2)
    answer = LaterAnswer(text=CARD, html=f"<p>{CARD}</p>", subject=CARD)
    await house.store.write(put, Put(await held(house), house.ann, "Ann", "c", answer, at))
    return f"<p>{HIDDEN}</p>"


async def closed(house: House) -> str:
    said = Disposition("repair", "solved", None, f"paid by {CARD}")
    await house.store.write(close, Close(handle(house, await held(house)), said))
    return f"paid by {HIDDEN}"


async def handed_on(house: House) -> str:
    given = Transfer(handle(house, await held(house)), queue_id="finance", note=f"has {CARD}")
    await house.store.write(transfer, given)
    return f"has {HIDDEN}"


async def asked(house: House) -> str:
    by = By(house.ann, "Ann")
    question = AskConsult(await held(house), by, f"whose is {CARD}?", queue_id="finance")
    await house.store.write(ask_consult, question)
    return f"whose is {HIDDEN}?"


async def promised(house: House) -> str:
    store, when = house.store, house.centre.clock.now() + timedelta(hours=2)
    promise = MakeCommitment(
        ann(house), CommitmentKind.OTHER, f"charge {CARD}", when, contact_id=await held(house)
    )
    made = await store.write(make_commitment, promise)
    await store.write(comment, Comment(ann(house), made, f"not {CARD}"))
    kept = FinishCommitment(ann(house), made, CommitmentState.KEPT, f"{CARD} charged")
    await store.write(finish_commitment, kept)
    assert await left(house, f"not {HIDDEN}") != []
    assert await left(house, f"charge {HIDDEN}") != []
    return f"{HIDDEN} charged"


async def given_back(house: House) -> str:
    store, when = house.store, house.centre.clock.now() + timedelta(hours=2)
    actor = Actor(await store.write(add_agent, "Bob"), "Bob", "session")
    promise = MakeCommitment(
        actor, CommitmentKind.OTHER, "charge it", when, customer_id=house.chen, owner_id=house.ann
    )
    made = await store.write(make_commitment, promise)
    await store.write(
        return_commitment, ReturnCommitment(ann(house), made, f"{CARD} is not theirs")
    )
    return f"{HIDDEN} is not theirs"


async def agreed_to_call(house: House) -> str:
    [line] = [row for row in await house.rows(entry_points) if row.channel == Channel.PHONE]
    at = house.centre.clock.now() + timedelta(hours=2)
    wish = ScheduleCallback(ByCallbacks(house.ann, "Ann"), line, CHEN, at, note=f"about {CARD}")
    await house.store.write(schedule_callback, wish)
    return f"about {HIDDEN}"


async def called_off(house: House) -> str:
    await house.centre.wish(await house.centre.call())
    [callback] = await house.rows(callbacks)
    note = f"told me {CARD}"
    # One that is cut off in the middle would be no card number any more.
    long = f"{note}{'.' * (2_000 - len(note) - len(CARD))} {CARD}"
    await house.store.write(cancel_callback, Cancel(callback.id, NOBODY, long))
    assert await left(house, "4111") == []
    return f"told me {HIDDEN}"


async def complained(house: House) -> str:
    contact_id = await held(house)
    said = OpenComplaint(SYSTEM, f"{CARD} charged twice", contact_id=contact_id)
    await house.store.write(open_complaint, said)
    return f"{HIDDEN} charged twice"


async def learned(house: House) -> str:
    await house.store.write(add_fact, AddFact(SYSTEM, house.chen, "pays", CARD, "contact"))
    await house.store.write(add_note, AddNote(ann(house), house.chen, f"card: {CARD}"))
    return f"card: {HIDDEN}"


async def delivered(house: House) -> str:
    """By systems; the same again is the same, although what is kept is not what they say."""
    now = house.centre.clock.now()
    fact = PutFacts("register", [Fact("f", "C-1", "pays", CARD)], tier_of_new_customers)
    defect = Case("1", "C-1", CaseKind.DEFECT, CaseState.REPORTED, text=f"{CARD} stuck")
    cases = PutCases("shop", [defect], tier_of_new_customers)
    said = Answer("a", "C-1", "nps", "why", 3, f"{CARD} was charged", None, now)
    answers = PutAnswers("survey", [said], tier_of_new_customers, recovery_aims)
    for outcome in ("created", "unchanged"):
        done = [
            await house.store.write(put_facts, fact),
            await house.store.write(put_cases, cases),
            await house.store.write(put_answers, answers),
        ]
        assert [one.results[0].outcome for one in done] == [outcome] * 3
    assert await left(house, f"{HIDDEN} stuck") != []
    return f"{HIDDEN} was charged"


@pytest.mark.parametrize(
    "act",
    [
        came_with_a_file, uploaded, drafted, put_aside, closed, handed_on, asked, promised,
        given_back, agreed_to_call, called_off, complained, learned, delivered,
    ],
)  # fmt: skip
async def test_only_its_last_digits_are_kept(house: House, act: Act) -> None:
    hidden = await act(house)
    assert await left(house, "4111 1111", "41111111") == []
    assert await left(house, hidden) != []


async def test_a_set_up_that_must_see_them_keeps_them_there_too(house: House) -> None:
    def keep(tx: Tx, _: None) -> None:
        save_customer_settings(tx, CustomerSettings(privacy=Privacy(hide_card_numbers=False)))

    await house.store.write(keep, None)
    file = InboundFile("blob", FILE, "application/pdf", 7)
    await house.store.write(receive, a_mail(new_id(), files=(file,)))
    await learned(house)
    assert await left(house, HIDDEN, HIDDEN_FILE, "card_hidden") == []
    assert len(await left(house, FILE)) == 1
    assert len(await left(house, CARD)) == 2
