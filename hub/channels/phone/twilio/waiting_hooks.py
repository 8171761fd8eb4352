"""What Twilio asks for again and again while a caller waits."""

from __future__ import annotations

from hub.channels.phone.answer import Then
from hub.channels.phone.front import Front
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call
from hub.channels.phone.rounds import NOTHING_NEW, Round
from hub.channels.phone.service import Answered
from hub.contacts.inbound import Standing

from . import twiml
from .twiml import Style


async def a_round(
    front: Front,
    line: Line,
    style: Style,
    call: Call | None,
    standing: Standing | None,
    key: str | None = None,
) -> str:
    """Return the document of one round; one that leaves the queue where the call is not ours.

    It is kept under its `key` only with what is noted for it: who asks again where nothing was may
    hear how things stand then.
    """
    if call is None:
        return await front.keep(line.id, key, twiml.leave_queue())
    heard = await front.wait_round(line, call, standing)
    match heard.then:
        case Then.HANG_UP:
            text = twiml.farewell(style, heard.prompts)
        case Then.ASK_NUMBER:
            text = twiml.ask_number(style, heard.prompts)
        case Then.MESSAGE | Then.LEAVE:
            text = twiml.leave_queue_after(style, heard.prompts)
        case _:
            text = twiml.wait_round(style, heard.prompts, heard.switch)
            if heard.news == NOTHING_NEW:
                return text
    answered = None if key is None else Answered(line.id, key, text)
    return await front.keep_round(Round(call.id, heard.news, answered), text)
