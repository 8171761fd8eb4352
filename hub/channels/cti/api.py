"""What an admin sees of a PBX while it is being connected: what it told, and what was refused."""

from __future__ import annotations

from datetime import datetime

from hub.core.errors import NotFound
from hub.storage import Store
from hub.web import Access, Key, View, route

from .events import PbxEvent
from .service import find_point, read_state
from .settings import pbx_of


class PbxEventView(View, frozen=True):
    """One event as it was read. `number`: its last digits, by which one knows a test call."""

    received_at: datetime
    call_id: str
    kind: str
    direction: str | None
    number: str
    extension: str


class PbxStateView(View, frozen=True):
    """The newest events, and how many requests were not proven to be the PBX's."""

    events: list[PbxEventView]
    refused: int
    refused_at: datetime | None


class PbxRoutes:
    def __init__(self, store: Store) -> None:
        self._store = store

    @route(
        "GET",
        "/api/v1/entry-points/{key}/pbx",
        access=Access.ADMIN,
        summary="What the PBX of an entry point told last",
    )
    async def state(self, key: Key) -> PbxStateView:
        point = await self._store.read(find_point, key)
        if point is None or pbx_of(point.settings) is None:
            raise NotFound("There is no such entry point of a PBX.")
        state = await self._store.read(read_state, key)
        return PbxStateView(
            events=[_view(at, event) for at, event in state.last],
            refused=state.refused,
            refused_at=state.refused_at,
        )


def _view(at: datetime, event: PbxEvent) -> PbxEventView:
    return PbxEventView(
        received_at=at,
        call_id=event.call_id,
        kind=event.kind,
        direction=event.direction,
        number=event.number[-4:],
        extension=event.extension,
    )
