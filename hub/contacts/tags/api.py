"""Routes of tags themselves; putting them on contacts is the desk's (agent_console/tagging.py)."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.accounts.model import actor_of
from hub.storage import Store
from hub.web import Access, Body, Page, Principal, View, route
from hub.web import Key as Id

from . import service
from .model import Colour, Key, Name

Version = Annotated[int, msgspec.Meta(ge=1, le=2**31 - 1)]


class TagView(View, frozen=True):
    """`retired`: on contacts of the past only."""

    id: str
    zh: str
    en: str
    colour: Colour
    retired: bool
    version: int


class NewTag(Body, frozen=True):
    key: Key
    zh: Name
    en: Name
    colour: Colour = Colour.GREY


class TagChange(Body, frozen=True):
    """`version`: of the tag as it was shown; an older one is refused (409)."""

    version: Version
    zh: Name
    en: Name
    colour: Colour
    retired: bool = False


class TagRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route("GET", "/api/v1/tags", access=Access.AGENT, summary="List tags, retired ones too")
    async def list_all(self) -> Page[TagView]:
        return Page(items=await self._list())

    @route("POST", "/api/v1/tags", access=Access.ADMIN, summary="Make a tag", status=201)
    async def add(self, principal: Principal, body: NewTag) -> Page[TagView]:
        command = service.AddTag(actor_of(principal), body.key, body.zh, body.en, body.colour)
        await self._store.write(service.add_tag, command)
        return Page(items=await self._list())

    @route("PUT", "/api/v1/tags/{tag_id}", access=Access.ADMIN, summary="Change or retire a tag")
    async def change(self, principal: Principal, tag_id: Id, body: TagChange) -> Page[TagView]:
        command = service.ChangeTag(
            actor_of(principal), tag_id, body.version, body.zh, body.en, body.colour, body.retired
        )
        await self._store.write(service.change_tag, command)
        return Page(items=await self._list())

    async def _list(self) -> list[TagView]:
        rows = await self._store.read(service.list_tags, None)
        return [
            TagView(
                id=row.id,
                zh=row.zh,
                en=row.en,
                colour=row.colour,
                retired=row.retired,
                version=row.version,
            )
            for row in rows
        ]
