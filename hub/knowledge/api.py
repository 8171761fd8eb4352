"""Routes of the knowledge store: search, suggestions, writing, review, use."""

from __future__ import annotations

from datetime import datetime
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
    Query,
    Role,
    decode_cursor,
    encode_cursor,
    route,
)

from . import search, service
from .model import USABLE, ArticleState, Audience, Format
from .searches import Search, keep_search, note_found
from .views import ArticleRow, ArticleView, SuggestionView, VersionView

Question = Annotated[str, msgspec.Meta(max_length=service.MAX_QUESTION)]
Answer = Annotated[str, msgspec.Meta(max_length=service.MAX_ANSWER)]
Tag = Annotated[str, msgspec.Meta(max_length=64)]
Language = Annotated[str, msgspec.Meta(min_length=2, max_length=16, pattern=r"^[A-Za-z-]+$")]


class ArticleQuery(PageQuery, frozen=True):
    """`q`: words or a whole question; "" lists the newest. `lang` "": every language.

    Without `state`: what may be used (approved and published).
    """

    q: Annotated[str, msgspec.Meta(max_length=2_000)] = ""
    lang: Annotated[str, msgspec.Meta(max_length=16)] = ""
    state: ArticleState | None = None
    tag: Tag = ""


class SuggestionQuery(Query, frozen=True):
    contact: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class NewArticle(Body, frozen=True):
    """`translates`: the id of the article of which this is the translation. Without an owner it is
    the writer's.

    A `state` other than draft is for those who may review.
    """

    language: Language
    question: Question
    answer: Answer
    tags: Annotated[list[Tag], msgspec.Meta(max_length=service.MAX_TAGS)] = msgspec.field(
        default_factory=list
    )
    audience: Audience = Audience.CUSTOMER
    translates: Key | None = None
    state: ArticleState = ArticleState.DRAFT
    format: Format = Format.PLAIN
    owner_id: Key | None = None
    expires_at: datetime | None = None
    review_due_at: datetime | None = None


class ArticlePatch(Body, frozen=True):
    """What is left out stays. `version` as last seen refuses to overwrite another change.

    `reviewed`: it was read and is right; what it was flagged for is done with. `clears`: what is to
    be empty.
    """

    language: Language | None = None
    question: Question | None = None
    answer: Answer | None = None
    tags: Annotated[list[Tag], msgspec.Meta(max_length=service.MAX_TAGS)] | None = None
    audience: Audience | None = None
    state: ArticleState | None = None
    expires_at: datetime | None = None
    version: int | None = None
    owner_id: Key | None = None
    review_due_at: datetime | None = None
    reviewed: bool = False
    format: Format | None = None
    clears: frozenset[service.Clearable] = frozenset()


class Use(Body, frozen=True):
    """`helpful`: "this answered it" or not; left out: it was used and nobody said."""

    contact_id: Key
    helpful: bool | None = None


