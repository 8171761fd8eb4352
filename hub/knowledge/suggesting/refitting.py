"""A refit: gather all words, fit in a process of its own, put the model in force."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, and_, exists, or_, select

from hub.core.errors import Unavailable
from hub.customers.settings import load_customer_settings
from hub.knowledge.cases import learn_cases
from hub.knowledge.indexing import ArticleText as NewText
from hub.knowledge.indexing import index_articles
from hub.knowledge.model import USABLE
from hub.knowledge.tables import article_cases, article_links, article_tags, article_words, articles
from hub.storage import Store, Tx

from .model import ArticleText, CaseText, Fitted, Texts
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


class _Page(NamedTuple):
    after: str
    precision: float = 0.0


async def refit_suggestions(store: Store, tell: Tell | None = None, *, force: bool = False) -> bool:
    """Learn from everything that is there; False where nothing changed since the last refit.

    With `force` also then. Raises Unavailable where the process that fits broke off.
    """
    await _catch_up(store)
    basis, model = await store.read(_now_and_then, None)
    if basis.startswith("0 ") or (model is not None and model.basis == basis and not force):
        return False
    await _tell(tell, 1)
    topics, texts = await _gather(store)
    await _tell(tell, 2)
    fitted = await _fit(texts)
    await _tell(tell, 3)
    await _put(store, NewModel(fitted, topics, basis))
    await _tell(tell, _STEPS)
    log.info("suggestions refitted", extra={"articles": fitted.articles, "cases": fitted.cases})
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


async def _gather(store: Store) -> tuple[list[str], Texts]:
    """Read all words, page by page. Topics are numbered by their names' order."""
    rows: list[Any] = []
    while page := await store.read(_article_page, _Page(rows[-1].id if rows else "")):
        rows += page
    topics = sorted({row.topic_id for row in rows})
    numbers = {topic: number for number, topic in enumerate(topics)}
    cases: list[CaseText] = []
    last = ""
    while found := await store.read(_case_page, _Page(last)):
        last = found[-1].id
        cases += [
            CaseText(row.external_key, numbers.get(row.topic_id), row.words.split(" "))
            for row in found
            if row.article_id is None or row.topic_id in numbers
        ]
    precision = await store.read(lambda tx, _: load_customer_settings(tx).knowledge.precision, None)
    texts = [
        ArticleText(numbers[row.topic_id], row.title.split(" "), row.body.split(" "))
        for row in rows
    ]
    return topics, Texts(texts, cases, len(topics), precision)


def _article_page(tx: Tx, page: _Page) -> list[Row[Any]]:
    return list(
        tx.execute(
            select(articles.c.id, articles.c.topic_id, article_words.c.title, article_words.c.body)
            .join(article_words, article_words.c.article_id == articles.c.id)
            .where(and_(articles.c.id > page.after, articles.c.state.in_(sorted(USABLE))))
            .order_by(articles.c.id)
            .limit(_PAGE)
        ).all()
    )


def _case_page(tx: Tx, page: _Page) -> list[Row[Any]]:
    table = article_cases.c
    return list(
        tx.execute(
            select(table.id, table.external_key, table.words, table.article_id, articles.c.topic_id)
            .join(articles, articles.c.id == table.article_id, isouter=True)
            .where(table.id > page.after)
            .order_by(table.id)
            .limit(_PAGE)
        ).all()
    )


async def _fit(texts: Texts) -> Fitted:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "hub.knowledge.suggesting.worker",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C is for the hub, which ends it
    )
    try:
        answer, _ = await process.communicate(msgspec.msgpack.encode(texts))
    finally:
        if process.returncode is None:
            process.kill()
            await asyncio.shield(process.wait())
    if process.returncode or not answer:
        raise Unavailable("The refit of suggestions broke off: the last one stays in force.")
    return msgspec.msgpack.decode(answer, type=Fitted)


async def _put(store: Store, new: NewModel) -> None:
    version = await store.write_bulk(begin_model, new)
    for start in range(0, len(new.rows), NewModel.PIECE):
        await store.write_bulk(put_rows, (version, new.rows[start : start + NewModel.PIECE]))
    await store.write_bulk(put_in_force, version)
    while await store.write_bulk(forget_rows, version):
        pass
