"""Use cases of the knowledge store: write, review, use, and learn from contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Row, delete, insert, select, update

from hub.accounts.audit import audit
from hub.accounts.model import Actor
from hub.contacts.tables import contacts
from hub.core.errors import Conflict, Forbidden, Invalid, NotFound
from hub.core.ids import new_id
from hub.storage import Tx

from .cases import learn_cases, read_case
from .indexing import ArticleText, forget_article, index_articles
from .model import (
    OPEN,
    USABLE,
    ArticleState,
    Audience,
    Format,
    may_move,
    same_language,
    slug_of,
)
from .reviewing import note_vote
from .tables import article_links, article_tags, article_versions, articles

Clearable = Literal["expires_at", "owner_id", "review_due_at"]

MAX_QUESTION = 500
MAX_ANSWER = 20_000
MAX_TAGS = 12


class IllegalMove(Conflict):
    """The state table does not list this pair."""

    code = "article.illegal_move"


class StaleArticle(Conflict):
    """Somebody else changed the article meanwhile: load it again."""

    code = "article.stale"


class TranslationExists(Conflict):
    """There is a translation into this language already."""

    code = "article.translation_exists"


@dataclass(frozen=True, slots=True)
class WriteArticle:
    """A new article, or with `translates` the translation of another one."""

    actor: Actor
    language: str
    question: str
    answer: str
    tags: tuple[str, ...] = ()
    audience: Audience = Audience.CUSTOMER
    translates: str | None = None
    source_contact_id: str | None = None
    format: Format = Format.PLAIN
    owner_id: str | None = None  # the actor
    expires_at: datetime | None = None
    review_due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class ChangeArticle:
    """What is None stays. `reviews`: the actor may approve, publish and retire.

    `reviewed`: it was read and is right: what it was flagged for is done with, and it is due again
    at `review_due_at` or never. `clears`: names of dates, and the owner, that are to be empty.
    """

    actor: Actor
    article_id: str
    reviews: bool
    language: str | None = None
    question: str | None = None
    answer: str | None = None
    tags: tuple[str, ...] | None = None
    audience: Audience | None = None
    state: ArticleState | None = None
    expires_at: datetime | None = None
    version: int | None = None
    owner_id: str | None = None
    review_due_at: datetime | None = None
    reviewed: bool = False
    format: Format | None = None
    clears: frozenset[Clearable] = frozenset()


@dataclass(frozen=True, slots=True)
class UseArticle:
    """An article was used in a contact. `helpful`: did it answer; None: nobody said."""

    actor: Actor
    article_id: str
    contact_id: str
    helpful: bool | None = None


@dataclass(frozen=True, slots=True)
class DraftFromContact:
    actor: Actor
    contact_id: str


def write_article(tx: Tx, cmd: WriteArticle) -> str:
    """Make a draft and return its id. Raises Invalid, NotFound, TranslationExists."""
    question = _check(cmd.question, "question", MAX_QUESTION)
    answer = _check(cmd.answer, "answer", MAX_ANSWER)
    article_id = new_id()
    topic_id = article_id
    if cmd.translates is not None:
        topic_id = get_article_row(tx, cmd.translates).topic_id
        _check_no_translation(tx, topic_id, cmd.language)
    tx.execute(
        insert(articles).values(
            id=article_id,
            topic_id=topic_id,
            language=_check(cmd.language, "language", 16),
            question=question,
            answer=answer,
            state=ArticleState.DRAFT,
            audience=cmd.audience,
            owner_id=cmd.owner_id or cmd.actor.id,
            expires_at=cmd.expires_at,
            review_due_at=cmd.review_due_at,
            source_contact_id=cmd.source_contact_id,
            format=cmd.format,
            created_at=tx.now,
            created_by=cmd.actor.id,
            updated_at=tx.now,
            updated_by=cmd.actor.id,
            version=1,
        )
    )
    _set_tags(tx, article_id, cmd.tags)
    _keep_version(tx, article_id, cmd.actor)
    audit(tx, cmd.actor, "article.write", "article", article_id)
    return article_id


def change_article(tx: Tx, cmd: ChangeArticle) -> None:
    """Change an article; its translations are marked out of date when its words change.

    An agent edits drafts; what colleagues rely on is changed by those who review. Raises NotFound,
    StaleArticle, Forbidden, IllegalMove, Invalid.
    """
    row = get_article_row(tx, cmd.article_id, for_change=True)
    if cmd.version is not None and cmd.version != row.version:
        raise StaleArticle(
            "Somebody else changed this article meanwhile. Load it again and repeat the change.",
            version=row.version,
        )
    check_may_change(row, reviews=cmd.reviews)
    _check_may_review(row, cmd)
    changes: dict[str, Any] = {}
    if cmd.question is not None:
        changes["question"] = _check(cmd.question, "question", MAX_QUESTION)
    if cmd.answer is not None:
        changes["answer"] = _check(cmd.answer, "answer", MAX_ANSWER)
    words_change = bool(changes)
    if cmd.language is not None and not same_language(cmd.language, row.language):
        _check_no_translation(tx, row.topic_id, cmd.language)
        changes["language"] = _check(cmd.language, "language", 16)
    if words_change:
        changes["out_of_date"] = False
    if cmd.audience is not None:
        changes["audience"] = cmd.audience
    changes |= {
        name: value
        for name in ("expires_at", "owner_id", "review_due_at", "format")
        if (value := getattr(cmd, name)) is not None
    }
    changes |= dict.fromkeys(cmd.clears)
    if cmd.reviewed:
        changes |= {
            "flagged_at": None,
            "flag_reason": None,
            "out_of_date": False,
            "review_due_at": cmd.review_due_at,
        }
    if cmd.state is not None and cmd.state != row.state:
        if not may_move(ArticleState(row.state), cmd.state):
            raise IllegalMove(f"An article that is {row.state} cannot become {cmd.state.value}.")
        changes["state"] = cmd.state
    if row.slug is None and _is_public(row, changes):
        changes["slug"] = slug_of(row.id, changes.get("question", row.question))
    tx.execute(
        update(articles)
        .where(articles.c.id == row.id)
        .values(
            updated_at=tx.now, updated_by=cmd.actor.id, version=articles.c.version + 1, **changes
        )
    )
    if cmd.tags is not None:
        _set_tags(tx, row.id, cmd.tags)
    if words_change and row.state in USABLE:
        tx.execute(
            update(articles)
            .where(articles.c.topic_id == row.topic_id, articles.c.id != row.id)
            .values(out_of_date=True)
        )
    _keep_version(tx, row.id, cmd.actor)
    audit(tx, cmd.actor, "article.change", "article", row.id, {"state": changes.get("state")})


def record_use(tx: Tx, cmd: UseArticle) -> None:
    """Link an article to the contact it was used in; the same again changes only `helpful`.

    Who may see the contact was checked before. Raises NotFound.
    """
    get_article_row(tx, cmd.article_id)
    record_uses(tx, cmd.actor, cmd.contact_id, [cmd.article_id], helpful=cmd.helpful)


def record_uses(
    tx: Tx,
    actor: Actor,
    contact_id: str,
    article_ids: Sequence[str],
    *,
    helpful: bool | None = None,
) -> None:
    """Link articles to a contact, as a reply that used them does; unknown ids are passed over."""
    known = tx.execute(
        select(articles.c.id)
        .where(articles.c.id.in_(sorted(set(article_ids))))
        .order_by(articles.c.id)
        .with_for_update()
    ).scalars()
    for article_id in list(known):
        pair = (
            article_links.c.article_id == article_id,
            article_links.c.contact_id == contact_id,
        )
        before = tx.execute(select(article_links).where(*pair)).first()
        if before is None:
            tx.execute(
                insert(article_links).values(
                    id=new_id(),
                    article_id=article_id,
                    contact_id=contact_id,
                    helpful=helpful,
                    linked_at=tx.now,
                    linked_by=actor.id,
                )
            )
        elif helpful is not None:
            tx.execute(update(article_links).where(*pair).values(helpful=helpful))
        else:
            continue
        _count_use(tx, article_id, None if before is None else before, helpful)
    learn_cases(tx, [contact_id])


def draft_from_contact(tx: Tx, cmd: DraftFromContact) -> str:
    """Make a draft from a contact in one action: the customer's words ask, ours answer.

    Returns its id; the same contact again returns the same draft. Raises NotFound, Invalid when
    there is nothing to learn from.
    """
    contact = tx.execute(select(contacts).where(contacts.c.id == cmd.contact_id)).first()
    if contact is None:
        raise NotFound("There is no such contact.")
    known: str | None = tx.execute(
        select(articles.c.id).where(
            articles.c.source_contact_id == cmd.contact_id, articles.c.state == ArticleState.DRAFT
        )
    ).scalar()
    if known is not None:
        return known
    case = read_case(tx, cmd.contact_id)
    if not case.question or not case.answer:
        raise Invalid(
            "This contact has no question and answer in writing: write the article by hand.",
            code="article.nothing_to_learn",
        )
    article_id = write_article(
        tx,
        WriteArticle(
            actor=cmd.actor,
            language=contact.language or "en",
            question=" ".join(case.question.split())[:MAX_QUESTION],  # a title: one line
            answer=case.answer[:MAX_ANSWER],
            source_contact_id=cmd.contact_id,
        ),
    )
    record_uses(tx, cmd.actor, cmd.contact_id, [article_id], helpful=True)
    return article_id


def get_article_row(tx: Tx, article_id: str, *, for_change: bool = False) -> Row[Any]:
    """Return an article's row, locked if it is to be changed. Raises NotFound."""
    found = select(articles).where(articles.c.id == article_id)
    row = tx.execute(found.with_for_update() if for_change else found).first()
    if row is None:
        raise NotFound("There is no such article.")
    return row


