"""The help pages' addresses: read by anybody, without scripts, at a bounded pace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from time import monotonic

from aiohttp import web

from hub.core.ids import is_id
from hub.core.networks import network_of
from hub.knowledge.searches import Search, keep_search
from hub.storage import Blobs, Store

from .pace import HelpPace
from .render import LANGUAGES, STYLE, article_page, list_page, told_page
from .service import (
    AskHelp,
    AskPage,
    VotePage,
    find_help,
    find_page,
    find_picture,
    vote_on_page,
)

MOST_WORDS = 500
PLACE = "help"
_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none';"
    " frame-ancestors 'none'"
)

Handle = Callable[[web.Request, str], Awaitable[web.Response]]


class HelpPages:
    """`pace`: of all places where the help is read. `address_of`: where a request comes from."""

    def __init__(
        self,
        store: Store,
        blobs: Blobs,
        pace: HelpPace,
        address_of: Callable[[web.Request], str],
    ) -> None:
        self._store = store
        self._blobs = blobs
        self._pace = pace
        self._address_of = address_of

    def _network_of(self, request: web.Request) -> str:
        return network_of(self._address_of(request))

    def routes(self) -> list[web.RouteDef]:
        """To be added before a catch-all."""
        return [
            web.get("/help", self._choose),
            web.get("/help/style.css", self._style),
            web.get("/help/files/{file_id}", self._picture),
            web.get("/help/{language}", self._paced(self._list)),
            web.get("/help/{language}/{path}", self._paced(self._article)),
            web.post("/help/{language}/{path}", self._paced(self._vote)),
        ]

    async def _choose(self, request: web.Request) -> web.Response:
        wanted = request.headers.get("Accept-Language", "")
        language = "zh" if wanted.strip().lower().startswith("zh") else "en"
        raise web.HTTPFound(f"/help/{language}")

    async def _style(self, _: web.Request) -> web.Response:
        answer = web.Response(text=STYLE, content_type="text/css")
        answer.headers["Cache-Control"] = "public, max-age=3600"
        return answer

    def _paced(self, handle: Handle) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def paced(request: web.Request) -> web.Response:
            language = request.match_info["language"]
            if language not in LANGUAGES:
                return _html(told_page("en", "missing"), 404)
            wait_s = self._pace.reads.take(self._network_of(request), monotonic())
            if wait_s:
                answer = _html(told_page(language, "slowly"), 429)
                answer.headers["Retry-After"] = str(int(wait_s) + 1)
                return answer
            return await handle(request, language)

        return paced

    async def _list(self, request: web.Request, language: str) -> web.Response:
        words = " ".join(request.query.get("q", "")[:MOST_WORDS].split())
        found = await self._store.read(find_help, AskHelp(language, words))
        if words:
            kept = Search(PLACE, words, language, len(found))
            await keep_search(self._store, kept)  # nothing of who looks
        listed = [one.listed for one in found if one.listed.language in LANGUAGES]
        return _html(list_page(language, words, listed))

    async def _article(self, request: web.Request, language: str) -> web.Response:
        asked = AskPage(language, request.match_info["path"])
        article = await self._store.read(find_page, asked)
        if article is None:
            return _html(told_page(language, "missing"), 404)
        return _html(article_page(language, article))

    async def _picture(self, request: web.Request) -> web.StreamResponse:
        if self._pace.pictures.take(self._network_of(request), monotonic()):
            raise web.HTTPTooManyRequests
        file_id = request.match_info["file_id"]
        found = await self._store.read(find_picture, file_id) if is_id(file_id) else None
        if found is None:
            raise web.HTTPNotFound
        answer = web.FileResponse(self._blobs.path(found.blob_id))
        answer.content_type = found.media_type  # one of four: it was written anew
        answer.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
        answer.headers["X-Content-Type-Options"] = "nosniff"
        answer.headers["Cache-Control"] = "public, max-age=300"
        return answer

    async def _vote(self, request: web.Request, language: str) -> web.Response:
        path = request.match_info["path"]
        article = await self._store.read(find_page, AskPage(language, path))
        said = (await request.post()).get("helpful")
        if article is None or said not in ("yes", "no"):
            return _html(told_page(language, "missing"), 404)
        who = f"{self._network_of(request)} {article.path}"
        if not self._pace.votes.take(who, monotonic()):
            await self._store.write(vote_on_page, VotePage(language, path, said == "yes"))
        return _html(article_page(language, article, voted=True))


def _html(page: str, status: int = 200) -> web.Response:
    answer = web.Response(text=page, content_type="text/html", status=status)
    answer.headers["Content-Security-Policy"] = _POLICY
    return answer
