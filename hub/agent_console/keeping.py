"""The route that tells an admin what would go by days they consider."""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.care.keeping_preview import Considered, CountOriginals, Preview, preview_keeping
from hub.contacts.keeping.model import Why
from hub.customers.settings import Keep, Key, QueueKeep
from hub.storage import Store
from hub.web import Access, Body, route
from hub.web.shapes import View


class KeepingBody(Body, frozen=True):
    """Days as the set-up would say them; `queues`: of each queue that says something of its own."""

    keep: Keep
    queues: Annotated[dict[Key, QueueKeep], msgspec.Meta(max_length=1000)]


class GoingView(View, frozen=True, kw_only=True):
    """`n` are due by a rule (`what`: its key in the set-up without "_days"); `more`: it was looked
    at no further, there may be more.
    """

    what: str
    n: int
    more: bool


class StayingView(View, frozen=True, kw_only=True):
    """Of what was judged, `n` stay for now for a reason."""

    why: Why
    n: int
    more: bool


class KeepingView(View, frozen=True, kw_only=True):
    """What would go now, were it deleted by these days. Of contacts it is an upper bound: what is
    open, promised or held is found when it is judged. `originals_bytes`: of those counted.
    """

    going: list[GoingView]
    originals_bytes: int
    staying: list[StayingView]


class KeepingRoutes:
    """`count_originals`: how the channels do it that keep some."""

    def __init__(self, store: Store, count_originals: CountOriginals) -> None:
        self._store = store
        self._count_originals = count_originals

    @route(
        "POST",
        "/api/v1/setup/keeping/preview",
        access=Access.ADMIN,
        summary="What would go by some days of keeping, before they are in force",
    )
    async def preview_keeping(self, body: KeepingBody) -> KeepingView:
        asked = Considered(body.keep, body.queues, self._count_originals)
        return _view(await self._store.read(preview_keeping, asked))


def _view(found: Preview) -> KeepingView:
    return KeepingView(
        going=[GoingView(what=what, n=one.n, more=one.more) for what, one in found.going.items()],
        originals_bytes=found.originals_bytes,
        staying=[StayingView(why=why, n=one.n, more=one.more) for why, one in found.waits.items()],
    )
