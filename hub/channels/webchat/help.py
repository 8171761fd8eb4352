"""The help before a chat, as the channel sees it: handed in, because a channel knows no articles.

What is told of it is for everybody: nothing here depends on who asks, but for the pace of an
address.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import msgspec


class AskHelp(NamedTuple):
    """`words` "": the newest. `languages`: the visitor's first, then what else may do.

    `continues`: the id of the search these words go on from, "" for a new one.
    """

    words: str
    languages: tuple[str, ...]
    continues: str = ""


class HelpHit(msgspec.Struct, frozen=True, kw_only=True):
    """An article in a list."""

    id: str
    title: str
    excerpt: str
    language: str


@dataclass(frozen=True, slots=True)
class HelpFound:
    """`search`: the id of the search as it is kept, "" where none is."""

    search: str
    articles: Sequence[HelpHit]


@dataclass(frozen=True, slots=True)
class HelpArticle:
    """`body` is harmless HTML; `page` its address at the hub, "" where it has none."""

    id: str
    title: str
    language: str
    body: str
    updated: str
    page: str


@dataclass(frozen=True, slots=True)
class HelpPicture:
    blob_id: str
    media_type: str


class Help(Protocol):
    """What customers may read. `address` is where a question comes from; each has its pace."""

    async def exists(self) -> bool:
        """Say whether there is anything to read; never waits for what is out of order."""

    async def find(self, ask: AskHelp, address: str) -> HelpFound:
        """Find what answers the words, the best first. Raises TooMany."""

    async def read(self, article_id: str, search: str, address: str) -> HelpArticle:
        """Return an article; `search` is the one that found it, or "". Raises NotFound, TooMany."""

    async def helped(self, article_id: str, address: str) -> None:
        """Count that an article helped, once a day for an address. Raises NotFound, TooMany."""

    async def picture(self, file_id: str, address: str) -> HelpPicture:
        """Return a picture of an article. Raises NotFound, TooMany."""

    async def titles(self, article_ids: Sequence[str]) -> list[str]:
        """Return the titles of articles, for who answers the chat; unknown ones are left out."""
