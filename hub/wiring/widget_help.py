"""The help before a chat, made of the knowledge store: what the help pages say, at their pace."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from time import monotonic

from hub.channels.webchat.help import (
    AskHelp,
    HelpArticle,
    HelpFound,
    HelpHit,
    HelpPicture,
)
from hub.core.budget import Budgets
from hub.core.errors import NotFound, TooMany, Unavailable
from hub.core.ids import is_id
from hub.core.networks import network_of
from hub.knowledge.help.pace import HelpPace
from hub.knowledge.help.service import (
    AskLanguages,
    Readable,
    find_help_in,
    find_picture,
    find_readable,
    has_help,
    titles_of,
    vote_helped,
)
from hub.knowledge.searches import Opened, Search, keep_search, note_opened
from hub.storage import Store

PLACE = "widget"
MOST_SHOWN = 6
LOOKS_AGAIN_S = 30.0  # for whether there is anything to read


class WidgetHelp:
    """Implements `hub.channels.webchat.help.Help`."""

    def __init__(self, store: Store, pace: HelpPace) -> None:
        self._store = store
        self._pace = pace
        self._exists = False
        self._looked_at_s = -LOOKS_AGAIN_S

    async def exists(self) -> bool:
        """As the port says; looked up at most every half minute, for all widgets."""
        if monotonic() - self._looked_at_s >= LOOKS_AGAIN_S:
            self._looked_at_s = monotonic()  # also where it fails: an outage holds up one widget
            with suppress(Unavailable):  # most likely it is as it was
                self._exists = await self._store.read(has_help, None)
        return self._exists

    async def find(self, ask: AskHelp, address: str) -> HelpFound:
        """As the port says; what is looked for is kept, nothing of who looks."""
        _take(self._pace.reads, address)
        found = await self._store.read(find_help_in, AskLanguages(ask.languages, ask.words))
        kept = None
        if ask.words:
            search = Search(
                PLACE, ask.words, ask.languages[0], len(found), continues=ask.continues or None
            )
            kept = await keep_search(self._store, search)
        hits = [
            HelpHit(
                id=one.id,
                title=one.listed.title,
                excerpt=one.listed.excerpt,
                language=one.language,
            )
            for one in found[:MOST_SHOWN]
        ]
        return HelpFound(kept or "", hits)

    async def read(self, article_id: str, search: str, address: str) -> HelpArticle:
        _take(self._pace.reads, address)
        article = await self._readable(article_id)
        if search:
            await self._note(Opened(search, article.id))
        return HelpArticle(
            id=article.id,
            title=article.title,
            language=article.language,
            body=article.body,
            updated=article.updated,
            page=article.page,
        )

    async def helped(self, article_id: str, address: str) -> None:
        _take(self._pace.reads, address)
        article = await self._readable(article_id)
        if not self._pace.votes.take(f"{network_of(address)} {article.path}", monotonic()):
            await self._store.write(vote_helped, article.id)

    async def picture(self, file_id: str, address: str) -> HelpPicture:
        _take(self._pace.pictures, address)
        found = await self._store.read(find_picture, file_id)
        if found is None:
            raise NotFound("There is no such picture.")
        return HelpPicture(found.blob_id, found.media_type)

    async def titles(self, article_ids: Sequence[str]) -> list[str]:
        wanted = tuple(one for one in article_ids if is_id(one))
        try:
            return await self._store.read(titles_of, wanted) if wanted else []
        except Unavailable:
            return []  # the message comes in all the same

    async def _readable(self, article_id: str) -> Readable:
        article = await self._store.read(find_readable, article_id)
        if article is None:
            raise NotFound("This article is no longer there.")
        return article

    async def _note(self, opened: Opened) -> None:
        try:
            await self._store.write(note_opened, opened)
        except Unavailable:
            return  # the article is read all the same


def _take(budget: Budgets, address: str) -> None:
    if wait_s := budget.take(network_of(address), monotonic()):
        raise TooMany("Too many requests: try again in a moment.", retry_after_s=wait_s)
