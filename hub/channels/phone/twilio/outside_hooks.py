"""What comes for a caller who has left the waiting room: a message, or a number outside."""

from __future__ import annotations

from hub.channels.base import Door
from hub.channels.phone.answer import Question
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call
from hub.channels.phone.overflow import LONGEST, Outside, answer_outside, goes_outside
from hub.channels.phone.session import say

from . import twiml
from .requests import Webhook
from .twiml import Style


def after_waiting(style: Style, line: Line, call: Call) -> str | None:
    """Return the document for a caller whom we told to leave; None: they were not."""
    if call.voicemail:
        return twiml.take_message(style, [say(call.language, "leave_message")])
    if not goes_outside(line, call):
        return None
    rules, told = line.settings, style.urls("outside", call.id)  # before they are joined
    where = twiml.Outside(rules.longest_number, line.entry_point.address, rules.dial_s, told)
    question = Question(LONGEST, call.language)
    return twiml.put_through(style, [say(call.language, "through")], question, where)


async def outside_answered(door: Door, line: Line, style: Style, webhook: Webhook) -> str:
    """Join who picked up, or let them go where an agent has the caller by now."""
    named = Outside(line.id, webhook.connection_id or "")
    taken = await door.store.write(answer_outside, named)
    return twiml.nothing() if taken else twiml.farewell(style, [])
