"""Routes behind the editor: pictures of articles, a preview, what an owner should look at."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from sqlalchemy import Row

from hub.accounts.model import actor_of
from hub.core.errors import HubError, Invalid, TooLarge, Unavailable
from hub.storage import Blobs, Store, Tx
from hub.vendors.mail.files import clean_file_name
from hub.vendors.pictures import PictureRefused, clean_picture
from hub.web import Access, Body, FileAnswer, Key, Principal, Role, Upload, route
from hub.web.shapes import View

from . import page_files, search
from .files import (
    MAX_BYTES,
    KeepPicture,
    TakeOut,
    check_picture,
    find_file,
    keep_picture,
    list_files,
    take_out,
)
from .help.render import body_html, preview_page
from .model import Format
from .page_import import REFUSALS, ImportPage, PageDone, import_page, read_file, refused_page
from .reviewing import list_owned
from .service import MAX_ANSWER, MAX_QUESTION
from .views import ArticleView

FILES = "/api/v1/article-files/"
_WHY = {
    "type": "Only PNG, JPEG, GIF and WebP pictures can stand in an article; SVG cannot.",
    "broken": "The picture is broken: it cannot be read.",
    "pixels": "The picture has more than 40 million pixels: make it smaller.",
    "moving": "The moving picture is too long or too large: make it shorter.",
}


class ArticleFile(View, frozen=True):
    """A picture of an article. `mark` is what a text names it by: `![what it shows](mark)`."""

    id: str
    article_id: str
    name: str
    media_type: str
    size_bytes: int
    width: int
    height: int
    url: str
    mark: str


class Preview(Body, frozen=True):
    question: Annotated[str, msgspec.Meta(max_length=MAX_QUESTION)]
    answer: Annotated[str, msgspec.Meta(max_length=MAX_ANSWER)]
    format: Format = Format.MARKDOWN
    language: Annotated[str, msgspec.Meta(max_length=16)] = "en"


class Previewed(View, frozen=True):
    """`page`: a whole page without scripts, to be shown in a frame that runs none."""

    page: str


class ArticleWritingRoutes:
    def __init__(self, store: Store, blobs: Blobs) -> None:
        self._store = store
        self._blobs = blobs

    @route(
        "GET",
        "/api/v1/knowledge/owned",
        access=Access.AGENT,
        summary="Articles of mine that somebody should look at again",
    )
    async def owned(self, principal: Principal) -> list[ArticleView]:
        return await self._store.read(_owned, principal.user_id)

    @route(
        "POST",
        "/api/v1/knowledge/preview",
        access=Access.AGENT,
        summary="An article as its page will show it",
    )
    async def preview(self, body: Preview) -> Previewed:
        language: Literal["zh", "en"] = "zh" if body.language.lower().startswith("zh") else "en"
        shown = body_html(body.answer, body.format, FILES)
        return Previewed(page=preview_page(language, body.question, shown))

    @route(
        "POST",
        "/api/v1/knowledge/pages",
        access=Access.AGENT,
        summary="Make a draft of a Markdown or HTML file",
    )
    async def page(self, principal: Principal, upload: Upload) -> PageDone:
        file = await upload.file()
        data = await _bytes(file.chunks, page_files.MAX_BYTES)
        read = await asyncio.to_thread(read_file, file.name, data)
        if isinstance(read, PageDone):
            return read
        command = ImportPage(actor_of(principal), file.name, read, own=True)
        try:
            return await self._store.write(import_page, command)
        except REFUSALS as error:
            return refused_page(command, error)

    @route(
        "GET",
        "/api/v1/knowledge/{article_id}/files",
        access=Access.AGENT,
        summary="Pictures of an article and of its translations",
    )
    async def files(self, article_id: Key) -> list[ArticleFile]:
        return [_view(row) for row in await self._store.read(list_files, article_id)]

    @route(
        "POST",
        "/api/v1/knowledge/{article_id}/files",
        access=Access.AGENT,
        summary="Add a picture to an article",
        status=201,
    )
    async def add(self, principal: Principal, article_id: Key, upload: Upload) -> ArticleFile:
        await self._store.read(check_picture, (article_id, _reviews(principal)))
        file = await upload.file()
        data = await _bytes(file.chunks, MAX_BYTES)
        try:
            picture = await clean_picture(data)
        except PictureRefused as refused:
            why = _WHY.get(refused.reason, _WHY["broken"])
            raise Invalid(why, code=f"article.picture_{refused.reason}") from refused
        blob = await self._blobs.put(picture.data)
        keep = KeepPicture(
            actor_of(principal),
            article_id,
            _reviews(principal),
            blob.id,
            clean_file_name(file.name, picture.media_type, 1),
            picture.media_type,
            blob.size_bytes,
            picture.width,
            picture.height,
        )
        try:
            file_id = await self._store.write(keep_picture, keep)
        except HubError as refused:  # a cancelled caller does not cancel its write
            if not isinstance(refused, Unavailable):  # a commit that broke off may stand
                await self._blobs.delete(blob.id)
            raise
        return _view(await self._store.read(find_file, file_id))

    @route(
        "DELETE",
        "/api/v1/knowledge/{article_id}/files/{file_id}",
        access=Access.AGENT,
        summary="Take a picture out of an article that shows it no more",
    )
    async def remove(self, principal: Principal, article_id: Key, file_id: Key) -> None:
        command = TakeOut(actor_of(principal), article_id, file_id, _reviews(principal))
        await self._blobs.delete(await self._store.write(take_out, command))

    @route(
        "GET",
        "/api/v1/article-files/{file_id}",
        access=Access.AGENT,
        summary="Get a picture of an article",
    )
    async def download(self, file_id: Key) -> FileAnswer:
        row = await self._store.read(find_file, file_id)
        return FileAnswer(self._blobs.path(row.blob_id), row.media_type, row.name, inline=True)


async def _bytes(chunks: AsyncIterator[bytes], limit: int) -> bytes:
    data = bytearray()
    async for chunk in chunks:
        data += chunk
        if len(data) > limit:
            raise TooLarge(f"The file has more than {limit >> 20} MiB.", limit_bytes=limit)
    return bytes(data)


def _reviews(principal: Principal) -> bool:
    return principal.role.at_least(Role.SUPERVISOR)


def _owned(tx: Tx, user_id: str) -> list[ArticleView]:
    return search.show_articles(tx, list_owned(tx, user_id))


def _view(row: Row[Any]) -> ArticleFile:
    return ArticleFile(
        id=row.id,
        article_id=row.article_id,
        name=row.name,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        width=row.width,
        height=row.height,
        url=f"{FILES}{row.id}",
        mark=f"files/{row.id}",
    )
