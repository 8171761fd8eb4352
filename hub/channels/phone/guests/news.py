"""News of guests' legs and seats, as the provider tells them."""

from __future__ import annotations

from typing import NamedTuple

from hub.channels.phone.model import LegEvent, Role, RoomEvent
from hub.channels.phone.rows import find_connection, get_call
from hub.channels.phone.service import fold
from hub.storage import Tx

from .model import SeatEvent
from .service import find_guest, fold_news


class GuestNews(NamedTuple):
    """`sequence`, `room_sid`: as of a room's event; 0 and None of a leg's."""

    entry_point_id: str
    guest_id: str
    event: LegEvent | SeatEvent
    sequence: int = 0
    room_sid: str | None = None


def apply_guest_news(tx: Tx, news: GuestNews) -> bool:
    """Fold news of a guest; who has taken the call over is its agent. False: no guest of ours."""
    guest = find_guest(tx, news.guest_id)
    if guest is None:
        return False
    call = get_call(tx, guest.call_id)
    if call.entry_point_id != news.entry_point_id:
        return False
    fold_news(tx, guest, news.event)
    connection = find_connection(tx, guest.id) if guest.adopted else None
    if connection is None:
        return True
    event: LegEvent | RoomEvent
    if isinstance(news.event, SeatEvent):
        event = RoomEvent(
            connection.id,
            Role.AGENT,
            news.event.moment,
            news.event.at,
            news.sequence,
            news.room_sid,
        )
    else:
        event = news.event
    fold(tx, call, connection, event)
    return True
