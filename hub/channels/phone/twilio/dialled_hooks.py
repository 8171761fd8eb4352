"""What webhooks of a watched call of ours mean: who has picked up, and nobody is there for them."""

from __future__ import annotations

from hub.channels.base import Door
from hub.channels.phone.dialling import AnsweredBy, note_answered_by
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call, Watch
from hub.channels.phone.session import say

from . import twiml
from .parse import parse_answered_by
from .requests import Webhook
from .twiml import Style


async def note_who(door: Door, line: Line, webhook: Webhook) -> str:
    """Keep who has picked up, as the provider heard it."""
    who = parse_answered_by(webhook.params)
    if who is not None and webhook.connection_id is not None:
        news = AnsweredBy(line.id, webhook.connection_id, who)
        await door.store.write(note_answered_by, news)
    return twiml.nothing()


def nobody_here(style: Style, call: Call) -> str:
    """Return what a customer hears who has picked up and for whom no agent is there any more."""
    words = [] if call.watch is Watch.NOTHING else [say(call.language, "nobody_here")]
    return twiml.farewell(style, words)
