"""Words of pages behind the first ones: asked for turn by turn, found once they are told."""

from __future__ import annotations

import asyncio
import dataclasses

import msgspec
import pytest
from msgspec.structs import replace
from sqlalchemy import Row, select

from hub.channels.registry import Registry
from hub.channels.sender import Sender
from hub.contacts.effects import Effect, ReadFile, ReadPages
from hub.contacts.inbound import Belongs, FileRead, InboundFile, PagesRead, Receipt
from hub.contacts.tables import contacts, interactions
from hub.contacts.unread_files import note_unread
from hub.core.bus import Bus
from hub.core.text import parse_query
from hub.intake.later_pages import MOST_WORDS
from hub.intake.report import report
from hub.storage import Store, Tx
from hub.storage.outbox import outbox
from hub.storage.search import SearchKind, search_documents
from hub.testing.center import open_center

from .test_files_read import FAX, filed, found_in, rows


@pytest.fixture
async def receipt(store: Store) -> Receipt:
    """A fax of 18 pages, of which the words of the first ten are known."""
    await store.write(open_center, None)
    filed_ = await filed(store)
    await store.write(report, first_pages(filed_))
    return filed_


def first_pages(receipt: Receipt, *, words_to: int = 10, pages: int = 18) -> FileRead:
    images = tuple(
        InboundFile(f"png-{page}", f"page-{page:04}.png", "image/png", 700, f"page:{page}")
        for page in range(1, pages + 1)
    )
    found = dataclasses.replace(found_in(receipt), files=images)
    return dataclasses.replace(found, words_to=words_to, words_of=pages)


def further(receipt: Receipt, first: int, last: int, text: str) -> PagesRead:
    return PagesRead("fax", receipt.interaction_id, first, last, text)


async def effects_of(store: Store) -> list[Effect]:
    return [msgspec.json.decode(row.effect, type=Effect) for row in await rows(store, outbox)]


async def asked(store: Store) -> list[tuple[int, list[str]]]:
    """Return the turns that were asked for: first page and files of each."""
    turns = [effect for effect in await effects_of(store) if isinstance(effect, ReadPages)]
    return sorted((turn.page, [file.blob_id for file in turn.files]) for turn in turns)


async def entry(store: Store) -> Row[tuple[object, ...]]:
    (one,) = [row for row in await rows(store, interactions) if row.kind == "fax"]
    return one


async def found(store: Store, words: str) -> list[str]:
    def search(tx: Tx, _: None) -> list[str]:
        hits = search_documents(tx, SearchKind.INTERACTIONS, parse_query(words), 10)
        return [hit.ref_id for hit in hits]

    return await store.read(search, None)


async def test_the_first_pages_ask_for_the_next_ones(store: Store, receipt: Receipt) -> None:
    assert (await entry(store)).meta["reading_on"] == {"page": 10, "of": 18}
    assert await asked(store) == [(11, ["png-11", "png-12", "png-13", "png-14", "png-15"])]
    (row,) = [one for one in await rows(store, outbox) if one.dedupe_key.endswith(":11")]
    assert row.contact_id == receipt.contact_id  # it goes when its customer is erased
    assert row.interaction_id is None  # it is no delivery of ours


async def test_words_of_later_pages_are_added_and_found(store: Store, receipt: Receipt) -> None:
    await store.write(report, further(receipt, 11, 13, "— 12 —\nWarranty void 增值税发票"))
    now = await entry(store)
    assert now.text == "Purchase order 4711\n\n— 12 —\nWarranty void 增值税发票"
    assert now.meta["reading_on"] == {"page": 13, "of": 18}
    assert (await asked(store))[-1] == (14, [f"png-{page}" for page in range(14, 19)])
    for words in ("4711", "warranty", "发票", "4711 warranty"):
        assert await found(store, words) == [receipt.interaction_id]
    assert await found(store, "nowhere") == []


async def test_the_last_turn_ends_it(store: Store, receipt: Receipt) -> None:
    await store.write(report, further(receipt, 11, 15, ""))
    await store.write(report, further(receipt, 16, 18, "— 18 —\nSigned"))
    assert "reading_on" not in (await entry(store)).meta
    assert [page for page, _ in await asked(store)] == [11, 16]
    assert await found(store, "signed") == [receipt.interaction_id]


