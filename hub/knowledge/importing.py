"""Articles and cases from a file, in set-based pieces: the same lines again change nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.core.ids import new_id
from hub.storage import Tx
from hub.storage.bulk import insert_values, update_values

from .indexing import ArticleText, NewCase, index_articles, index_cases
from .lines import ArticleLine, CaseLine, Refused
from .model import USABLE, ArticleState, Audience, slug_of
from .search import tags_of
from .suggesting.words import words_of
from .tables import article_cases, article_versions, articles

SOURCE = "import"


class Order(NamedTuple):
    """Who imports; `state` and `audience` are those of new articles.

    `began`: when the import did; what it wrote itself is no translation that is out of date.
    """

    actor: Actor
    state: ArticleState = ArticleState.APPROVED
    audience: Audience = Audience.CUSTOMER
    began: datetime | None = None


@dataclass(slots=True)
class Written:
    """What became of lines."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    refused: tuple[Refused, ...] = ()


class ReadCase(NamedTuple):
    """A line and its words, worked out before the transaction begins."""

    line: CaseLine
    words: tuple[str, ...]


def read_words(lines: Sequence[CaseLine]) -> list[ReadCase]:
    """Work out the words of lines: the longest part of the work, and no work for the writer."""
    return [ReadCase(line, tuple(words_of(line.text))) for line in lines]


def write_articles(tx: Tx, piece: tuple[Order, Sequence[ArticleLine]]) -> Written:
    """Write new articles and change those whose words differ; of one key the last line counts."""
    order, told = piece
    lines = {(line.key, line.language): line for line in told}
    known, topics = _known(tx, sorted({line.key for line in lines.values()}))
    done = Written(unchanged=len(told) - len(lines))
    new: list[tuple[str, str, ArticleLine]] = []
    changed: list[tuple[Row[Any], ArticleLine]] = []
    for name, line in lines.items():
        row = known.get(name)
        if row is None:
            article_id = new_id()
            new.append((article_id, topics.setdefault(line.key, article_id), line))
        elif (row.question, row.answer) != (line.title, line.body):
            changed.append((row, line))
        else:
            done.unchanged += 1
    done.created, done.changed = len(new), len(changed)
    _insert(tx, order, new)
    _change(tx, order, changed)
    return done


def write_cases(tx: Tx, cases: Sequence[ReadCase]) -> Written:
    """Write cases that are not there yet; one whose article there is not is refused."""
    keys = sorted({case.line.key for case in cases if case.line.key is not None})
    known, _ = _known(tx, keys)
    any_of: dict[tuple[str | None, str], str] = {}  # by key, and by key and language
    for (key, language), row in known.items():
        for near in ("", _base(language), language):
            any_of.setdefault((key, near), row.id)
    names = {_name(case.line): case for case in cases}
    there = set(
        tx.execute(
            select(article_cases.c.external_key).where(
                article_cases.c.external_key.in_(sorted(names))
            )
        ).scalars()
    )
    done = Written(unchanged=len(cases) - len(names))
    refused, new = [], []
    for name, (line, words) in names.items():
        if line.key is not None and (line.key, "") not in any_of:
            refused.append(Refused(line.line, f"there is no article with the key {line.key!r}"))
        elif not words:
            refused.append(Refused(line.line, "there is no word in it"))
        elif name in there:
            done.unchanged += 1
        else:
            wanted = (line.language, _base(line.language), "")
            article_id = next(
                (any_of[line.key, one] for one in wanted if (line.key, one) in any_of), None
            )
            new.append(_new_case(tx, line, words, name, article_id))
    index_cases(tx, new, fresh=True)
    done.created, done.refused = len(new), tuple(refused)
    return done


def note_import(tx: Tx, done: tuple[Actor, str, dict[str, int]]) -> None:
    """Keep in the audit log that a file was imported."""
    actor, name, counts = done
    audit(tx, actor, "article.import", "import", name[:64], counts)
    tx.hint("knowledge.imported", name)


