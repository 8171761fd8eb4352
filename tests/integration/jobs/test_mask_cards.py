"""Card numbers that are stored already are masked: all of them, once, whatever breaks it off."""

from __future__ import annotations

import asyncio
import re
import signal
import sys
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, insert, select, update

from hub.accounts.audit import ListAudit, list_audit
from hub.accounts.model import SYSTEM
from hub.callbacks.tables import callbacks
from hub.care import masking
from hub.contacts.commitments.tables import commitment_entries, commitments
from hub.contacts.complaints.tables import complaints
from hub.contacts.inbound import Inbound, InboundFile, Receipt
from hub.contacts.research.tables import survey_answers
from hub.contacts.tables import attachments, contacts, conversations, interactions
from hub.core.bus import Bus
from hub.core.errors import Invalid
from hub.core.text import parse_query
from hub.customers.holds.service import HoldCustomer, hold_customer
from hub.customers.settings import CustomerSettings, Privacy, save_customer_settings
from hub.customers.tables import customer_facts, customer_notes, customers, identities
from hub.intake import receive
from hub.jobs.privacy import MaskCards, mask_cards
from hub.storage import Store, Tx
from hub.storage.search import SearchKind, search_documents
from hub.testing.center import open_center
from hub.testing.clock import NOON
from tests.integration.intake.test_receive import a_chat, a_mail

CARD = "4111 1111 1111 1111"
HIDDEN = "**** **** **** 1111"
ORDER = "2026113000012345"
_FEW = re.compile(r"SCAN (?:CONSTANT|\(|j VIRTUAL|legal_holds|audit_head)")
_TABLES = (
    interactions,
    contacts,
    conversations,
    commitments,
    commitment_entries,
    complaints,
    callbacks,
    survey_answers,
    customer_facts,
    customer_notes,
    attachments,
)


async def nothing(_done: int, _total: int) -> None:
    return


def _hide(tx: Tx, hides: bool) -> None:
    save_customer_settings(tx, CustomerSettings(privacy=Privacy(hide_card_numbers=hides)))


async def came(store: Store, *items: Inbound) -> list[str]:
    """File what came in while numbers are kept; return the entries."""
    await store.write(_hide, False)
    ids = []
    for item in items:
        receipt = await store.write(receive, item)
        assert isinstance(receipt, Receipt)
        ids.append(receipt.interaction_id)
    await store.write(_hide, True)
    return ids


async def everything(store: Store) -> str:
    """Return every row of what was said, as one text."""

    def read(tx: Tx, _: None) -> str:
        return "\n".join(
            str(row) for table in _TABLES for row in tx.execute(select(table).order_by(table.c.id))
        )

    return await store.read(read, None)


async def texts(store: Store, ids: list[str]) -> list[str]:
    def read(tx: Tx, _: None) -> list[str]:
        found = select(interactions.c.id, interactions.c.text).where(interactions.c.id.in_(ids))
        by_id = {row.id: row.text for row in tx.execute(found)}
        return [by_id[id_] for id_ in ids]

    return await store.read(read, None)


async def found(store: Store, words: str) -> list[str]:
    def read(tx: Tx, _: None) -> list[str]:
        query = parse_query(words)
        assert query is not None
        return [hit.ref_id for hit in search_documents(tx, SearchKind.INTERACTIONS, query, 10)]

    return await store.read(read, None)


async def acts(store: Store) -> list[tuple[str, str]]:
    lines = await store.read(list_audit, ListAudit(limit=100))
    return [(line.action, line.object_kind) for line in lines]


@pytest.fixture
async def center(store: Store) -> Store:
    await store.write(open_center, None)
    return store


async def test_what_was_kept_of_a_mail_is_masked_wherever_it_stands(center: Store) -> None:
    [entry_id] = await came(
        center,
        a_mail(
            subject=f"Card {CARD}",
            text=f"Take it from {CARD}, order {ORDER}",
            html="<p>Take it from <b>4111</b>&nbsp;1111 1111 1111</p>",
            meta={"quoted": f"> {CARD}"},
            files=(InboundFile("blob", f"Visa_{CARD}.pdf", "application/pdf", 1),),
        ),
    )
    assert await found(center, "4111") == [entry_id]
    done = await mask_cards(center, MaskCards(), nothing)
    kept = await everything(center)
    assert "4111" not in kept
    assert f"Take it from {HIDDEN}, order {ORDER}" in kept
    assert "<p>Take it from <b>****</b>&nbsp;**** **** 1111</p>" in kept
    assert "'card_hidden': True" in kept
    assert await found(center, "4111") == []
    assert await found(center, "order") == [entry_id]
    assert {table: rows for table, rows in done.masked.items() if rows} == {
        "interactions": 1,
        "contacts": 1,
        "conversations": 1,
        "attachments": 1,
    }
    assert "Visa_xxxx xxxx xxxx 1111.pdf" in kept
    assert sorted(await acts(center)) == [
        ("interaction.hide", "interaction"),
        ("privacy.mask_cards", "privacy"),
        ("text.hide", "attachments"),
        ("text.hide", "contacts"),
        ("text.hide", "conversations"),
    ]


