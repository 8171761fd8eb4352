"""A refit: gather all words, fit in a process of its own, put the model in force."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

import msgspec
from sqlalchemy import and_, exists, or_, select

from hub.core.errors import Unavailable
from hub.customers.settings import load_customer_settings
from hub.knowledge.cases import learn_cases
from hub.knowledge.indexing import ArticleText as NewText
from hub.knowledge.indexing import index_articles
from hub.knowledge.model import USABLE
from hub.knowledge.tables import article_cases, article_links, article_tags, article_words, articles
from hub.storage import Store, Tx

from .frames import (
    LENGTH,
    PIECE,
    Answered,
    Begin,
    Some,
    Spellings,
    Summary,
    Told,
    Weights,
)
from .model import ArticleText, CaseText
from .stored import (
    Model,
    NewModel,
    basis_of,
    begin_model,
    find_model,
    forget_rows,
    put_in_force,
    put_rows,
)

log = logging.getLogger(__name__)

Tell = Callable[[int, int], Awaitable[None]]
_PAGE = 2_000
_CATCH_UP = 50
_STEPS = 4


_BROKE_OFF = "The refit of suggestions broke off: the last one stays in force."


class _ArticleRow(NamedTuple):
    id: str
    topic: str
    title: list[str]
    body: list[str]


async def refit_suggestions(store: Store, tell: Tell | None = None, *, force: bool = False) -> bool:
    """Learn from everything that is there; False where nothing changed since the last refit.

    With `force` also then. Raises Unavailable where the process that fits broke off.
    """
    await _catch_up(store)
    basis, model = await store.read(_now_and_then, None)
    if basis.startswith("0 ") or (model is not None and model.basis == basis and not force):
        return False
    await _tell(tell, 1)
    async with _fitting() as process:
        topics = await _gather(store, process)
        await _tell(tell, 2)
        summary = await _keep(store, process, topics, basis, tell)
    await _tell(tell, _STEPS)
    log.info("suggestions refitted", extra={"articles": summary.articles, "cases": summary.cases})
    return True


async def _tell(tell: Tell | None, done: int) -> None:
    if tell is not None:
        await tell(done, _STEPS)


def _now_and_then(tx: Tx, _: None) -> tuple[str, Model | None]:
    return basis_of(tx), find_model(tx)


async def _catch_up(store: Store) -> None:
    """Keep the words of what was written before words were kept."""
    while await store.write_bulk(_index_some, None):
        pass
    while await store.write_bulk(_learn_some, None):
        pass


def _index_some(tx: Tx, _: None) -> int:
    table = articles.c
    rows = tx.execute(
        select(table.id, table.version, table.question, table.answer, table.created_at)
        .join(article_words, article_words.c.article_id == table.id, isouter=True)
        .where(table.state.in_(sorted(USABLE)), article_words.c.article_id.is_(None))
        .order_by(table.id)
        .limit(_CATCH_UP)
    ).all()
    tags: dict[str, list[str]] = {}
    for row in tx.execute(
        select(article_tags.c.article_id, article_tags.c.tag)
        .where(article_tags.c.article_id.in_([row.id for row in rows]))
        .order_by(article_tags.c.tag)
    ):
        tags.setdefault(row.article_id, []).append(row.tag)
    index_articles(
        tx,
        [
            NewText(
                row.id,
                row.version,
                row.question,
                row.answer,
                tuple(tags.get(row.id, ())),
                row.created_at,
            )
            for row in rows
        ],
    )
    return len(rows)


def _learn_some(tx: Tx, _: None) -> int:
    known = exists().where(article_cases.c.ref_id == article_links.c.contact_id)
    contacts = list(
        tx.execute(
            select(article_links.c.contact_id)
            .where(or_(article_links.c.helpful.is_(None), article_links.c.helpful), ~known)
            .distinct()
            .limit(_CATCH_UP)
        ).scalars()
    )
    learn_cases(tx, contacts)
    learned = tx.execute(
        select(article_cases.c.ref_id).where(article_cases.c.ref_id.in_(contacts)).distinct()
    ).all()
    return len(learned)  # contacts without words stay behind: 0 ends it


async def _gather(store: Store, process: Process) -> list[str]:
    """Send all words, page by page, and return the topics in the order of their numbers."""
    pages: list[list[_ArticleRow]] = []
    after = ""
    while page := await store.read(_article_page, after):
        pages.append(page)
        after = page[-1].id
    topics = sorted({row.topic for page in pages for row in page})
    numbers = {topic: number for number, topic in enumerate(topics)}
    precision = await store.read(lambda tx, _: load_customer_settings(tx).knowledge.precision, None)
    await _send(process, Begin(len(topics), precision))
    for page in pages:
        told = [ArticleText(numbers[row.topic], row.title, row.body) for row in page]
        await _send(process, Some(articles=told))
    after = ""
    while cases := await store.read(_case_page, (after, numbers)):
        await _send(process, Some(cases=cases[1]))
        after = cases[0]
    assert process.stdin is not None  # noqa: S101 - _fitting made it a pipe
    process.stdin.close()
    return topics


def _article_page(tx: Tx, after: str) -> list[_ArticleRow]:
    rows = tx.execute(
        select(articles.c.id, articles.c.topic_id, article_words.c.title, article_words.c.body)
        .join(article_words, article_words.c.article_id == articles.c.id)
        .where(and_(articles.c.id > after, articles.c.state.in_(sorted(USABLE))))
        .order_by(articles.c.id)
        .limit(_PAGE)
    )
    return [
        _ArticleRow(row.id, row.topic_id, row.title.split(" "), row.body.split(" ")) for row in rows
    ]


def _case_page(tx: Tx, asked: tuple[str, Mapping[str, int]]) -> tuple[str, list[CaseText]] | None:
    """(the last one's id, cases of known topics); None at the end."""
    after, numbers = asked
    table = article_cases.c
    rows = tx.execute(
        select(table.id, table.external_key, table.words, table.article_id, articles.c.topic_id)
        .join(articles, articles.c.id == table.article_id, isouter=True)
        .where(table.id > after)
        .order_by(table.id)
        .limit(_PAGE)
    ).all()
    if not rows:
        return None
    return rows[-1].id, [
        CaseText(row.external_key, numbers.get(row.topic_id), row.words.split(" "))
        for row in rows
        if row.article_id is None or row.topic_id in numbers
    ]


@asynccontextmanager
async def _fitting() -> AsyncIterator[Process]:
    """The process that fits; it ends with this."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub.knowledge.suggesting.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the hub, which ends it
    )
    try:
        yield process
    except (ConnectionError, asyncio.IncompleteReadError) as error:
        raise Unavailable(_BROKE_OFF) from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())


async def _send(process: Process, told: Told) -> None:
    assert process.stdin is not None  # noqa: S101 - _fitting made it a pipe
    message = msgspec.msgpack.encode(told)
    process.stdin.write(LENGTH.pack(len(message)) + message)
    await process.stdin.drain()


async def _answer(process: Process) -> Answered | None:
    """The next frame; None at the end."""
    assert process.stdout is not None  # noqa: S101 - _fitting made it a pipe
    try:
        head = await process.stdout.readexactly(LENGTH.size)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise
        return None
    message = await process.stdout.readexactly(*LENGTH.unpack(head))
    answered: Answered = msgspec.msgpack.decode(message, type=Answered)
    return answered


async def _keep(
    store: Store, process: Process, topics: Sequence[str], basis: str, tell: Tell | None
) -> Summary:
    """Put what comes out into the store, and in force once all of it is there."""
    summary = await _answer(process)
    if not isinstance(summary, Summary):
        raise Unavailable(_BROKE_OFF)
    await _tell(tell, 3)
    version = await store.write_bulk(begin_model, NewModel(summary, basis))
    for start in range(0, len(topics), PIECE):
        rows = list(enumerate(topics[start : start + PIECE], start))
        await store.write_bulk(put_rows, (version, "topics", rows))
    while (piece := await _answer(process)) is not None:
        if isinstance(piece, Weights):
            await store.write_bulk(put_rows, (version, "weights", piece.rows))
        elif isinstance(piece, Spellings):
            await store.write_bulk(put_rows, (version, "spellings", piece.rows))
    if await process.wait():
        raise Unavailable(_BROKE_OFF)
    await store.write_bulk(put_in_force, version)
    while await store.write_bulk(forget_rows, version):
        pass
    return summary
