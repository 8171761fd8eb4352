"""Search and suggestions in a full knowledge store, beside the naive way; what cases are worth.

Made-up topics: 308 of a shop's, and as many more as it takes, each about a product of its own. The
naive way is a LIKE over all articles, or over all cases, for the same questions.
"""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import click
import uvloop
from sqlalchemy import or_, select

from hub.jobs import Workplace, open_workplace
from hub.jobs.knowledge import (
    EvaluateKnowledge,
    ImportKnowledge,
    evaluate_knowledge,
    import_knowledge,
)
from hub.knowledge.evaluating import Figures
from hub.knowledge.model import USABLE
from hub.knowledge.search import FindArticles, find_articles
from hub.knowledge.suggesting.lookup import Question, find_suggestions
from hub.knowledge.suggesting.refitting import refit_suggestions
from hub.knowledge.tables import article_cases, articles
from hub.settings import Settings
from hub.storage import Tx

from .figures import Figure, percentile, progress, show
from .house import a_folder
from .questions import THINGS, Text, Topic, article, cases, question, topics

_ASKED = 300
_NAIVE = 20
_SUGGESTION_MS, _SEARCH_MS, _LINES = 100.0, 50.0, 1_000.0
_SYLLABLES = ("ka", "lo", "mi", "ter", "van", "zu", "pex", "dor", "sil", "qua", "ne", "rib", "tos")


def product(number: int) -> str:
    """A name that nothing else has."""
    name = ""
    while number or not name:
        number, rest = divmod(number, len(_SYLLABLES))
        name += _SYLLABLES[rest]
    return f"{name}x"


