"""What Twilio posts of a guest of a call: a supervisor, or whoever is asked."""

from __future__ import annotations

from hub.channels.base import Door
from hub.channels.phone.front import Front
from hub.channels.phone.guests.news import GuestNews
from hub.channels.phone.guests.service import find_placed
from hub.channels.phone.guests.work import is_silenced
from hub.channels.phone.line import Line

from . import twiml
from .parse import parse_leg
from .requests import Webhook
from .twiml import Style


async def note_guest(door: Door, front: Front, line: Line, webhook: Webhook) -> None:
    """A guest's leg has changed; who took the call over is its agent by then."""
    event = parse_leg(webhook.params, webhook.connection_id, door.clock.now())
    if event is not None:
        await front.guest_happened(GuestNews(line.id, webhook.connection_id, event))


async def guest_answer(door: Door, style: Style, webhook: Webhook) -> str:
    """A guest has answered: into the room, unless the talk is over by now. Who may not hear it yet
    waits on the line.
    """
    placed = await door.store.write(find_placed, webhook.connection_id)
    if placed is None or placed.connection is None or not placed.connection.talking:
        return twiml.farewell(style, [])
    if placed.guest.over or placed.guest.released:
        return twiml.farewell(style, [])
    if await is_silenced(door, placed):
        return twiml.again_soon(style.urls("guest", placed.guest.id))
    return twiml.guest_room(style, placed.connection, placed.guest)
