"""The help by the API: for a shop's own page, and for what stands before a chat."""

from __future__ import annotations

from time import monotonic
from typing import Annotated, Literal

import msgspec

from hub.core.budget import Budgets
from hub.core.errors import TooMany
from hub.core.networks import network_of
from hub.knowledge.searches import Search, keep_search
from hub.storage import Store
from hub.web import Access, Call, Query, route
from hub.web.shapes import View

from .render import LANGUAGES
from .service import AskHelp, find_help

PLACE = "widget"  # a page of the shop


class HelpQuery(Query, frozen=True):
    """`q`: words or a whole question; "" lists the newest."""

    q: Annotated[str, msgspec.Meta(max_length=500)] = ""
    language: Literal["zh", "en"] = "en"


class HelpRow(View, frozen=True):
    """`url` is the page's address at this hub."""

    title: str
    excerpt: str
    language: str
    url: str


class HelpRoutes:
    def __init__(self, store: Store, reads: Budgets) -> None:
        self._store = store
        self._reads = reads

    @route("GET", "/api/v1/help", access=Access.PUBLIC, summary="Find what customers may read")
    async def find(self, call: Call, query: HelpQuery) -> list[HelpRow]:
        if wait_s := self._reads.take(network_of(call.address), monotonic()):
            raise TooMany("Too many requests: try again in a moment.", retry_after_s=wait_s)
        ask = AskHelp(query.language, query.q)
        found = await self._store.read(find_help, ask)
        if query.q.strip():
            kept = Search(PLACE, ask.words, ask.language, len(found))
            await keep_search(self._store, kept)  # nothing of who looks
        return [
            HelpRow(
                title=one.listed.title,
                excerpt=one.listed.excerpt,
                language=one.language,
                url=f"/help/{one.listed.language}/{one.listed.path}",
            )
            for one in found
            if one.listed.language in LANGUAGES  # others have no page
        ]
