"""The help before a chat over HTTP: found, read, said to have helped; for everybody, at a pace.

Below /channels/<entry point>/help. No token: nobody is a visitor yet, and nobody is remembered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

import msgspec
from aiohttp import web

from hub.channels.base import EntryPoint
from hub.core.errors import NotFound
from hub.core.ids import is_id
from hub.storage import Blobs
from hub.web.decode import decode_query

from .blocks import Block, parse_blocks
from .help import AskHelp, Help, HelpHit
from .settings import WebChatSettings

MAX_WORDS = 200
MAX_LANGUAGE = 35  # BCP 47
_BASE_LETTERS = range(2, 9)  # of a primary language subtag: RFC 5646 §2.1
_ELSE = ("en", "zh")  # what articles are written in where it is nobody's own language
_POLICY = "default-src 'none'; sandbox"

Handle = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FindQuery(msgspec.Struct, frozen=True):
    """`q` "": the newest. `search`: the search these words go on from."""

    q: Annotated[str, msgspec.Meta(max_length=MAX_WORDS)] = ""
    language: Annotated[str, msgspec.Meta(max_length=MAX_LANGUAGE)] = ""
    search: str = ""


class FoundView(msgspec.Struct, frozen=True, kw_only=True):
    """`search`: to be named by what follows: the words typed on, the article opened."""

    search: str
    articles: Sequence[HelpHit]


class ArticleView(msgspec.Struct, frozen=True, kw_only=True):
    """`body`: blocks [tag, children, about, text] and texts; `page`: the address of its page."""

    id: str
    title: str
    language: str
    updated: str
    page: str
    body: list[Block | str]


@dataclass(frozen=True, slots=True)
class HelpRoutes:
    """Handlers of the help of every widget that has it. `address_of`: where a request is from."""

    help: Help
    entry_points: Mapping[str, EntryPoint]
    widgets: Mapping[str, WebChatSettings]
    blobs: Blobs
    base_url: str
    address_of: Callable[[web.Request], str]

    def routes(
        self, base: str, answered: Callable[[Handle], Handle]
    ) -> Sequence[web.AbstractRouteDef]:
        """`answered` checks the origin and adds the CORS headers."""
        return [
            web.get(f"{base}/help", answered(self._find)),
            web.get(f"{base}/help/articles/{{article_id}}", answered(self._read)),
            web.post(f"{base}/help/articles/{{article_id}}/helped", answered(self._helped)),
            web.get(f"{base}/help/files/{{file_id}}", answered(self._picture)),
        ]

    async def shown(self, key: str) -> bool:
        """Say whether an entry point's widget offers the help: it may, and there is some."""
        widget = self.widgets.get(key)
        return widget is not None and widget.help and await self.help.exists()

    async def _find(self, request: web.Request) -> web.StreamResponse:
        entry_point = self._entry_point(request)
        query = decode_query(request.query, FindQuery)
        ask = AskHelp(
            " ".join(query.q.split()),
            languages_for(query.language, entry_point.language),
            query.search if is_id(query.search) else "",
        )
        found = await self.help.find(ask, self.address_of(request))
        return _json(FoundView(search=found.search, articles=found.articles))

    async def _read(self, request: web.Request) -> web.StreamResponse:
        self._entry_point(request)
        search = request.query.get("search", "")
        article = await self.help.read(
            _id(request, "article_id"), search if is_id(search) else "", self.address_of(request)
        )
        view = ArticleView(
            id=article.id,
            title=article.title,
            language=article.language,
            updated=article.updated,
            page=f"{self.base_url}{article.page}" if article.page else "",
            body=await asyncio.to_thread(parse_blocks, article.body, self.base_url),
        )
        return _json(view)

    async def _helped(self, request: web.Request) -> web.StreamResponse:
        self._entry_point(request)
        await self.help.helped(_id(request, "article_id"), self.address_of(request))
        return web.Response(status=204)

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        self._entry_point(request)
        picture = await self.help.picture(_id(request, "file_id"), self.address_of(request))
        path = self.blobs.path(picture.blob_id)
        if not await asyncio.to_thread(path.is_file):
            raise NotFound("There is no such picture.")
        answer = web.FileResponse(path)
        answer.content_type = picture.media_type  # one of four: it was written anew
        answer.headers["Content-Security-Policy"] = _POLICY
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer

    def _entry_point(self, request: web.Request) -> EntryPoint:
        key = request.match_info["entry_point"]
        if not self.widgets[key].help:
            raise NotFound("This chat offers no help to read.")
        return self.entry_points[key]


def languages_for(visitor: str, entry_point: str) -> tuple[str, ...]:
    """Return in which languages to look: the visitor's, the entry point's, then any of ours."""
    wanted = (visitor, entry_point, *_ELSE)
    bases = (tag.split("-")[0].casefold() for tag in wanted)
    return tuple(dict.fromkeys(base for base in bases if _is_base(base)))


def _is_base(text: str) -> bool:
    return text.isascii() and text.isalpha() and len(text) in _BASE_LETTERS


def _id(request: web.Request, name: str) -> str:
    given = request.match_info[name]
    if not is_id(given):
        raise NotFound("There is no such article.")
    return given


def _json(view: msgspec.Struct) -> web.Response:
    return web.Response(
        body=msgspec.json.encode(view),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )
