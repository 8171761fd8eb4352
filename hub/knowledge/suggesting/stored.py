"""The model in force: kept as rows, read only as far as one question needs it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, insert, select, update

from hub.knowledge.model import USABLE
from hub.knowledge.tables import (
    article_cases,
    articles,
    suggestion_models,
    suggestion_spellings,
    suggestion_topics,
    suggestion_weights,
)
from hub.storage import Tx
from hub.storage.bulk import insert_values

from .frames import PIECE, Row, Summary, unpack
from .fusion import Fusion

_PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Model:
    """What is known of the model in force. `precision`, `recall`: None where none were judged."""

    version: int
    fitted_at: datetime
    articles: int
    cases: int
    norm: float
    fusion: Fusion
    held: int
    precision: float | None
    recall: float | None
    basis: str


@dataclass(frozen=True, slots=True)
class WordWeights:
    articles: int
    cases: int
    weights: Sequence[tuple[int, float]]


def find_model(tx: Tx) -> Model | None:
    """Return the model in force; None before the first refit."""
    row = tx.execute(
        select(suggestion_models)
        .where(suggestion_models.c.in_force.is_(True))
        .order_by(suggestion_models.c.version.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    fusion = Fusion(tuple(row.fusion["order"]), tuple(row.fusion["sure"]), row.fusion["threshold"])
    return Model(
        row.version,
        row.fitted_at,
        row.articles,
        row.cases,
        row.norm,
        fusion,
        row.held,
        _share(row.precision_ppm),
        _share(row.recall_ppm),
        row.basis,
    )


def basis_of(tx: Tx) -> str:
    """Return what a refit would be made from now: when it is another, the model is out of date."""
    usable = articles.c.state.in_(sorted(USABLE))
    written = tx.execute(
        select(func.max(articles.c.updated_at).label("at"), func.count().label("number")).where(
            usable
        )
    ).one()
    learned = tx.execute(
        select(
            func.max(article_cases.c.id).label("newest"),
            func.count(article_cases.c.id).label("number"),
        )
    ).one()
    at = written.at.isoformat() if written.at is not None else ""
    return f"{written.number} {at} {learned.number} {learned.newest or ''}"


def weights_of(tx: Tx, version: int, words: Collection[str]) -> dict[str, WordWeights]:
    """Return what the model knows of words; absent: it does not know them."""
    if not words:
        return {}
    table = suggestion_weights.c
    rows = tx.execute(
        select(table.word, table.articles, table.cases, table.weights).where(
            table.version == version, table.word.in_(sorted(words))
        )
    )
    return {row.word: WordWeights(row.articles, row.cases, unpack(row.weights)) for row in rows}


def spelt_alike(tx: Tx, version: int, grams: Collection[str]) -> dict[str, list[str]]:
    """Return the known words that hold these runs of letters."""
    if not grams:
        return {}
    table = suggestion_spellings.c
    rows = tx.execute(
        select(table.gram, table.words).where(
            table.version == version, table.gram.in_(sorted(grams))
        )
    )
    return {row.gram: row.words.split(" ") for row in rows}


def topics_of(tx: Tx, version: int, numbers: Collection[int]) -> dict[int, str]:
    """Return the topics that the model's numbers stand for."""
    if not numbers:
        return {}
    table = suggestion_topics.c
    rows = tx.execute(
        select(table.number, table.topic_id).where(
            table.version == version, table.number.in_(sorted(numbers))
        )
    )
    return {row.number: row.topic_id for row in rows}


@dataclass(frozen=True, slots=True)
class NewModel:
    """A model on its way into the store: begun, its rows put there piece by piece, put in force.

    Until it is in force nobody reads it; what a broken-off refit left goes with the next one.
    """

    summary: Summary
    basis: str


_COLUMNS = {
    "topics": (suggestion_topics, ("version", "number", "topic_id")),
    "weights": (suggestion_weights, ("version", "word", "articles", "cases", "weights")),
    "spellings": (suggestion_spellings, ("version", "gram", "words")),
}


def begin_model(tx: Tx, new: NewModel) -> int:
    """Write its row, not in force, and return its number."""
    newest = tx.execute(select(func.max(suggestion_models.c.version))).scalar()
    version = (newest or 0) + 1
    fitted = new.summary
    tx.execute(
        insert(suggestion_models).values(
            version=version,
            fitted_at=tx.now,
            articles=fitted.articles,
            cases=fitted.cases,
            norm=fitted.norm,
            fusion={
                "order": list(fitted.order),
                "sure": list(fitted.sure),
                "threshold": fitted.threshold,
            },
            held=fitted.held,
            precision_ppm=_ppm(fitted.precision),
            recall_ppm=_ppm(fitted.recall),
            basis=new.basis,
            in_force=False,
        )
    )
    return version


def put_rows(tx: Tx, piece: tuple[int, str, Sequence[Row]]) -> None:
    """Write some rows (topics, weights, spellings) of a model that is not in force yet."""
    version, name, rows = piece
    table, columns = _COLUMNS[name]
    insert_values(tx, table, columns, [(version, *row) for row in rows])


def put_in_force(tx: Tx, version: int) -> None:
    """From now on questions are asked of this model, unless a later one was quicker."""
    newest = tx.execute(
        select(func.max(suggestion_models.c.version)).where(suggestion_models.c.in_force.is_(True))
    ).scalar()
    if newest is not None and newest > version:
        return
    tx.execute(
        update(suggestion_models)
        .where(suggestion_models.c.in_force.is_(True))
        .values(in_force=False)
    )
    tx.execute(
        update(suggestion_models)
        .where(suggestion_models.c.version == version)
        .values(in_force=True)
    )


def forget_rows(tx: Tx, keep: int) -> int:
    """Remove some rows of models older than `keep`; return how many, 0 when all are gone."""
    gone = 0
    for name in ("weights", "spellings", "topics"):
        table, columns = _COLUMNS[name]
        key = table.c[columns[1]]
        old = tx.execute(
            select(table.c.version, key.label("name")).where(table.c.version < keep).limit(PIECE)
        ).all()
        for version in {row.version for row in old}:
            keys = [row.name for row in old if row.version == version]
            tx.execute(delete(table).where(table.c.version == version, key.in_(keys)))
        gone += len(old)
    return gone


def _ppm(share: float | None) -> int | None:
    return None if share is None else round(share * _PPM)


def _share(ppm: int | None) -> float | None:
    return None if ppm is None else ppm / _PPM
