"""The board of calls that are going on now: who waits, rings, talks, is held, and who is with them.

Customers as the reader may know them; a supervisor sees the calls of their own queues.
"""

from __future__ import annotations

from collections import defaultdict

from hub.contacts.guests.service import list_open
from hub.contacts.model import ContactState
from hub.storage import Store, Tx
from hub.web import Access, Principal, View, route

from .call_guests import GuestView, guest_view, sees_guest
from .joining_views import Capabilities
from .lists import ContactFilter, find_contacts
from .readers import reader_of
from .rows import contact_rows
from .shapes import ContactRow

_MOST = 200  # of each group
_ON_THE_LINE = frozenset({ContactState.CONNECTING, ContactState.ACTIVE, ContactState.HOLD})
_WAITING = frozenset({ContactState.QUEUED, ContactState.OFFERED})


class LiveCall(View, frozen=True):
    """`contact.state`: queued and offered wait, connecting rings, active talks, hold is held."""

    contact: ContactRow
    guests: list[GuestView]


class LiveCalls(View, frozen=True):
    """`more`: there are further calls that are not shown."""

    calls: list[LiveCall]
    more: bool


class LiveCallRoutes:
    def __init__(self, store: Store, capabilities: Capabilities, *, mask_numbers: bool) -> None:
        self._store = store
        self._mask_numbers = mask_numbers
        self._channels = sorted(kind for kind, can in capabilities.items() if can.call)

    @route(
        "GET",
        "/api/v1/board/calls",
        access=Access.SUPERVISOR,
        summary="The calls that are going on now",
    )
    async def calls(self, principal: Principal) -> LiveCalls:
        return await self._store.read(self._read, principal)

    def _read(self, tx: Tx, principal: Principal) -> LiveCalls:
        reader = reader_of(tx, principal, mask_numbers=self._mask_numbers)
        rows, more = [], False
        for channel in self._channels:
            for states in (_ON_THE_LINE, _WAITING):
                wanted = ContactFilter(states, channel, "", _MOST)
                found = find_contacts(tx, reader.sight, reader.settings, wanted)
                rows += found.rows
                more = more or found.after is not None
        guests: defaultdict[str, list[GuestView]] = defaultdict(list)
        queues = {row.id: row.queue_id for row in rows}
        for guest in list_open(tx, list(queues)):
            if sees_guest(reader, guest, queues[guest.contact_id]):
                guests[guest.contact_id].append(guest_view(reader, guest))
        shown = contact_rows(tx, reader, rows)
        return LiveCalls(
            calls=[LiveCall(contact=row, guests=guests[row.id]) for row in shown], more=more
        )
