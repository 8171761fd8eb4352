"""The Messages resource of the simulated provider's REST API."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from multidict import MultiDict

from .state import API_VERSION, Json
from .texts import SimText, TextError, Texts

_BASE = f"/{API_VERSION}/Accounts/{{account}}/Messages"
Refuse = Callable[[int, int, str], Exception]
Page = Callable[[str, list[Json], web.Request], Json]


class TextRoutes:
    """`form`: where a request's parameters are; `refuse`: an error as the API gives it (status,
    code, words); `page`: a list as the API gives it.
    """

    def __init__(
        self,
        texts: Texts,
        form: web.RequestKey[MultiDict[str]],
        refuse: Refuse,
        page: Page,
    ) -> None:
        self._texts = texts
        self._form = form
        self._refuse = refuse
        self._page = page

    def routes(self) -> list[web.RouteDef]:
        return [
            web.post(f"{_BASE}.json", self._create),
            web.get(f"{_BASE}.json", self._list),
            web.get(f"{_BASE}/{{sid}}.json", self._fetch),
            web.get(f"{_BASE}/{{sid}}/Media.json", self._list_media),
            web.get(f"{_BASE}/{{sid}}/Media/{{media}}", self._media),
        ]

    async def _create(self, request: web.Request) -> web.Response:
        try:
            text = self._texts.create(request[self._form])
        except TextError as error:
            raise self._refuse(400, error.code, str(error)) from None
        return web.json_response(text.resource(), status=201)

    async def _list(self, request: web.Request) -> web.Response:
        query = request.query
        since = query.get("DateSent>", "")[:10]
        found = [
            text.resource()
            for text in reversed(self._texts.all.values())
            if query.get("To", text.to) == text.to
            and query.get("From", text.from_) == text.from_
            and (not since or (text.sent_at and text.sent_at.date().isoformat() >= since))
        ]
        limit = int(query.get("PageSize", "50"))
        return web.json_response(self._page("messages", found[:limit], request))

    async def _fetch(self, request: web.Request) -> web.Response:
        return web.json_response(self._text(request).resource())

    async def _list_media(self, request: web.Request) -> web.Response:
        text = self._text(request)
        rows = [text.media_resource(one) for one in text.media]
        return web.json_response(self._page("media_list", rows, request))

    async def _media(self, request: web.Request) -> web.Response:
        text, sid = self._text(request), request.match_info["media"]
        one = next((one for one in text.media if one.sid == sid), None)
        if one is None:
            raise self._refuse(404, 20404, "The requested media was not found")
        return web.Response(body=one.data, content_type=one.content_type)

    def _text(self, request: web.Request) -> SimText:
        text = self._texts.all.get(request.match_info["sid"])
        if text is None:
            raise self._refuse(404, 20404, "The requested message was not found")
        return text
