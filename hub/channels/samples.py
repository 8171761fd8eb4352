"""A mail that an admin shows to an entry point's settings, and what they read out of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Any

import msgspec

from hub.contacts.model import Channel
from hub.core.errors import NotFound, Unavailable
from hub.web import Access, Key, View, route

from .base import Sample
from .fax.pages import PageMaker
from .fax.recognising import PagesBusy
from .fax.trying import try_sample

LARGEST_BYTES = 12 * 1024 * 1024
Try = Callable[[Mapping[str, object], bytes, PageMaker], Awaitable[Sample]]
TRIES: Mapping[str, Try] = {Channel.FAX.value: try_sample}
"""By channel: what reads a mail. Where there is none, the pages offer none."""


class SampleMail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`settings`: of the entry point as the form has them now; `mail`: raw, in base64."""

    settings: dict[str, Any]
    mail: Annotated[bytes, msgspec.Meta(max_length=LARGEST_BYTES)]


class SampleRead(View, frozen=True):
    """`kind`: what the mail is, or why it is nothing; `facts`: what was found, by name."""

    kind: str
    facts: dict[str, str]


class SampleRoutes:
    """One reader of pages for all: a try waits for another, and takes nothing from real faxes."""

    def __init__(self) -> None:
        self._pages = PageMaker(at_once=1)

    @route(
        "POST",
        "/api/v1/entry-points/samples/{channel}",
        access=Access.ADMIN,
        summary="Read a sample mail as settings would; nothing is filed",
        limit_bytes=LARGEST_BYTES * 4 // 3 + 65_536,
    )
    async def read(self, channel: Key, body: SampleMail) -> SampleRead:
        reader = TRIES.get(channel)
        if reader is None:
            raise NotFound("No sample mail can be tried on this channel.")
        try:
            read = await reader(body.settings, body.mail, self._pages)
        except PagesBusy:
            raise Unavailable("Another sample is being read: try again in a moment.") from None
        return SampleRead(kind=read.kind, facts=dict(read.facts))