def _is_public(row: Row[Any], changes: dict[str, Any]) -> bool:
    """Say whether it will stand on the help pages."""
    state = changes.get("state", row.state)
    audience = changes.get("audience", row.audience)
    return bool(state == ArticleState.PUBLISHED and audience == Audience.PUBLIC)


def check_may_change(row: Row[Any], *, reviews: bool) -> None:
    """Raise Forbidden unless it is a draft or the actor reviews articles."""
    if not reviews and row.state not in OPEN:
        raise Forbidden("Only drafts are open to all: ask a supervisor.", code="article.drafts")


def _check_may_review(row: Row[Any], cmd: ChangeArticle) -> None:
    asks = cmd.reviewed or (cmd.state is not None and cmd.state not in OPEN)
    if asks and not cmd.reviews:
        raise Forbidden(
            "A supervisor approves and publishes articles: ask yours to review it.",
            code="article.supervisors",
        )


def _check_no_translation(tx: Tx, topic_id: str, language: str) -> None:
    rows = tx.execute(select(articles.c.language).where(articles.c.topic_id == topic_id)).scalars()
    if any(same_language(language, known) for known in rows):
        raise TranslationExists("This article exists in that language: change that one.")


def _check(text: str, field: str, limit: int) -> str:
    clean = text.strip()
    if not 1 <= len(clean) <= limit:
        raise Invalid(f"`{field}` needs 1 to {limit} characters.", field=field)
    return clean