def _known(tx: Tx, keys: Sequence[str]) -> tuple[dict[tuple[str, str], Row[Any]], dict[str, str]]:
    """(articles by key and language, the topic of each key)."""
    if not keys:
        return {}, {}
    rows = tx.execute(
        select(articles)
        .where(articles.c.key.in_(keys))
        .order_by(articles.c.state.in_(sorted(USABLE)).desc(), articles.c.id)
    ).all()
    known: dict[tuple[str, str], Row[Any]] = {}
    for row in rows:
        known.setdefault((row.key, row.language), row)
    return known, {row.key: row.topic_id for row in reversed(rows)}


_ARTICLE = (
    "id", "topic_id", "key", "language", "question", "answer", "state", "audience", "owner_id",
    "out_of_date", "uses", "helpful", "not_helpful", "format", "created_at", "created_by",
    "updated_at", "updated_by", "version", "slug",
)  # fmt: skip
_VERSION = (
    "article_id", "version", "question", "answer", "state", "changed_at", "changed_by",
    "changed_by_name",
)  # fmt: skip


def _insert(tx: Tx, order: Order, new: Sequence[tuple[str, str, ArticleLine]]) -> None:
    if not new:
        return
    actor, now = order.actor, tx.now
    public = order.state is ArticleState.PUBLISHED and order.audience is Audience.PUBLIC
    insert_values(
        tx,
        articles,
        _ARTICLE,
        [
            (article_id, topic_id, line.key, line.language, line.title, line.body, order.state,
             order.audience, actor.id, False, 0, 0, 0, "plain", now, actor.id, now, actor.id, 1,
             slug_of(article_id, line.title) if public else None)
            for article_id, topic_id, line in new
        ],
    )  # fmt: skip
    insert_values(
        tx,
        article_versions,
        _VERSION,
        [
            (article_id, 1, line.title, line.body, order.state, now, actor.id, actor.name)
            for article_id, _, line in new
        ],
    )
    texts = [
        ArticleText(article_id, 1, line.title, line.body, (), now) for article_id, _, line in new
    ]
    index_articles(tx, texts, fresh=True)


def _change(tx: Tx, order: Order, changed: Sequence[tuple[Row[Any], ArticleLine]]) -> None:
    if not changed:
        return
    actor, now = order.actor, tx.now
    update_values(
        tx,
        articles,
        ("id", "question", "answer", "out_of_date", "updated_at", "updated_by", "version"),
        [
            (row.id, line.title, line.body, False, now, actor.id, row.version + 1)
            for row, line in changed
        ],
    )
    insert_values(
        tx,
        article_versions,
        _VERSION,
        [
            (row.id, row.version + 1, line.title, line.body, row.state, now, actor.id, actor.name)
            for row, line in changed
        ],
    )
    _mark_translations(tx, order, [row for row, _ in changed])
    tags = tags_of(tx, [row.id for row, _ in changed])
    index_articles(
        tx,
        [
            ArticleText(
                row.id, row.version + 1, line.title, line.body, tuple(tags[row.id]), row.created_at
            )
            for row, line in changed
            if row.state != ArticleState.RETIRED
        ],
    )


def _mark_translations(tx: Tx, order: Order, changed: Sequence[Row[Any]]) -> None:
    """What says the same in another language is out of date, but for what the file changes too."""
    topics = sorted({row.topic_id for row in changed if row.state in USABLE})
    if not topics:
        return
    table = articles.c
    others: list[ColumnElement[bool]] = [
        table.topic_id.in_(topics),
        table.id.not_in([row.id for row in changed]),
    ]
    if order.began is not None:
        others.append(table.updated_at < order.began)
    tx.execute(update(articles).where(*others).values(out_of_date=True))


def _new_case(
    tx: Tx, line: CaseLine, words: tuple[str, ...], name: str, article_id: str | None
) -> NewCase:
    case_id = new_id()
    return NewCase(
        id=case_id,
        ref_id=case_id,
        article_id=article_id,
        text=line.text,
        words=words,
        language=line.language,
        source=SOURCE,
        external_key=name,
        at=tx.now,
    )


def _name(line: CaseLine) -> str:
    """The same case again has the same name."""
    told = "\x1f".join((line.key or "\x1e", _base(line.language), line.text))
    return f"file:{blake2b(told.encode(), digest_size=24).hexdigest()}"


def _base(language: str) -> str:
    return language.split("-")[0].casefold()
