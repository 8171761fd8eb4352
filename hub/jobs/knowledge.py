"""Jobs of the knowledge store: a file of articles and cases, a refit, a file of questions."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from pathlib import Path
from typing import BinaryIO

from msgspec import Struct
from sqlalchemy import select

from hub.accounts.model import SYSTEM
from hub.core.errors import Invalid
from hub.knowledge.evaluating import Figures, Tally
from hub.knowledge.importing import (
    Order,
    Written,
    note_import,
    read_words,
    write_articles,
    write_cases,
)
from hub.knowledge.lines import (
    MAX_LINE_BYTES,
    ArticleLine,
    CaseLine,
    Refused,
    parse_line,
    parse_question,
)
from hub.knowledge.model import ArticleState, Audience
from hub.knowledge.suggesting.fusion import SHOWN
from hub.knowledge.suggesting.lookup import Question, find_suggestions
from hub.knowledge.suggesting.refitting import refit_suggestions
from hub.knowledge.suggesting.stored import find_model
from hub.knowledge.tables import articles
from hub.storage import Store, Tx

Tell = Callable[[int, int], Awaitable[None]]
Line = ArticleLine | CaseLine | Refused
Parse = Callable[[int, bytes], Line | None]
_ARTICLES, _CASES = 40, 150  # lines a piece: about 10 ms of the writer's time
_READ = 2_000  # lines read at once
_KEPT_REFUSED = 1_000
_KEYS = 500


class ImportKnowledge(Struct, frozen=True):
    """`path` is absolute. `state` and `audience` are those of new articles."""

    path: str
    state: ArticleState = ArticleState.APPROVED
    audience: Audience = Audience.CUSTOMER


class KnowledgeImported(Struct, frozen=True, kw_only=True):
    """`refused` holds the first of `refused_count` lines."""

    lines: int
    articles_created: int
    articles_changed: int
    cases_created: int
    unchanged: int
    refused: list[Refused]
    refused_count: int


class RefitKnowledge(Struct, frozen=True):
    force: bool = False


class KnowledgeRefitted(Struct, frozen=True, kw_only=True):
    """`done` False: nothing changed since the last one. Shares are 0-1, None where not judged."""

    done: bool
    articles: int = 0
    cases: int = 0
    held: int = 0
    threshold: float | None = None
    precision: float | None = None
    recall: float | None = None


class EvaluateKnowledge(Struct, frozen=True):
    path: str  # absolute


class KnowledgeEvaluated(Struct, frozen=True, kw_only=True):
    figures: Figures
    articles: int
    cases: int
    refused: list[Refused]
    refused_count: int


async def import_knowledge(store: Store, asked: ImportKnowledge, tell: Tell) -> KnowledgeImported:
    """Import the file, its articles first. Raises Invalid where it cannot be read."""
    path = Path(asked.path)
    size = max(1, await asyncio.to_thread(_size, path))
    done = _Counts()
    began = await store.read(lambda tx, _: tx.now, None)
    order = Order(SYSTEM, asked.state, asked.audience, began)
    for cases_turn in (False, True):
        at = size if cases_turn else 0
        async for lines, read in _pages(path, parse_line):
            if cases_turn:
                await _import_cases(
                    store, [one for one in lines if isinstance(one, CaseLine)], done
                )
            else:
                done.lines += len(lines)
                done.refuse(one for one in lines if isinstance(one, Refused))
                told = done.once(one for one in lines if isinstance(one, ArticleLine))
                for start in range(0, len(told), _ARTICLES):
                    piece = (order, told[start : start + _ARTICLES])
                    written = await store.write_bulk(write_articles, piece)
                    done.add(written, articles=True)
            await tell(at + read, 2 * size)
    counts = {"articles": done.articles, "cases": done.cases, "refused": done.refused_count}
    await store.write(note_import, (SYSTEM, path.name, counts))
    return KnowledgeImported(
        lines=done.lines,
        articles_created=done.articles,
        articles_changed=done.changed,
        cases_created=done.cases,
        unchanged=done.unchanged,
        refused=sorted(done.refused, key=lambda one: one.line),
        refused_count=done.refused_count,
    )


async def refit_knowledge(store: Store, asked: RefitKnowledge, tell: Tell) -> KnowledgeRefitted:
    """Learn from everything that is there, if anything changed."""
    done = await refit_suggestions(store, tell, force=asked.force)
    model = await store.read(lambda tx, _: find_model(tx), None)
    if model is None:
        return KnowledgeRefitted(done=done)
    return KnowledgeRefitted(
        done=done,
        articles=model.articles,
        cases=model.cases,
        held=model.held,
        threshold=model.fusion.threshold,
        precision=model.precision,
        recall=model.recall,
    )


async def evaluate_knowledge(
    store: Store, asked: EvaluateKnowledge, tell: Tell
) -> KnowledgeEvaluated:
    """Ask every question of the file as a console would, after a refit where one is due."""
    path = Path(asked.path)
    size = max(1, await asyncio.to_thread(_size, path))
    await refit_suggestions(store)
    tally, done = Tally(), _Counts()
    async for lines, read in _pages(path, parse_question):
        done.refuse(one for one in lines if isinstance(one, Refused))
        asked_now = [one for one in lines if isinstance(one, CaseLine)]
        topics = await store.read(_topics, sorted({one.key for one in asked_now if one.key}))
        for one in asked_now:
            if one.key is not None and one.key not in topics:
                why = f"there is no article with the key {one.key!r}"
                done.refuse([Refused(one.line, why)])
                continue
            began = time.perf_counter()
            shown = await store.read(_shown, Question(one.text, one.language))
            took_ms = 1000 * (time.perf_counter() - began)
            tally.add(topics[one.key] if one.key is not None else None, shown, took_ms)
            if len(tally.took_ms) % 20 == 0:
                await tell(min(size, read), size)
    model = await store.read(lambda tx, _: find_model(tx), None)
    return KnowledgeEvaluated(
        figures=tally.figures(),
        articles=model.articles if model else 0,
        cases=model.cases if model else 0,
        refused=done.refused,
        refused_count=done.refused_count,
    )


class _Counts:
    """What became of the lines so far."""

    def __init__(self) -> None:
        self.lines = self.articles = self.changed = self.cases = self.unchanged = 0
        self.refused: list[Refused] = []
        self.refused_count = 0
        self._articles: dict[tuple[str, str], tuple[int, int]] = {}

    def once(self, told: Iterable[ArticleLine]) -> list[ArticleLine]:
        """Refuse what says something else of an article that an earlier line said something of."""
        kept = []
        for line in told:
            said = hash((line.title, line.body))
            number, before = self._articles.setdefault((line.key, line.language), (line.line, said))
            if said == before:
                kept.append(line)
            else:
                text = f"line {number} says something else of {line.key!r} in {line.language!r}"
                self.refuse([Refused(line.line, text)])
        return kept

    def add(self, written: Written, *, articles: bool = False) -> None:
        if articles:
            self.articles += written.created
        else:
            self.cases += written.created
        self.changed += written.changed
        self.unchanged += written.unchanged
        self.refuse(written.refused)

    def refuse(self, refused: Iterable[Refused]) -> None:
        for one in refused:
            self.refused_count += 1
            if len(self.refused) < _KEPT_REFUSED:
                self.refused.append(one)


async def _import_cases(store: Store, told: list[CaseLine], done: _Counts) -> None:
    read = await asyncio.to_thread(read_words, told)
    for start in range(0, len(read), _CASES):
        done.add(await store.write_bulk(write_cases, read[start : start + _CASES]))


async def _pages(path: Path, parse: Parse) -> AsyncIterator[tuple[list[Line], int]]:
    """Yield (parsed lines, bytes read so far): memory holds one page of the file."""
    with await asyncio.to_thread(_opened, path) as file:
        number = 0
        while True:
            number, lines, ended = await asyncio.to_thread(_page, file, number, parse)
            yield lines, file.tell()
            if ended:
                return


def _page(file: BinaryIO, number: int, parse: Parse) -> tuple[int, list[Line], bool]:
    lines: list[Line] = []
    for _ in range(_READ):
        raw = file.readline(MAX_LINE_BYTES + 1)
        if not raw:
            return number, lines, True
        number, first = number + 1, raw
        if len(raw) > MAX_LINE_BYTES:
            while len(
                rest := file.readline(MAX_LINE_BYTES)
            ) == MAX_LINE_BYTES and not rest.endswith(b"\n"):
                pass
        parsed = parse(number, first)
        if parsed is not None:
            lines.append(parsed)
    return number, lines, False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise Invalid(f"{path} cannot be read: {error.strerror}.") from error


def _topics(tx: Tx, keys: list[str]) -> dict[str, str]:
    found: dict[str, str] = {}
    for start in range(0, len(keys), _KEYS):
        rows = tx.execute(
            select(articles.c.key, articles.c.topic_id).where(
                articles.c.key.in_(keys[start : start + _KEYS])
            )
        )
        found |= {row.key: row.topic_id for row in rows}
    return found


def _shown(tx: Tx, question: Question) -> list[str]:
    return [one.topic_id for one in find_suggestions(tx, question).found[:SHOWN]]
