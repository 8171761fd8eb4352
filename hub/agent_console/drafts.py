"""Routes of the reply that was begun and not sent: it stays with its contact."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Annotated

import msgspec

from hub.contacts.access import access_contact
from hub.contacts.drafts import Draft, DropDraft, SaveDraft, Words, drop_draft, find_draft
from hub.contacts.drafts import save_draft as keep_draft
from hub.storage import Store, Tx
from hub.vendors.mail.answer import clean_answer
from hub.web import Access, Key, Principal, View, route
from hub.web.shapes import Body, Query

from .readers import sight_of
from .shapes import FileView
from .timeline import file_view

_DRAFT_BYTES = 2 * 1_048_576
_MAX_VERSION = 2**31 - 1

Version = Annotated[int, msgspec.Meta(ge=0, le=_MAX_VERSION)]
Address = Annotated[str, msgspec.Meta(max_length=320)]
Addresses = Annotated[list[Address], msgspec.Meta(max_length=100)]
Ids = Annotated[list[Key], msgspec.Meta(max_length=100)]


class DraftBody(Body, frozen=True):
    """PUT …/draft. `version`: of the state it was made of; an older one is refused (409).

    `to` and `cc` null: as the hub proposes. `attachments`: ids from POST /attachments.
    """

    version: Version
    text: str = ""
    html: str | None = None
    subject: Annotated[str, msgspec.Meta(max_length=1_000)] | None = None
    to: Addresses | None = None
    cc: Addresses | None = None
    bcc: Addresses = msgspec.field(default_factory=list)
    attachments: Ids = msgspec.field(default_factory=list)
    article_ids: Ids = msgspec.field(default_factory=list)
    begun_at_seq: Version | None = None
    aside_of: Key | None = None


class OfVersion(Query, frozen=True):
    """`version`: of the draft that is not wanted any more; another one stays (409)."""

    version: Version = 0


class DraftView(View, frozen=True):
    """What was written so far, by whom it was last changed, and when."""

    author_id: str
    author_name: str
    saved_at: datetime
    text: str
    html: str | None
    subject: str | None
    to: list[str] | None
    cc: list[str] | None
    bcc: list[str]
    files: list[FileView]
    article_ids: list[str]
    begun_at_seq: int | None
    aside_of: str | None


class DraftState(View, frozen=True):
    """`version` rises with each change and each answer; `draft` null: there is none."""

    version: int
    draft: DraftView | None


class DraftSaved(View, frozen=True):
    version: int


class DraftRoutes:
    """Of contacts one sees: reading and writing; discarding where it is in one's own hands."""

    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET", "/api/v1/contacts/{contact_id}/draft", access=Access.AGENT, summary="Get the draft"
    )
    async def get(self, principal: Principal, contact_id: Key) -> DraftState:
        return await self._store.read(_get, (principal, contact_id))

    @route(
        "PUT",
        "/api/v1/contacts/{contact_id}/draft",
        access=Access.AGENT,
        summary="Keep what was written so far",
        limit_bytes=_DRAFT_BYTES,
    )
    async def save(self, principal: Principal, contact_id: Key, body: DraftBody) -> DraftSaved:
        html = None if body.html is None else await asyncio.to_thread(clean_answer, body.html)
        asked = (principal, contact_id, body, html)
        return DraftSaved(version=await self._store.write(_save, asked))

    @route(
        "DELETE",
        "/api/v1/contacts/{contact_id}/draft",
        access=Access.AGENT,
        summary="Discard the draft",
    )
    async def drop(self, principal: Principal, contact_id: Key, query: OfVersion) -> DraftSaved:
        asked = (principal, contact_id, query.version)
        return DraftSaved(version=await self._store.write(_drop, asked))


def _get(tx: Tx, asked: tuple[Principal, str]) -> DraftState:
    principal, contact_id = asked
    row = access_contact(tx, sight_of(tx, principal), contact_id)
    draft = find_draft(tx, contact_id)
    return DraftState(version=row.draft_version, draft=None if draft is None else _view(draft))


def _view(draft: Draft) -> DraftView:
    words = draft.words
    return DraftView(
        author_id=draft.author_id,
        author_name=draft.author_name,
        saved_at=draft.saved_at,
        text=words.text,
        html=words.html,
        subject=words.subject,
        to=None if words.to is None else list(words.to),
        cc=None if words.cc is None else list(words.cc),
        bcc=list(words.bcc),
        files=[file_view(file, []) for file in draft.files],
        article_ids=list(words.article_ids),
        begun_at_seq=words.begun_at_seq,
        aside_of=words.aside_of,
    )


def _save(tx: Tx, asked: tuple[Principal, str, DraftBody, str | None]) -> int:
    principal, contact_id, body, html = asked
    access_contact(tx, sight_of(tx, principal), contact_id, for_change=True)
    words = Words(
        text=body.text,
        html=html,
        subject=body.subject,
        to=None if body.to is None else tuple(body.to),
        cc=None if body.cc is None else tuple(body.cc),
        bcc=tuple(body.bcc),
        attachments=tuple(body.attachments),
        article_ids=tuple(body.article_ids),
        begun_at_seq=body.begun_at_seq,
        aside_of=body.aside_of,
    )
    return keep_draft(
        tx, SaveDraft(contact_id, principal.user_id, principal.name, body.version, words)
    )


def _drop(tx: Tx, asked: tuple[Principal, str, int]) -> int:
    principal, contact_id, version = asked
    access_contact(tx, sight_of(tx, principal), contact_id, for_change=True)
    return drop_draft(tx, DropDraft(contact_id, principal.user_id, version))