class KnowledgeRoutes:
    def __init__(self, store: Store, visible_queues: VisibleQueues) -> None:
        self._store = store
        self._visible_queues = visible_queues

    @route("GET", "/api/v1/knowledge", access=Access.AGENT, summary="Find articles")
    async def find(self, principal: Principal, query: ArticleQuery) -> Page[ArticleRow]:
        found = await self._store.read(_find, query)
        if query.q.strip() and query.state is None and not query.tag:
            kept = Search("console", query.q, query.lang, len(found.items), principal.user_id)
            await keep_search(self._store, kept)
        return found

    @route(
        "GET",
        "/api/v1/knowledge/suggestions",
        access=Access.AGENT,
        summary="Articles that may answer a contact",
    )
    async def suggestions(
        self, principal: Principal, query: SuggestionQuery
    ) -> list[SuggestionView]:
        return await self._store.read(self._suggest, (principal, query.contact))

    @route("POST", "/api/v1/knowledge", access=Access.AGENT, summary="Write an article", status=201)
    async def write(self, principal: Principal, body: NewArticle) -> ArticleView:
        return await self._shown(await self._store.write(_write, (principal, body)))

    @route("GET", "/api/v1/knowledge/{article_id}", access=Access.AGENT, summary="An article")
    async def show(self, article_id: Key) -> ArticleView:
        return await self._shown(article_id)

    @route(
        "PATCH",
        "/api/v1/knowledge/{article_id}",
        access=Access.AGENT,
        summary="Change or review an article",
    )
    async def change(
        self, principal: Principal, article_id: Key, body: ArticlePatch
    ) -> ArticleView:
        command = service.ChangeArticle(
            actor=actor_of(principal),
            article_id=article_id,
            reviews=_reviews(principal),
            language=body.language,
            question=body.question,
            answer=body.answer,
            tags=None if body.tags is None else tuple(body.tags),
            audience=body.audience,
            state=body.state,
            expires_at=body.expires_at,
            version=body.version,
            owner_id=body.owner_id,
            review_due_at=body.review_due_at,
            reviewed=body.reviewed,
            format=body.format,
            clears=body.clears,
        )
        await self._store.write(service.change_article, command)
        return await self._shown(article_id)

    @route(
        "GET",
        "/api/v1/knowledge/{article_id}/versions",
        access=Access.AGENT,
        summary="What an article said before",
    )
    async def versions(self, article_id: Key) -> list[VersionView]:
        return await self._store.read(search.list_versions, article_id)

    @route(
        "POST",
        "/api/v1/knowledge/{article_id}/use",
        access=Access.AGENT,
        summary="Say that an article was used in a contact, and whether it helped",
    )
    async def use(self, principal: Principal, article_id: Key, body: Use) -> None:
        await self._store.write(self._use, (principal, article_id, body))

    @route(
        "POST",
        "/api/v1/contacts/{contact_id}/article",
        access=Access.AGENT,
        summary="Make a draft article from a contact",
        status=201,
    )
    async def draft(self, principal: Principal, contact_id: Key) -> ArticleView:
        return await self._shown(await self._store.write(self._draft, (principal, contact_id)))

    async def _shown(self, article_id: str) -> ArticleView:
        return await self._store.read(search.show_article, article_id)

    def _check_contact(self, tx: Tx, principal: Principal, contact_id: str) -> None:
        access_contact(tx, Sight.of(tx, principal, self._visible_queues), contact_id)

    def _suggest(self, tx: Tx, asked: tuple[Principal, str]) -> list[SuggestionView]:
        self._check_contact(tx, *asked)
        return search.suggest(tx, asked[1])

    def _use(self, tx: Tx, asked: tuple[Principal, str, Use]) -> None:
        principal, article_id, body = asked
        self._check_contact(tx, principal, body.contact_id)
        service.record_use(
            tx,
            service.UseArticle(actor_of(principal), article_id, body.contact_id, body.helpful),
        )
        note_found(tx, principal.user_id, article_id)

    def _draft(self, tx: Tx, asked: tuple[Principal, str]) -> str:
        principal, contact_id = asked
        self._check_contact(tx, principal, contact_id)
        command = service.DraftFromContact(actor_of(principal), contact_id)
        return service.draft_from_contact(tx, command)


def _reviews(principal: Principal) -> bool:
    return principal.role.at_least(Role.SUPERVISOR)


def _write(tx: Tx, asked: tuple[Principal, NewArticle]) -> str:
    principal, body = asked
    actor = actor_of(principal)
    article_id = service.write_article(
        tx,
        service.WriteArticle(
            actor=actor,
            language=body.language,
            question=body.question,
            answer=body.answer,
            tags=tuple(body.tags),
            audience=body.audience,
            translates=body.translates,
            format=body.format,
            owner_id=body.owner_id,
            expires_at=body.expires_at,
            review_due_at=body.review_due_at,
        ),
    )
    if body.state is not ArticleState.DRAFT:
        service.change_article(
            tx, service.ChangeArticle(actor, article_id, _reviews(principal), state=body.state)
        )
    return article_id


def _find(tx: Tx, query: ArticleQuery) -> Page[ArticleRow]:
    items, following = search.find_articles(
        tx,
        search.FindArticles(
            text=query.q,
            language=query.lang,
            states=USABLE if query.state is None else frozenset({query.state}),
            limit=query.limit,
            tag=query.tag,
            after=decode_cursor(query.after, search.Position),
        ),
    )
    return Page(items=items, after=encode_cursor(following) if following else None)