async def test_a_second_time_nothing_changes(center: Store) -> None:
    await came(center, a_mail(subject=CARD, text=CARD), a_chat("1", text="4111 1111"))
    await mask_cards(center, MaskCards(), nothing)
    kept, told = await everything(center), await acts(center)
    again = await mask_cards(center, MaskCards(), nothing)
    assert sum(again.masked.values()) == 0
    assert again.looked_at["interactions"] >= 2  # from the beginning, once one came to its end
    assert await everything(center) == kept
    assert len(await acts(center)) == len(told) + 1  # that it was looked through


async def test_a_number_over_several_messages_is_masked_in_each(center: Store) -> None:
    chat = [a_chat(str(n), text=text) for n, text in enumerate(("my card", *CARD.split(), "ok"))]
    ids = await came(center, *chat)
    assert (await texts(center, ids))[1:5] == CARD.split()
    await mask_cards(center, MaskCards(), nothing)
    assert await texts(center, ids) == ["my card", "****", "****", "****", "1111", "ok"]


async def test_looking_only_changes_nothing_and_counts_the_same(center: Store) -> None:
    await came(center, a_mail("1", text=CARD), a_mail("2", text=ORDER), a_chat("3", text=CARD))
    kept = await everything(center)
    tried = await mask_cards(center, MaskCards(dry_run=True), nothing)
    assert await everything(center) == kept
    assert tried.masked["interactions"] == 2
    # Previews follow their messages, so that fewer contacts are left than were counted.
    done = await mask_cards(center, MaskCards(), nothing)
    assert done.masked["interactions"] == 2


async def test_a_preview_that_ends_amid_a_number_goes_with_its_message(center: Store) -> None:
    await came(center, a_chat("1", text=f"{'x' * 189} {CARD}"))
    assert "x 4111 1111" in await everything(center)
    await mask_cards(center, MaskCards(), nothing)
    assert "4111" not in await everything(center)


def _note(tx: Tx, customer_id: str) -> None:
    tx.execute(
        insert(customer_notes).values(
            id="0" * 36,
            customer_id=customer_id,
            text=f"pays by {CARD}",
            author_id="1" * 36,
            author_name="Ada",
            created_at=NOON,
        )
    )


async def test_notes_of_customers_are_masked(center: Store) -> None:
    await came(center, a_mail())

    def write(tx: Tx, _: None) -> None:
        _note(tx, tx.execute(select(customers.c.id)).scalars().one())

    await center.write(write, None)
    done = await mask_cards(center, MaskCards(), nothing)
    assert done.masked["customer_notes"] == 1
    assert f"pays by {HIDDEN}" in await everything(center)


def _hold(tx: Tx, address: str) -> str:
    of = select(identities.c.customer_id).where(identities.c.value_norm == address)
    customer_id = str(tx.execute(of).scalar_one())
    hold_customer(tx, HoldCustomer(SYSTEM, customer_id, "court"))
    return customer_id


async def test_what_a_legal_hold_keeps_is_left_and_counted_until_it_is_asked_for(
    center: Store,
) -> None:
    ids = await came(
        center,
        a_mail("1", "held@example.test", subject=CARD, text=CARD),
        a_mail("2", "free@example.test", subject=CARD, text=CARD),
    )
    await center.write(_note, await center.write(_hold, "held@example.test"))
    tried = await mask_cards(center, MaskCards(dry_run=True), nothing)
    assert tried.masked["interactions"] == tried.held["interactions"] == 1
    done = await mask_cards(center, MaskCards(), nothing)
    assert await texts(center, ids) == [CARD, HIDDEN]
    assert {table: rows for table, rows in done.held.items() if rows} == {
        "interactions": 1,
        "contacts": 1,
        "conversations": 1,
        "customer_notes": 1,
    }
    assert (await found(center, "4111")) == ids[:1]
    assert done.masked["customer_notes"] == 0
    again = await mask_cards(center, MaskCards(held_too=True), nothing)
    assert "4111" not in await everything(center)
    assert (again.masked["interactions"], sum(again.held.values())) == (1, 0)