def many(lines: int, chance: random.Random) -> Iterator[dict[str, object]]:
    """Yield so many articles and cases: one article and nine cases of each topic."""
    shop = topics(308)
    for number in range(max(1, lines // 10)):
        topic = shop[number % len(shop)]
        name = product(number)
        key = f"{topic.key}-{name}"
        zh = number % 2 == 0
        language = "zh-CN" if zh else "en"
        title, body = article(topic, language)
        yield {"article": {"key": key, "title": f"{title} {name}", "body": body, "lang": language}}
        for _ in range(9):
            text = question(topic, language, chance)
            if chance.random() < 0.8:
                text += f" {name}"
            yield {"case": {"text": text, "article_key": key, "lang": language}}


def shop_lines(of: Sequence[Topic], asked: Iterable[Text]) -> Iterator[dict[str, object]]:
    """Yield the articles of a shop in both languages, and cases."""
    for topic in of:
        for language in ("zh-CN", "en"):
            title, body = article(topic, language)
            yield {"article": {"key": topic.key, "title": title, "body": body, "lang": language}}
    for one in asked:
        yield {"case": {"text": one.text, "article_key": one.key, "lang": one.language}}


def write_lines(path: Path, lines: Iterable[object]) -> int:
    """Write lines of JSON and return how many."""
    count = 0
    with path.open("w", encoding="utf-8") as file:
        for line in lines:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
            count += 1
    return count


async def quiet(_done: int, _total: int) -> None:
    return


async def measure(folder: Path, lines: int, step: Callable[[str], None]) -> list[Figure]:
    """Fill a store and time what is asked of it."""
    async with open_workplace(Settings(data_dir=str(folder))) as place:
        step(f"{lines:,} articles and cases")
        path = folder / "many.jsonl"
        count = write_lines(path, many(lines, random.Random(1)))  # noqa: S311 - made-up texts
        began = time.perf_counter()
        await import_knowledge(place.store, ImportKnowledge(str(path)), quiet)
        rate = count / (time.perf_counter() - began)
        step("refit")
        began = time.perf_counter()
        await refit_suggestions(place.store)
        fitted_s = time.perf_counter() - began
        step("questions")
        asked = list(_questions(lines))
        suggested = await _timed(place, _suggest, asked)
        searched = await _timed(place, _search, [words_typed(text) for text in asked])
        step("the naive way")
        naive = await _timed(place, _naive_cases, asked[:_NAIVE])
        scanned = await _timed(place, _naive_articles, asked[:_NAIVE])
    return [
        Figure("import of articles and cases", rate, "lines/s", at_least=_LINES),
        Figure("refit, in a process of its own", fitted_s, "s"),
        Figure("suggestion, p95", percentile(suggested, 95), "ms", at_most=_SUGGESTION_MS,
               note=f"p50 {percentile(suggested, 50):.1f} ms; LIKE over all cases "
               f"{percentile(naive, 50):.0f} ms"),
        Figure("search, p95", percentile(searched, 95), "ms", at_most=_SEARCH_MS,
               note=f"p50 {percentile(searched, 50):.1f} ms; LIKE over all articles "
               f"{percentile(scanned, 50):.0f} ms"),
    ]  # fmt: skip


async def judge(folder: Path, shop: int, seen: int) -> list[Figure]:
    """What suggestions of a shop are worth, without and with so many cases."""
    chance = random.Random(5)  # noqa: S311 - made-up texts
    of = topics(shop)
    taught = list(cases(of, seen, chance))
    asked = list(cases(of, _ASKED, random.Random(6), 0.2))  # noqa: S311 - made-up texts
    questions = folder / "questions.jsonl"
    write_lines(
        questions,
        ({"text": one.text, "article_key": one.key, "lang": one.language} for one in asked),
    )
    rows = []
    for name, told in (("without cases", []), (f"with {seen:,} cases", taught)):
        home = folder / name.replace(" ", "-").replace(",", "")
        home.mkdir()
        path = home / "shop.jsonl"
        write_lines(path, shop_lines(of, told))
        async with open_workplace(Settings(data_dir=str(home))) as place:
            await import_knowledge(place.store, ImportKnowledge(str(path)), quiet)
            done = await evaluate_knowledge(place.store, EvaluateKnowledge(str(questions)), quiet)
        rows += _worth(f"{shop} topics, {name}", done.figures)
    return rows


def _worth(name: str, figures: Figures) -> list[Figure]:
    note = (
        f"recall@5 {figures.recall_at_5}, MRR {figures.mrr}, refusal precision "
        f"{figures.refusal_precision}, recall {figures.refusal_recall}"
    )
    return [Figure(f"{name}: recall@1", figures.recall_at_1 or 0.0, "", note=note)]


async def _timed(
    place: Workplace, ask: Callable[[Tx, str], object], texts: Sequence[str]
) -> list[float]:
    took = []
    await place.store.read(ask, texts[0])  # warm
    for text in texts:
        began = time.perf_counter()
        await place.store.read(ask, text)
        took.append(1000 * (time.perf_counter() - began))
    return took


def _questions(lines: int) -> Iterator[str]:
    chance = random.Random(2)  # noqa: S311 - made-up texts
    shop = topics(308)
    for _ in range(_ASKED):
        number = chance.randrange(max(1, lines // 10))
        text = question(shop[number % len(shop)], "zh-CN" if number % 2 == 0 else "en", chance)
        yield f"{text} {product(number)}" if chance.random() < 0.7 else text


def words_typed(text: str) -> str:
    """What an agent types of a question: its last two words, or four characters."""
    words = text.split()
    return " ".join(words[-2:]) if len(words) > 1 else text[-4:]


def _suggest(tx: Tx, text: str) -> object:
    return find_suggestions(tx, Question(text))


def _search(tx: Tx, text: str) -> object:
    return find_articles(tx, FindArticles(text, "", USABLE, 20))


def _naive_cases(tx: Tx, text: str) -> object:
    likes = [article_cases.c.text.like(f"%{word}%") for word in _pieces(text)]
    return tx.execute(select(article_cases.c.article_id).where(or_(*likes))).all()


def _naive_articles(tx: Tx, text: str) -> object:
    table = articles.c
    likes = [
        column.like(f"%{word}%")
        for word in _pieces(text)
        for column in (table.question, table.answer)
    ]
    return tx.execute(select(table.id).where(or_(*likes)).limit(20)).all()


def _pieces(text: str) -> list[str]:
    words = text.split()
    return words if len(words) > 2 else [text[at : at + 2] for at in range(0, len(text), 2)]


@click.command()
@click.option("--lines", default=20_000, help="Articles and cases in the store.")
@click.option("--scale", is_flag=True, help="200,000 of them.")
@click.option("--quick", is_flag=True, help="Only see that it works: the figures mean nothing.")
def main(lines: int, *, scale: bool, quick: bool) -> None:
    """The knowledge store, beside its limits."""
    count = 200 if quick else 200_000 if scale else lines
    shop, seen = (5, 30) if quick else (len(THINGS) * 14, 3_000)
    with (
        a_folder() as folder,
        progress(5) as step,
        asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
    ):
        rows = runner.run(measure(folder, count, step))
        step("what cases are worth")
        rows += runner.run(judge(folder, shop, seen))
    show("Knowledge, SQLite", rows)


if __name__ == "__main__":
    main()
