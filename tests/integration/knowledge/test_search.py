"""Full-text search over our own tokens, the same on both databases."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import DBAPIError

from hub.core.text import parse_query
from hub.storage import Store, Tx
from hub.storage.search import (
    Document,
    Hit,
    SearchKind,
    index_document,
    index_documents,
    remove_documents,
    search_documents,
    term_frequencies,
)
from hub.testing.clock import NOON, ManualClock

KIND = SearchKind.INTERACTIONS


async def index(store: Store, *texts: str, minutes_apart: int = 1) -> None:
    documents = [
        Document(f"d{n}", text, NOON + timedelta(minutes=n * minutes_apart))
        for n, text in enumerate(texts)
    ]
    await store.write(lambda tx, docs: index_documents(tx, KIND, docs), documents)


async def search(store: Store, query: str, limit: int = 10, before: int | None = None) -> list[Hit]:
    def find(tx: Tx, text: str) -> list[Hit]:
        return search_documents(tx, KIND, parse_query(text), limit, before)

    return await store.read(find, query)


async def found(store: Store, query: str) -> list[str]:
    return [hit.ref_id for hit in await search(store, query)]


async def test_two_characters_of_chinese_find_the_message(store: Store) -> None:
    await index(store, "我要申请退款，谢谢", "发票什么时候开", "hello")
    assert await found(store, "退款") == ["d0"]


async def test_a_pair_that_is_not_in_the_text_is_not_found(store: Store) -> None:
    await index(store, "退还款项")
    assert await found(store, "退款") == []


async def test_english_forms_and_traditional_characters_meet(store: Store) -> None:
    await index(store, "Where are my invoices?", "請開發票")
    assert await found(store, "INVOICE") == ["d0"]
    assert await found(store, "开发票") == ["d1"]


async def test_results_come_newest_first_page_by_page(store: Store) -> None:
    await index(store, *(f"refund {n}" for n in range(5)))
    first = await search(store, "refund", limit=2)
    second = await search(store, "refund", limit=2, before=first[-1].doc)
    assert [hit.ref_id for hit in first + second] == ["d4", "d3", "d2", "d1"]
    assert first[0].at == NOON + timedelta(minutes=4)


async def test_what_is_stored_late_takes_its_place_by_its_own_time(store: Store) -> None:
    await index(store, "refund now", "refund later")
    await store.write(
        lambda tx, doc: index_documents(tx, KIND, [doc]),
        Document("old", "refund of last year", NOON - timedelta(days=365)),
    )
    assert await found(store, "refund") == ["d1", "d0", "old"]


async def test_many_documents_of_one_moment_keep_apart(store: Store) -> None:
    await index(store, *(["refund"] * 3), minutes_apart=0)
    more = [Document(f"e{n}", "refund", NOON) for n in range(3)]
    await store.write(lambda tx, docs: index_documents(tx, KIND, docs), more)
    assert await found(store, "refund") == ["e2", "e1", "e0", "d2", "d1", "d0"]


async def test_indexing_again_replaces(store: Store) -> None:
    await index(store, "refund")
    await store.write(lambda tx, text: index_document(tx, KIND, "d0", text, tx.now), "invoice")
    assert await found(store, "refund") == []
    assert await found(store, "invoice") == ["d0"]


async def test_removed_words_cannot_be_found(store: Store) -> None:
    await index(store, "card 4111", "refund")
    await store.write(lambda tx, ids: remove_documents(tx, KIND, ids), ["d0"])
    assert await found(store, "card") == []
    assert await found(store, "refund") == ["d1"]


async def test_a_whole_question_finds_by_its_rare_words(store: Store) -> None:
    await index(store, "空气净化器的滤芯怎么更换", "今天天气很好", "你好")
    question = "你好，请问我去年买的那台空气净化器的滤芯应该多久更换一次，在哪里可以买到？"
    assert "d0" in await found(store, question)


async def test_short_queries_need_every_word(store: Store) -> None:
    await index(store, "refund of the lamp", "lamp is broken")
    assert await found(store, "lamp refund") == ["d0"]


async def test_a_beginning_finds_words_still_being_typed(store: Store) -> None:
    await index(store, "Annika Schmidt")

    def find(tx: Tx, text: str) -> list[Hit]:
        return search_documents(tx, KIND, parse_query(text, prefix=True), 5)

    assert [hit.ref_id for hit in await store.read(find, "schm")] == ["d0"]


async def test_kinds_are_searched_apart(store: Store) -> None:
    await index(store, "refund")

    def find(tx: Tx, text: str) -> list[Hit]:
        return search_documents(tx, SearchKind.ARTICLES, parse_query(text), 5)

    assert await store.read(find, "refund") == []


@pytest.mark.parametrize(
    "text", ["", "  ", "。！", "\x00", "'; DROP TABLE customers; --", '" OR "', "\U0002ebe1 *"]
)
async def test_no_text_breaks_the_search(store: Store, text: str) -> None:
    await index(store, text, "refund")
    await search(store, text)
    assert await found(store, "refund") == ["d1"]


async def test_frequencies_count_documents_not_repeats(store: Store) -> None:
    await index(store, "lamp lamp lamp", "lamp", "desk")

    def count(tx: Tx, terms: list[str]) -> dict[str, int]:
        return term_frequencies(tx, KIND, terms)

    assert await store.read(count, ["lamp", "desk", "chair"]) == {"lamp": 2, "desk": 1, "chair": 0}


async def test_the_clock_does_not_order_documents(store: Store, clock: ManualClock) -> None:
    await index(store, "refund")
    clock.advance(-3600)
    await index_again(store)
    assert await found(store, "refund") == ["late", "d0"]


async def index_again(store: Store) -> None:
    document = Document("late", "refund", NOON + timedelta(days=1))
    await store.write(lambda tx, doc: index_documents(tx, KIND, [doc]), document)


async def test_the_index_holds_what_its_documents_hold_and_nothing_else(store: Store) -> None:
    if store.dialect != "sqlite":
        return  # one row there
    await index(store, "card 4111", "发票", "refund")
    await store.write(lambda tx, text: index_document(tx, KIND, "d1", text, tx.now), "invoice")
    await store.write(lambda tx, ids: remove_documents(tx, KIND, ids), ["d0"])

    def check(
        tx: Tx, _: None
    ) -> None:  # https://www.sqlite.org/fts5.html#the_integrity_check_command
        tx.fetch(
            "INSERT INTO search_interactions (search_interactions, rank)"
            " VALUES ('integrity-check', 1)",
            [],
        )

    await store.write(check, None)
    await store.write(lambda tx, sql: tx.fetch(sql, []), "DELETE FROM search_interactions_docs")
    with pytest.raises(DBAPIError):  # the check can fail
        await store.write(check, None)
