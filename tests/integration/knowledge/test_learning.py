"""Files of articles and cases, refits, questions: learned, measured, the same on both databases."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select

from hub.core.errors import Invalid
from hub.jobs.knowledge import (
    EvaluateKnowledge,
    ImportKnowledge,
    KnowledgeImported,
    RefitKnowledge,
    evaluate_knowledge,
    import_knowledge,
    refit_knowledge,
)
from hub.knowledge.model import ArticleState
from hub.knowledge.suggesting.lookup import Answer, Question, find_suggestions
from hub.knowledge.suggesting.refitting import refit_suggestions
from hub.knowledge.suggesting.stored import find_model
from hub.knowledge.tables import (
    article_cases,
    article_versions,
    articles,
    suggestion_models,
    suggestion_topics,
    suggestion_weights,
)
from hub.storage import Store
from hub.testing.clock import ManualClock

FILTER = ("filter", "空气净化器滤芯更换", "断电后打开后盖，取出旧滤芯，装上新滤芯。", "zh-CN")
REFUND = ("refund", "Refunds", "Send the goods back within 30 days.", "en")
INVOICE = ("invoice", "开具发票", "在发票中心填写抬头和税号。", "zh-CN")
RED = ["机器亮红灯了", "红灯一直亮着", "亮红灯还有味道", "净化器红灯闪"]


def article(key: str, title: str, body: str, lang: str) -> dict[str, Any]:
    return {"article": {"key": key, "title": title, "body": body, "lang": lang, "more": 1}}


def case(text: str, key: str | None, lang: str = "zh-CN") -> dict[str, Any]:
    return {"case": {"text": text, "article_key": key, "lang": lang}}


def asks(text: str, key: str | None, lang: str = "zh-CN") -> dict[str, Any]:
    return {"text": text, "article_key": key, "lang": lang}


def a_file(tmp_path: Path, lines: Sequence[object], name: str = "shop.jsonl") -> str:
    path = tmp_path / name
    told = [one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines]
    path.write_text("\n".join(told) + "\n", "utf-8")
    return str(path)


async def quiet(_done: int, _total: int) -> None:
    return


async def imported(store: Store, path: str) -> KnowledgeImported:
    return await import_knowledge(store, ImportKnowledge(path), quiet)


async def asked(store: Store, text: str, language: str | None = None) -> Answer:
    return await store.read(find_suggestions, Question(text, language))


async def count(store: Store, table: Any) -> int:
    def ask(tx: Any, _: None) -> int:
        return int(tx.execute(select(func.count()).select_from(table)).scalar_one())

    return await store.read(ask, None)


async def test_a_case_may_stand_before_its_article_and_a_wrong_line_stops_nothing(
    store: Store, tmp_path: Path
) -> None:
    lines = [
        case("机器亮红灯了", "filter"),
        "{broken",
        article(*FILTER),
        case("what", "nobody"),
        "",
        case("哈哈", None),
    ]
    done = await imported(store, a_file(tmp_path, lines))
    assert (done.articles_created, done.cases_created, done.unchanged) == (1, 2, 0)
    assert [(one.line, one.reason.split(":")[0]) for one in done.refused] == [
        (2, "JSON is malformed"),
        (4, "there is no article with the key 'nobody'"),
    ]
    assert (done.lines, done.refused_count) == (5, 2)


async def test_the_same_file_again_changes_nothing(store: Store, tmp_path: Path) -> None:
    path = a_file(tmp_path, [article(*FILTER), *(case(text, "filter") for text in RED)])
    await imported(store, path)
    again = await imported(store, path)
    assert (again.articles_created, again.articles_changed, again.cases_created) == (0, 0, 0)
    assert again.unchanged == 5
    assert await count(store, article_cases) == 4
    assert await count(store, article_versions) == 1


async def test_a_changed_article_gets_a_version_and_its_new_words(
    store: Store, tmp_path: Path
) -> None:
    await imported(store, a_file(tmp_path, [article(*REFUND)]))
    changed = ("refund", "Parcels", "We send a parcel by post.", "en")
    done = await imported(store, a_file(tmp_path, [article(*changed)]))
    assert (done.articles_created, done.articles_changed) == (0, 1)
    assert await count(store, article_versions) == 2
    assert (await asked(store, "parcel by post")).found
    assert not (await asked(store, "goods back")).found


async def test_one_key_in_two_languages_is_one_topic(store: Store, tmp_path: Path) -> None:
    english = ("filter", "Changing the filter", "Open the lid.", "en")
    lines = [article(*FILTER), article(*english), article(*REFUND)]
    await imported(store, a_file(tmp_path, lines))
    for language, title in (("en", english[1]), ("zh-CN", FILTER[1])):
        [first, *_] = (await asked(store, "滤芯更换 filter", language)).found

        def shown(tx: Any, key: str) -> str:
            row = tx.execute(select(articles.c.question).where(articles.c.id == key)).one()
            return str(row.question)

        assert await store.read(shown, first.article_id) == title


async def test_two_kinds_of_chinese_are_two_articles_of_one_topic(
    store: Store, tmp_path: Path
) -> None:
    traditional = ("filter", "空氣清淨機濾芯更換", "斷電後打開後蓋。", "zh_tw")
    path = a_file(tmp_path, [article(*FILTER), article(*traditional)])
    assert (await imported(store, path)).articles_created == 2
    assert (await imported(store, path)).unchanged == 2

    def read(tx: Any, _: None) -> list[Any]:
        return list(tx.execute(select(articles).order_by(articles.c.language)).all())

    simplified, other = await store.read(read, None)
    assert simplified.topic_id == other.topic_id
    assert (simplified.language, other.language) == ("zh-CN", "zh-TW")


async def test_what_is_imported_is_suggested_before_any_refit(store: Store, tmp_path: Path) -> None:
    lines = [article(*FILTER), article(*REFUND), *(case(text, "filter") for text in RED)]
    await imported(store, a_file(tmp_path, lines))
    found = (await asked(store, "亮红灯怎么回事")).found
    assert found[0].cases >= 2


async def test_a_refit_learns_and_is_not_repeated_for_nothing(store: Store, tmp_path: Path) -> None:
    lines = [article(*FILTER), article(*REFUND), *(case(text, "filter") for text in RED)]
    await imported(store, a_file(tmp_path, lines))
    assert await refit_suggestions(store)
    assert not await refit_suggestions(store)
    first = await store.read(lambda tx, _: find_model(tx), None)
    assert first is not None
    assert (first.articles, first.cases) == (2, 4)
    assert (await refit_knowledge(store, RefitKnowledge(force=True), quiet)).done
    for table in (suggestion_weights, suggestion_topics):  # of the old one nothing is left

        def versions(tx: Any, table: Any) -> set[int]:
            return set(tx.execute(select(table.c.version)).scalars())

        assert await store.read(versions, table) == {first.version + 1}
    found = (await asked(store, "亮红灯怎么回事")).found
    assert len({one.topic_id for one in found}) == len(found) >= 1


async def test_a_misspelt_word_finds_what_was_meant(store: Store, tmp_path: Path) -> None:
    await imported(store, a_file(tmp_path, [article(*REFUND), article(*FILTER)]))
    await refit_suggestions(store)
    [first, *_] = (await asked(store, "refnuds")).found
    assert first.topic_id == (await asked(store, "refunds")).found[0].topic_id


async def test_what_fits_nothing_gets_nothing(store: Store, tmp_path: Path) -> None:
    await imported(store, a_file(tmp_path, [article(*FILTER), article(*REFUND)]))
    await refit_suggestions(store)
    for text in ("今天天气怎么样", "who won the football match", "", "。。。", "\x00"):
        assert not (await asked(store, text)).found, text


async def test_retired_articles_are_suggested_no_more(store: Store, tmp_path: Path) -> None:
    path = a_file(tmp_path, [article(*FILTER), *(case(text, "filter") for text in RED)])
    await imported(store, path)
    await refit_suggestions(store)
    assert (await asked(store, RED[0])).found

    def retire(tx: Any, _: None) -> None:
        tx.execute(articles.update().values(state=ArticleState.RETIRED))

    await store.write(retire, None)
    assert not (await asked(store, RED[0])).found


async def test_the_figures_are_of_what_a_console_would_show(store: Store, tmp_path: Path) -> None:
    lines = [article(*one) for one in (FILTER, REFUND, INVOICE)]
    await imported(store, a_file(tmp_path, [*lines, *(case(text, "filter") for text in RED)]))
    questions = [
        asks("请问亮红灯是怎么了", "filter"),
        asks("要开發票", "invoice"),
        asks("I want my money back", "refund", "en"),
        asks("who won the football match", None, "en"),
        asks("a thing we do not have", "nobody", "en"),
        "[]",
    ]
    path = a_file(tmp_path, questions, "questions.jsonl")
    done = await evaluate_knowledge(store, EvaluateKnowledge(path), quiet)
    figures = done.figures
    assert (figures.questions, figures.answerable, figures.unanswerable) == (4, 3, 1)
    assert (figures.recall_at_1, figures.mrr, figures.refusal_recall) == (1, 1, 1)
    assert figures.p95_ms is not None
    assert [one.line for one in done.refused] == [6, 5]
    assert await count(store, suggestion_models) == 1  # it learned what was imported first


async def test_a_suggestion_costs_the_same_statements_however_much_there_is(
    store: Store, tmp_path: Path
) -> None:
    if store.dialect != "sqlite":
        return
    costs = []
    for more in (3, 60):
        lines = [article(f"k{n}", f"lamp {n} refund", f"text {n}", "en") for n in range(more)]
        lines += [case(f"lamp {n} is dark", f"k{n % more}", "en") for n in range(more * 2)]
        await imported(store, a_file(tmp_path, lines))
        await refit_suggestions(store)
        costs.append(await statements(store, "my lamp 2 is dark, refund please"))
    assert costs[0] == costs[1] <= 14


async def statements(store: Store, text: str) -> int:
    seen: list[str] = []

    def note(_c: Any, _cur: Any, statement: str, *_: Any) -> None:
        seen.append(statement)

    engine = store._read_engine  # the only place where all statements pass
    event.listen(engine, "before_cursor_execute", note)
    try:
        await asked(store, text, "en")
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(seen)


async def test_a_file_that_is_not_there_is_told_in_words(store: Store, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        await imported(store, str(tmp_path / "nothing.jsonl"))


async def test_a_line_without_end_costs_no_memory_and_stops_nothing(
    store: Store, tmp_path: Path
) -> None:
    path = tmp_path / "long.jsonl"
    good = json.dumps(article(*REFUND)).encode()
    path.write_bytes(b"[" * 5_000_000 + b"\n" + good + b"\n")
    done = await imported(store, str(path))
    assert (done.articles_created, [one.line for one in done.refused]) == (1, [1])


async def out_of_date(store: Store) -> list[str]:
    def read(tx: Any, _: None) -> list[str]:
        table = articles.c
        marked = select(table.language).where(table.out_of_date).order_by(table.language)
        return list(tx.execute(marked).scalars())

    return await store.read(read, None)


async def test_a_changed_original_leaves_its_translations_out_of_date(
    store: Store, clock: ManualClock, tmp_path: Path
) -> None:
    english = ("filter", "Changing the filter", "Open the lid.", "en")
    await imported(store, a_file(tmp_path, [article(*FILTER), article(*english)]))
    clock.advance(60)
    changed = (*FILTER[:2], "先断电。", "zh-CN")
    await imported(store, a_file(tmp_path, [article(*changed), article(*english)]))
    assert await out_of_date(store) == ["en"]
    clock.advance(60)
    both = [article(*FILTER), *(article(f"k{n}", "t", "b", "en") for n in range(60))]
    both.append(article("filter", "Changing the filter", "Switch it off.", "en"))
    await imported(store, a_file(tmp_path, both))  # far apart in the file, and changed both
    assert await out_of_date(store) == []