async def test_told_again_nothing_changes(store: Store, receipt: Receipt) -> None:
    news = further(receipt, 11, 13, "— 12 —\nWarranty")
    await store.write(report, news)
    before = await entry(store)
    await store.write(report, news)
    assert await entry(store) == before
    assert [page for page, _ in await asked(store)] == [11, 14]


async def test_who_gives_the_reading_up_leaves_no_entry_that_waits(
    store: Store, bus: Bus, receipt: Receipt
) -> None:
    """The number was removed meanwhile: nobody reads its faxes any more."""
    other = await filed(store, replace(FAX, dedupe_key="F2"))
    await store.write(report, further(receipt, 11, 13, "— 12 —\nWarranty"))
    worker = asyncio.create_task(Sender(store, bus, Registry([])).run())
    async with asyncio.timeout(30):
        while {row.state for row in await rows(store, outbox)} != {"failed"}:  # noqa: ASYNC110 - rows have no event
            await asyncio.sleep(0.01)
    worker.cancel()
    await asyncio.gather(worker, return_exceptions=True)
    entries = {row.id: row for row in await rows(store, interactions)}
    begun, unread = entries[receipt.interaction_id], entries[other.interaction_id]
    assert begun.text.endswith("Warranty")
    assert "reading_on" not in begun.meta
    assert "reading" not in unread.meta
    assert unread.text == FAX.text


async def test_what_is_given_up_after_it_was_told_ends_no_later_turn(
    store: Store, receipt: Receipt
) -> None:
    first, turn = await effects_of(store)
    assert isinstance(first, ReadFile)
    assert isinstance(turn, ReadPages)
    await store.write(report, further(receipt, 11, 13, "— 12 —\nWarranty"))
    await store.write(note_unread, first)
    await store.write(note_unread, turn)
    assert (await entry(store)).meta["reading_on"] == {"page": 13, "of": 18}


async def test_later_words_move_nothing(store: Store) -> None:
    await store.write(open_center, None)
    receipt = await filed(store)
    moved = dataclasses.replace(first_pages(receipt), belongs=Belongs("finance", "发票"))
    await store.write(report, moved)
    (before,) = await rows(store, contacts)
    await store.write(report, further(receipt, 11, 15, "— 11 —\ninvoice 发票"))
    assert await rows(store, contacts) == [before]


async def test_pages_that_are_gone_end_it(store: Store) -> None:
    await store.write(open_center, None)
    receipt = await filed(store)
    news = dataclasses.replace(first_pages(receipt, pages=12), words_of=18)
    await store.write(report, news)
    assert await asked(store) == [(11, ["png-11", "png-12"])]
    await store.write(report, further(receipt, 11, 12, ""))
    assert "reading_on" not in (await entry(store)).meta


async def test_one_whose_words_are_all_known_asks_for_nothing(store: Store) -> None:
    await store.write(open_center, None)
    receipt = await filed(store)
    await store.write(report, first_pages(receipt, words_to=10, pages=10))
    assert await asked(store) == []
    assert "reading_on" not in (await entry(store)).meta


async def test_what_is_beyond_the_bound_of_an_entry_is_found_all_the_same(
    store: Store, receipt: Receipt
) -> None:
    await store.write(report, further(receipt, 11, 15, "lorem ipsum " * (MOST_WORDS // 12)))
    await store.write(report, further(receipt, 16, 18, "— 18 —\nWarranty"))
    assert len((await entry(store)).text) == MOST_WORDS
    assert await found(store, "warranty") == [receipt.interaction_id]


async def test_an_entry_that_is_gone_takes_no_words(store: Store, receipt: Receipt) -> None:
    await store.write(report, PagesRead("fax", "none", 11, 15, "lost words"))
    assert await found(store, "lost") == []
    count = await store.read(lambda tx, _: len(tx.execute(select(interactions)).all()), None)
    assert count == len(await rows(store, interactions))
