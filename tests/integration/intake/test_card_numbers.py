"""Card numbers: of what comes in and goes out only the last four digits are stored and found."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Row, select

from hub.accounts.audit import ListAudit, list_audit
from hub.contacts.inbound import (
    FileRead,
    Inbound,
    InboundFile,
    PagesRead,
    Receipt,
    SurveyAnswer,
)
from hub.contacts.tables import contacts, conversations, interactions
from hub.core.text import parse_query
from hub.customers.settings import CustomerSettings, Privacy, save_customer_settings
from hub.desk.commands import Note, Reply
from hub.desk.messages import reply
from hub.desk.notes import ChangeNote, change_note, note
from hub.intake import receive
from hub.intake.report import report
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.storage.search import SearchKind, search_documents
from hub.testing.center import add_agent, give_to_agent, open_center
from hub.testing.clock import NOON

from .test_files_read import FAX
from .test_receive import a_chat, a_mail

CARD = "4111 1111 1111 1111"
HIDDEN = "**** **** **** 1111"


@pytest.fixture
async def center(store: Store) -> Store:
    await store.write(open_center, None)
    return store


async def came(store: Store, item: Inbound) -> Receipt:
    receipt = await store.write(receive, item)
    assert isinstance(receipt, Receipt)
    return receipt


async def entry(store: Store, interaction_id: str) -> Row[Any]:
    where = interactions.c.id == interaction_id
    return await store.read(lambda tx, _: tx.execute(select(interactions).where(where)).one(), None)


async def everything_of(store: Store) -> str:
    """Return all that the tables of what is said and sent hold, as one text."""

    def read(tx: Tx, _: None) -> str:
        tables = (interactions, contacts, conversations, outbox)
        return "\n".join(str(row) for table in tables for row in tx.execute(select(table)))

    return await store.read(read, None)


async def found(store: Store, words: str) -> list[str]:
    def read(tx: Tx, _: None) -> list[str]:
        query = parse_query(words)
        assert query is not None
        return [hit.ref_id for hit in search_documents(tx, SearchKind.INTERACTIONS, query, 10)]

    return await store.read(read, None)


def keep_them(tx: Tx, _: None) -> None:
    save_customer_settings(tx, CustomerSettings(privacy=Privacy(hide_card_numbers=False)))


async def test_no_part_of_a_mail_keeps_a_card_number(center: Store) -> None:
    mail = a_mail(
        subject=f"Card {CARD}",
        text=f"Take it from {CARD}",
        html="<p>Take it from <b>4111</b>&nbsp;1111 1111 1111</p>",
        words="card 4111 1111 take",
        meta={"quoted": "> ４１１１１１１１１１１１１１１１"},
        raw_blob_id="raw",
    )
    receipt = await came(center, mail)
    kept = await entry(center, receipt.interaction_id)
    assert (kept.subject, kept.text) == (f"Card {HIDDEN}", f"Take it from {HIDDEN}")
    assert kept.html == "<p>Take it from <b>****</b>&nbsp;**** **** 1111</p>"
    assert (kept.meta["quoted"], kept.meta["card_hidden"]) == ("> " + "*" * 12 + "１１１１", True)
    assert kept.raw_blob_id == "raw"
    assert "4111" not in await everything_of(center)
    assert await found(center, "4111") == []
    assert await found(center, "card") == [receipt.interaction_id]


async def test_what_was_looked_through_before_is_stored_as_it_is(center: Store) -> None:
    receipt = await came(center, a_mail(text=CARD, card_numbers=False))
    assert (await entry(center, receipt.interaction_id)).text == CARD


async def test_other_numbers_of_a_mail_stay(center: Store) -> None:
    said = "Call +8613800138000 about order 2026113000012345 and SF1234567890123."
    receipt = await came(center, a_mail(text=said))
    kept = await entry(center, receipt.interaction_id)
    assert (kept.text, "card_hidden" in kept.meta) == (said, False)


async def test_a_number_completed_by_a_later_message_is_hidden_in_both(center: Store) -> None:
    first = await came(center, a_chat("1", text="it is 4111 1111"))
    assert await found(center, "4111") == [first.interaction_id]
    second = await came(center, a_chat("2", text="1111 1111, thanks"))
    assert second.conversation_id == first.conversation_id
    assert (await entry(center, first.interaction_id)).text == "it is **** ****"
    assert (await entry(center, second.interaction_id)).text == "**** 1111, thanks"
    assert await found(center, "4111") == []
    assert await found(center, "it is") == [first.interaction_id]
    lines = await center.read(list_audit, ListAudit(limit=5, object_id=first.interaction_id))
    assert [(line.action, line.actor_id) for line in lines] == [("interaction.hide", None)]


async def test_four_messages_of_one_moment_hide_their_number(center: Store) -> None:
    groups = ("4111", "1111", "1111", "1111")
    items = [a_chat(str(place), text=group) for place, group in enumerate(groups)]
    receipts = await gather(center, items)
    texts = [(await entry(center, one.interaction_id)).text for one in receipts]
    assert texts == ["****", "****", "****", "1111"]


async def gather(store: Store, items: list[Inbound]) -> list[Receipt]:
    def together(tx: Tx, _: None) -> list[Any]:
        return list(receive(tx, items))

    return await store.write(together, None)


async def test_numbers_of_two_chats_do_not_join(center: Store) -> None:
    first = await came(center, a_chat("1", "v1", text="4111 1111"))
    second = await came(center, a_chat("2", "v2", text="1111 1111"))
    texts = [(await entry(center, one.interaction_id)).text for one in (first, second)]
    assert texts == ["4111 1111", "1111 1111"]


async def test_the_words_of_a_fax_hide_it_and_say_so(center: Store) -> None:
    receipt = await came(center, FAX)
    news = FileRead("fax", receipt.interaction_id, f"Visa {CARD}", (), "en", None, {"pages": 1})
    await center.write(report, news)
    kept = await entry(center, receipt.interaction_id)
    assert (kept.text, kept.meta["card_hidden"]) == (f"Visa {HIDDEN}", True)
    assert "4111" not in await everything_of(center)
    assert await found(center, "4111") == []


async def test_the_words_of_later_pages_hide_it_too(center: Store) -> None:
    receipt = await came(center, FAX)
    page = InboundFile("png", "page-0002.png", "image/png", 700, "page:2")
    first = FileRead("fax", receipt.interaction_id, "Order", (page,), "en", None, {},
                     words_to=1, words_of=2)  # fmt: skip
    await center.write(report, first)
    await center.write(report, PagesRead("fax", receipt.interaction_id, 2, 2, f"Visa {CARD}"))
    kept = await entry(center, receipt.interaction_id)
    assert (kept.text, kept.meta["card_hidden"]) == (f"Order\n\nVisa {HIDDEN}", True)
    assert await found(center, "4111") == []
    assert await found(center, "visa") == [receipt.interaction_id]


async def test_what_agents_write_goes_out_and_is_kept_without_it(center: Store) -> None:
    agent_id = await center.write(add_agent, "Li")
    receipt = await came(center, a_mail())
    assert receipt.contact_id is not None
    await center.write(give_to_agent, (receipt.contact_id, agent_id))
    answer = Reply(receipt.contact_id, agent_id, "Li", "c1", f"Yours: {CARD}", instant=False,
                   html=f"<p>Yours: {CARD}</p>", subject=f"Re: {CARD}")  # fmt: skip
    await center.write(reply, answer)
    written = await center.write(note, Note(receipt.contact_id, agent_id, "Li", "n", f"Has {CARD}"))
    await center.write(change_note, ChangeNote(written.interaction_id, agent_id, f"Had {CARD}"))
    await center.write(report, SurveyAnswer(receipt.contact_id, 5, f"paid by {CARD}", NOON))
    told = await everything_of(center)
    assert "4111" not in told
    assert f"<p>Yours: {HIDDEN}</p>" in told
    assert f"Had {HIDDEN}" in told
    assert f"paid by {HIDDEN}" in told
    assert await found(center, "4111") == []


async def test_a_set_up_that_must_see_them_keeps_them(center: Store) -> None:
    await center.write(keep_them, None)
    mail = await came(center, a_mail(text=CARD))
    first = await came(center, a_chat("1", text="4111 1111"))
    await came(center, a_chat("2", text="1111 1111"))
    fax = await came(center, FAX)
    await center.write(report, FileRead("fax", fax.interaction_id, CARD, (), "en", None, {}))
    for one, text in ((mail, CARD), (first, "4111 1111"), (fax, CARD)):
        kept = await entry(center, one.interaction_id)
        assert (kept.text, "card_hidden" in kept.meta) == (text, False)
