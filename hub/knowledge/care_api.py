"""Routes for those who look after the knowledge store: reviews, gaps, votes, said at closing."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.accounts.model import actor_of
from hub.contacts.access import Sight, VisibleQueues, access_contact
from hub.storage import Store, Tx
from hub.web import (
    Access,
    Body,
    Key,
    Page,
    PageQuery,
    Principal,
    decode_cursor,
    encode_cursor,
    route,
)
from hub.web.shapes import View

from . import search
from .gaps import Gaps, find_gaps
from .model import Outcome
from .outcomes import MAX_NOTE, SayOutcome, say_outcome
from .reviewing import ListReviews, Position, ReviewReason, list_reviews
from .service import UseArticle, record_use
from .suggesting.stored import find_model
from .topics import dismiss_topic
from .views import ArticleView, LearnedView


class ReviewQuery(PageQuery, frozen=True):
    reason: ReviewReason = ReviewReason.FLAGGED


class Vote(Body, frozen=True):
    """Whether the article answered the contact."""

    contact_id: Key
    helpful: bool


class SaidAtClosing(Body, frozen=True):
    """linked: an article answered it (`article_id`, or those used already); captured: a draft is
    made of it; not_needed; missing: an article should be there. `note`: why, in a few words.
    """

    outcome: Outcome
    article_id: Key | None = None
    note: Annotated[str, msgspec.Meta(max_length=MAX_NOTE)] = ""


class OutcomeView(View, frozen=True):
    outcome: Outcome
    article_id: str | None


class KnowledgeCareRoutes:
    def __init__(self, store: Store, visible_queues: VisibleQueues) -> None:
        self._store = store
        self._visible_queues = visible_queues

    @route(
        "GET",
        "/api/v1/knowledge/review",
        access=Access.SUPERVISOR,
        summary="Articles that somebody should look at again",
    )
    async def review(self, query: ReviewQuery) -> Page[ArticleView]:
        return await self._store.read(_review, query)

    @route(
        "GET",
        "/api/v1/knowledge/gaps",
        access=Access.SUPERVISOR,
        summary="What customers and colleagues look for and no article has",
    )
    async def gaps(self, principal: Principal) -> Gaps:
        return await self._store.read(self._gaps, principal)

    @route(
        "POST",
        "/api/v1/knowledge/topics/{topic_id}/dismiss",
        access=Access.SUPERVISOR,
        summary="A topic that many asked about needs no article",
    )
    async def dismiss(self, topic_id: Key) -> None:
        await self._store.write(dismiss_topic, topic_id)

    @route(
        "GET",
        "/api/v1/knowledge/learned",
        access=Access.SUPERVISOR,
        summary="What suggestions were learned from, and how good they are",
    )
    async def learned(self) -> LearnedView:
        return await self._store.read(_learned, None)

    @route(
        "POST",
        "/api/v1/knowledge/{article_id}/votes",
        access=Access.AGENT,
        summary="Say whether an article helped in a contact",
    )
    async def vote(self, principal: Principal, article_id: Key, body: Vote) -> None:
        await self._store.write(self._vote, (principal, article_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/knowledge-outcome",
        access=Access.AGENT,
        summary="Say at closing what became of what was learned",
    )
    async def outcome(
        self, principal: Principal, contact_id: Key, body: SaidAtClosing
    ) -> OutcomeView:
        article_id = await self._store.write(self._say, (principal, contact_id, body))
        return OutcomeView(outcome=body.outcome, article_id=article_id)

    def _gaps(self, tx: Tx, principal: Principal) -> Gaps:
        return find_gaps(tx, Sight.of(tx, principal, self._visible_queues).contacts())

    def _vote(self, tx: Tx, asked: tuple[Principal, str, Vote]) -> None:
        principal, article_id, body = asked
        self._check_contact(tx, principal, body.contact_id)
        record_use(tx, UseArticle(actor_of(principal), article_id, body.contact_id, body.helpful))

    def _say(self, tx: Tx, asked: tuple[Principal, str, SaidAtClosing]) -> str | None:
        principal, contact_id, body = asked
        self._check_contact(tx, principal, contact_id)
        return say_outcome(
            tx,
            SayOutcome(actor_of(principal), contact_id, body.outcome, body.article_id, body.note),
        )

    def _check_contact(self, tx: Tx, principal: Principal, contact_id: str) -> None:
        access_contact(tx, Sight.of(tx, principal, self._visible_queues), contact_id)


def _review(tx: Tx, query: ReviewQuery) -> Page[ArticleView]:
    after = decode_cursor(query.after, Position)
    rows, following = list_reviews(tx, ListReviews(query.reason, query.limit, after))
    return Page(
        items=search.show_articles(tx, rows),
        after=encode_cursor(following) if following else None,
    )


def _learned(tx: Tx, _: None) -> LearnedView:
    model = find_model(tx)
    if model is None:
        return LearnedView()
    return LearnedView(
        fitted_at=model.fitted_at,
        articles=model.articles,
        cases=model.cases,
        held=model.held,
        threshold=model.fusion.threshold,
        precision=model.precision,
        recall=model.recall,
    )
