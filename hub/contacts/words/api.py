"""Routes of canned responses: who writes answers reads them, and keeps some of their own."""

from __future__ import annotations

import asyncio
from typing import Annotated

import msgspec

from hub.accounts.audit import AuditLine
from hub.core.errors import Invalid
from hub.storage import Blobs, Store
from hub.vendors.mail.answer import clean_answer, is_unformatted, text_of_answer
from hub.web import Access, Body, Key, Page, Principal, View, route

from . import service
from .model import MAX_FILES, File, Language, Text
from .reads import ResponseView, history_of, list_responses

Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]
Keys = Annotated[list[Key], msgspec.Meta(max_length=200)]
Files = Annotated[list[Key], msgspec.Meta(max_length=MAX_FILES)]
_BODY_BYTES = 1_048_576


class ResponseBody(Body, frozen=True):
    """`texts` by language ("zh-CN", "en"). `queues`, `teams` []: every one. `own`: only mine.

    `attachments`: ids from POST /attachments, copied; `keep_files`: of those it has already.
    """

    texts: Annotated[dict[Language, Text], msgspec.Meta(min_length=1, max_length=10)]
    category: Annotated[str, msgspec.Meta(max_length=80)] = ""
    queues: Keys = msgspec.field(default_factory=list)
    teams: Keys = msgspec.field(default_factory=list)
    own: bool = False
    attachments: Files = msgspec.field(default_factory=list)


class ResponseChange(ResponseBody, frozen=True, kw_only=True):
    """`version`: of the response as it was shown; an older one is refused (409)."""

    version: Version
    keep_files: Files = msgspec.field(default_factory=list)


class MadeView(View, frozen=True):
    id: str


class TakenFile(View, frozen=True):
    """An upload of mine now, to be named in an answer or a draft."""

    id: str
    name: str
    media_type: str
    size_bytes: int
    url: str


class WordRoutes:
    """Everybody who answers customers; what all or teams use is changed by who may."""

    def __init__(self, store: Store, blobs: Blobs) -> None:
        self._store = store
        self._blobs = blobs

    @route("GET", "/api/v1/responses", access=Access.AGENT, summary="List canned responses")
    async def list_all(self, principal: Principal) -> Page[ResponseView]:
        return Page(items=await self._store.read(list_responses, principal))

    @route(
        "POST",
        "/api/v1/responses",
        access=Access.AGENT,
        summary="Write a canned response",
        status=201,
        limit_bytes=_BODY_BYTES,
    )
    async def add(self, principal: Principal, body: ResponseBody) -> MadeView:
        draft = await self._draft(principal, body, ())
        command = service.AddResponse(principal, draft)
        try:
            return MadeView(id=await self._store.write(service.add_response, command))
        except BaseException:
            await self._drop(draft.new_files)
            raise

    @route(
        "PUT",
        "/api/v1/responses/{response_id}",
        access=Access.AGENT,
        summary="Change a canned response",
        limit_bytes=_BODY_BYTES,
    )
    async def change(self, principal: Principal, response_id: Key, body: ResponseChange) -> None:
        draft = await self._draft(principal, body, tuple(body.keep_files))
        command = service.ChangeResponse(principal, response_id, body.version, draft)
        try:
            gone = await self._store.write(service.change_response, command)
        except BaseException:
            await self._drop(draft.new_files)
            raise
        for blob_id in gone:
            await self._blobs.delete(blob_id)

    @route(
        "DELETE",
        "/api/v1/responses/{response_id}",
        access=Access.AGENT,
        summary="Retire a canned response",
    )
    async def retire(self, principal: Principal, response_id: Key) -> None:
        command = service.RetireResponse(principal, response_id)
        await self._store.write(service.retire_response, command)

    @route(
        "POST",
        "/api/v1/responses/{response_id}/use",
        access=Access.AGENT,
        summary="Count a use, and get copies of its files for an answer",
    )
    async def use(self, principal: Principal, response_id: Key) -> Page[TakenFile]:
        files = await self._store.write(service.count_use, (principal, response_id))
        copies = await self._copies(files)
        command = service.TakeFiles(principal.user_id, tuple(copies))
        ids = await self._store.write(service.take_files, command)
        return Page(
            items=[
                TakenFile(
                    id=id_,
                    name=one.name,
                    media_type=one.media_type,
                    size_bytes=one.size_bytes,
                    url=f"/api/v1/attachments/{id_}",
                )
                for id_, one in zip(ids, copies, strict=True)
            ]
        )

    @route(
        "GET",
        "/api/v1/responses/{response_id}/history",
        access=Access.AGENT,
        summary="Who changed a canned response, and when",
    )
    async def history(self, principal: Principal, response_id: Key) -> Page[AuditLine]:
        return Page(items=await self._store.read(history_of, (principal, response_id)))

    async def _draft(
        self, principal: Principal, body: ResponseBody, keep: tuple[str, ...]
    ) -> service.Draft:
        texts = {name: await asyncio.to_thread(_cleaned, one) for name, one in body.texts.items()}
        files: list[File] = []
        if body.attachments:
            asked = (principal.user_id, tuple(body.attachments))
            files = await self._copies(await self._store.read(service.find_uploads, asked))
        return service.Draft(
            texts,
            body.category,
            tuple(dict.fromkeys(body.queues)),
            tuple(dict.fromkeys(body.teams)),
            body.own,
            keep,
            tuple(files),
        )

    async def _copies(self, files: list[File]) -> list[File]:
        """Each has bytes of its own: what happens to a message's file is nothing to it."""
        copies = []
        for file in files:
            blob = await self._blobs.put(await self._blobs.get(file.blob_id))
            copies.append(msgspec.structs.replace(file, blob_id=blob.id))
        return copies

    async def _drop(self, files: tuple[File, ...]) -> None:
        for file in files:
            await self._blobs.delete(file.blob_id)


def _cleaned(text: Text) -> Text:
    if text.html is None:
        return text
    clean = clean_answer(text.html)
    plain = text_of_answer(clean)
    if not plain.strip():
        raise Invalid("A response needs words.", code="words.empty")
    kept = None if is_unformatted(clean) else clean
    return msgspec.structs.replace(text, text=plain, html=kept)
