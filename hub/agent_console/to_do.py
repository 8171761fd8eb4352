"""GET /me/to-do: what waits for this user and their teams besides the contacts in their hands.

Callbacks that are due, and what was missed: offers that ran out here, callers who gave up. Own
queues are those of one's teams, for admins too. Read when somebody looks, for one day.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, select

from hub.callbacks.reads import NearCallbacks, count_near, near_callbacks
from hub.callbacks.rules import plan_of
from hub.routing.tables import queue_teams
from hub.storage import Store, Tx
from hub.web import Access, Principal, View, route

from .callback_shapes import CallbackView
from .callback_views import callback_views
from .missed import MOST_MISSED, Missed, missed_of
from .readers import Reader, reader_of
from .rows import contact_rows
from .shapes import ContactRow

_AHEAD = timedelta(days=1)
_MOST = 100


class ToDoCounts(View, frozen=True):
    """How much waits; 100: that many or more. `missed`: what nobody has taken up since."""

    callbacks: int
    missed: int


class CallbackToDo(View, frozen=True):
    """`call_until`: from then on the customer may not be called for today; None: without an end."""

    callback: CallbackView
    identity_id: str
    call_until: datetime | None


class CallbacksToDo(View, frozen=True):
    """The next first. `more`: there are others within a day."""

    items: list[CallbackToDo]
    more: bool


class LaterView(View, frozen=True):
    """What became of it. `how`: taken (of itself), answered (a later contact of the customer's),
    waiting (such a one), callback (they are to be called back), closed.
    """

    how: str
    at: datetime
    by_name: str | None
    contact_id: str | None


class MissedView(View, frozen=True):
    """`offered`: it rang here. `at`: when the offer ran out, or the customer gave up. `identity_id`
    is a number of theirs that can be called. `later` None: nobody has taken it up.
    """

    contact: ContactRow
    offered: bool
    at: datetime
    waited_s: float
    identity_id: str | None
    later: LaterView | None


class MissedToDo(View, frozen=True):
    """What nobody has taken up first, then the newest. `more`: there are others of this day."""

    items: list[MissedView]
    more: bool


class ToDoRoutes:
    def __init__(self, store: Store, *, mask_numbers: bool) -> None:
        self._store = store
        self._masks = mask_numbers

    @route("GET", "/api/v1/me/to-do", access=Access.AGENT, summary="How much waits for me")
    async def counts(self, principal: Principal) -> ToDoCounts:
        return await self._store.read(read_counts, (principal, self._masks))

    @route(
        "GET",
        "/api/v1/me/to-do/callbacks",
        access=Access.AGENT,
        summary="Whom my queues have to call within a day",
    )
    async def callbacks(self, principal: Principal) -> CallbacksToDo:
        return await self._store.read(read_callbacks, (principal, self._masks))

    @route(
        "GET",
        "/api/v1/me/to-do/missed",
        access=Access.AGENT,
        summary="Offers I missed and callers of my queues who gave up, of one day",
    )
    async def missed(self, principal: Principal) -> MissedToDo:
        return await self._store.read(read_missed, (principal, self._masks))


def read_counts(tx: Tx, asked: tuple[Principal, bool]) -> ToDoCounts:
    """(user, are numbers masked for agents): return how much waits."""
    principal, masks = asked
    queue_ids = _own_queues(tx, principal)
    reader = reader_of(tx, principal, mask_numbers=masks)
    missed = missed_of(tx, reader.sight, queue_ids)
    return ToDoCounts(
        callbacks=count_near(tx, _near(tx, principal, queue_ids, _MOST)),
        missed=sum(one.waits for one in missed),
    )


def read_callbacks(tx: Tx, asked: tuple[Principal, bool]) -> CallbacksToDo:
    """(user, are numbers masked for agents): return whom their queues have to call."""
    principal, masks = asked
    reader = reader_of(tx, principal, mask_numbers=masks)
    rows = near_callbacks(tx, _near(tx, principal, _own_queues(tx, principal), _MOST + 1))
    shown = rows[:_MOST]
    return CallbacksToDo(
        items=[
            CallbackToDo(callback=view, identity_id=row.identity_id, call_until=_until(reader, row))
            for row, view in zip(shown, callback_views(tx, reader, shown), strict=True)
        ],
        more=len(rows) > _MOST,
    )


def read_missed(tx: Tx, asked: tuple[Principal, bool]) -> MissedToDo:
    """(user, are numbers masked for agents): return what was missed, and what became of it."""
    principal, masks = asked
    reader = reader_of(tx, principal, mask_numbers=masks)
    found = missed_of(tx, reader.sight, _own_queues(tx, principal))
    found.sort(key=lambda one: not one.waits)
    rows = contact_rows(tx, reader, [one.contact for one in found])
    items = [_view(one, row) for one, row in zip(found, rows, strict=True)]
    return MissedToDo(items=items, more=len(found) >= MOST_MISSED)


def _own_queues(tx: Tx, principal: Principal) -> Sequence[str]:
    found = select(queue_teams.c.queue_id).where(
        queue_teams.c.team_id.in_(sorted(principal.team_ids))
    )
    return tx.execute(found.distinct()).scalars().all()


def _near(tx: Tx, principal: Principal, queue_ids: Sequence[str], most: int) -> NearCallbacks:
    return NearCallbacks(queue_ids, principal.user_id, tx.now + _AHEAD, most)


def _until(reader: Reader, row: Row[Any]) -> datetime | None:
    """A callback that waits is called from its time on; one in the queue has its end already."""
    if row.state != "waiting" or row.due_at is None:
        ends: datetime | None = row.due_at
        return ends
    return plan_of(reader.settings, row.queue_id).times.closes(row.due_at)


def _view(one: Missed, row: ContactRow) -> MissedView:
    later = one.later
    return MissedView(
        contact=row,
        offered=one.offered,
        at=one.at,
        waited_s=max(0.0, ((one.contact.closed_at or one.at) - row.enqueued_at).total_seconds()),
        identity_id=one.contact.identity_id if one.can_be_called else None,
        later=None
        if later is None
        else LaterView(
            how=later.how, at=later.at, by_name=later.by_name, contact_id=later.contact_id
        ),
    )