async def test_of_a_contact_in_which_somebody_held_wrote_nothing_is_masked(center: Store) -> None:
    """They were copied: the thread is another customer's."""
    [one, two] = await came(
        center, a_chat("1", text=f"a {CARD}"), a_mail("2", "held@example.test", text="ok")
    )
    await center.write(_hold, "held@example.test")

    def joined(tx: Tx, _: None) -> None:
        i = interactions.c
        into = tx.execute(select(i.conversation_id, i.contact_id, i.seq).where(i.id == one)).one()
        tx.execute(
            update(interactions)
            .where(i.id == two)
            .values(
                conversation_id=into.conversation_id, contact_id=into.contact_id, seq=into.seq + 50
            )
        )

    await center.write(joined, None)
    done = await mask_cards(center, MaskCards(), nothing)
    assert await texts(center, [one]) == [f"a {CARD}"]
    assert done.held["interactions"] == 1


async def test_who_is_held_after_a_row_was_found_is_not_masked(center: Store) -> None:
    [entry_id] = await came(center, a_mail("1", "held@example.test", text=CARD))
    seen = await center.read(masking.find_unmasked, masking.Piece("interactions"))
    assert seen.ids == (entry_id,)
    await center.write(_hold, "held@example.test")
    done = await center.write_bulk(masking.mask_found, masking.Rows("interactions", seen.ids))
    assert (done.rows, done.held) == (0, 1)
    assert await texts(center, [entry_id]) == [CARD]


async def test_where_the_set_up_keeps_them_it_says_so_and_changes_nothing(center: Store) -> None:
    await came(center, a_mail(text=CARD))
    await center.write(_hide, False)
    kept = await everything(center)
    with pytest.raises(Invalid, match="hide_card_numbers"):
        await mask_cards(center, MaskCards(), nothing)
    assert await everything(center) == kept


async def test_what_comes_in_meanwhile_is_left_alone(
    center: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(masking, "PIECE", 2)
    await came(center, *(a_mail(str(n), text=f"{n}: {CARD}") for n in range(6)))
    arrived: list[str] = []

    async def one_more(_done: int, _total: int) -> None:
        if len(arrived) < 3:
            item = a_mail(f"new{len(arrived)}", text=f"new {CARD}")
            receipt = await center.write(receive, item)
            assert isinstance(receipt, Receipt)
            arrived.append(receipt.interaction_id)

    await mask_cards(center, MaskCards(), one_more)
    assert "4111" not in await everything(center)
    assert await texts(center, arrived) == [f"new {HIDDEN}"] * 3


_DIES = """
import asyncio, os, signal, sys
from hub.care import masking
from hub.core.bus import Bus
from hub.jobs.privacy import MaskCards, mask_cards
from hub.storage import Store

masking.PIECE = 5

async def die(done, total):
    if done >= 10:
        os.kill(os.getpid(), signal.SIGKILL)

async def main():
    async with Store(sys.argv[1], Bus()) as store:
        await mask_cards(store, MaskCards(), die)

asyncio.run(main())
"""


async def test_killed_amid_it_goes_on_and_each_is_masked_once(database_url: str) -> None:
    async with Store(database_url, Bus()) as store:
        await store.write(open_center, None)
        mails = [a_mail(str(n), f"c{n}@example.test", text=f"{n}: {CARD}") for n in range(20)]
        ids = await came(store, *mails)
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", _DIES, database_url)
    assert await process.wait() == -signal.SIGKILL
    async with Store(database_url, Bus()) as store:
        masked = [text.endswith(HIDDEN) for text in await texts(store, ids)]
        assert 0 < sum(masked) < 20
        done = await mask_cards(store, MaskCards(), nothing)
        assert done.masked["interactions"] == 20 - sum(masked)
        assert "4111" not in await everything(store)
        lines = await store.read(list_audit, ListAudit(limit=200))
    hidden = [line.object_id for line in lines if line.action == "interaction.hide"]
    assert sorted(hidden) == sorted(ids)


async def test_what_is_held_is_found_by_indexes(sqlite_store: Store) -> None:
    await sqlite_store.write(open_center, None)
    await came(sqlite_store, a_mail(subject=CARD, text=CARD), a_chat("1", text=CARD))
    await sqlite_store.write(_note, await sqlite_store.write(_hold, "chen@example.test"))
    plans: dict[str, list[str]] = {}

    def look(_c: Connection, cursor: Any, said: str, given: Any, _x: Any, many: bool) -> None:
        if said.startswith(("SELECT", "UPDATE", "DELETE")):
            rows = cursor.connection.execute(
                f"EXPLAIN QUERY PLAN {said}", given[0] if many else given
            )
            plans[said] = [str(row[-1]) for row in rows]

    event.listen(Engine, "before_cursor_execute", look)
    try:
        done = await mask_cards(sqlite_store, MaskCards(), nothing)
    finally:
        event.remove(Engine, "before_cursor_execute", look)
    assert done.held["customer_notes"] == 1
    lines = {line for plan in plans.values() for line in plan}
    assert any("legal_holds" in line for line in lines)
    assert {line for line in lines if line.startswith("SCAN") and not _FEW.match(line)} == set()