def _set_tags(tx: Tx, article_id: str, tags: Sequence[str]) -> None:
    clean = list(dict.fromkeys(" ".join(tag.split())[:64] for tag in tags))
    clean = [tag for tag in clean if tag]
    if len(clean) > MAX_TAGS:
        raise Invalid(f"At most {MAX_TAGS} tags.", code="article.tags", most=MAX_TAGS, field="tags")
    tx.execute(delete(article_tags).where(article_tags.c.article_id == article_id))
    if clean:
        tx.execute(insert(article_tags), [{"article_id": article_id, "tag": t} for t in clean])


def _keep_version(tx: Tx, article_id: str, actor: Actor) -> None:
    """Keep the text as it is now in the history and bring the search index up to date."""
    row = get_article_row(tx, article_id)
    tx.execute(
        insert(article_versions).values(
            article_id=article_id,
            version=row.version,
            question=row.question,
            answer=row.answer,
            state=row.state,
            changed_at=tx.now,
            changed_by=actor.id,
            changed_by_name=actor.name,
        )
    )
    if row.state == ArticleState.RETIRED:
        forget_article(tx, article_id)
        return
    tags = tx.execute(
        select(article_tags.c.tag).where(article_tags.c.article_id == article_id)
    ).scalars()
    text = ArticleText(
        article_id, row.version, row.question, row.answer, tuple(tags), row.created_at
    )
    index_articles(tx, [text])


def _count_use(tx: Tx, article_id: str, before: Row[Any] | None, helpful: bool | None) -> None:
    """Keep the article's counts equal to its links."""
    was = None if before is None else before.helpful
    table = articles.c
    tx.execute(
        update(articles)
        .where(table.id == article_id)
        .values(
            uses=table.uses + (1 if before is None else 0),
            helpful=table.helpful + int(helpful is True) - int(was is True),
            not_helpful=table.not_helpful + int(helpful is False) - int(was is False),
            last_used_at=tx.now,
        )
    )
    note_vote(tx, article_id, helpful)
