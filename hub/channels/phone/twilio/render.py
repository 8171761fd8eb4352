"""The document for each answer of the front. Pure."""

from __future__ import annotations

from hub.channels.phone.answer import Answer, Then
from hub.channels.phone.line import Line
from hub.channels.phone.model import Call, Connection

from . import twiml
from .twiml import Style


def render(style: Style, line: Line, answer: Answer) -> str:
    """Return the document for an answer."""
    match answer.then:
        case Then.WAIT:
            return twiml.waiting_room(style, answer.prompts)
        case Then.CONSENT:
            return twiml.ask_consent(style, answer.prompts, style.urls("consent"))
        case Then.ASK_NUMBER if answer.after:
            return twiml.ask_number_closed(
                style, answer.prompts, answer.after, message=line.settings.voicemail
            )
        case Then.ASK_NUMBER:
            return twiml.ask_number(style, answer.prompts)
        case Then.MESSAGE | Then.HANG_UP if answer.after:
            message = answer.then is Then.MESSAGE
            return twiml.closed(style, answer.prompts, answer.after, message=message)
        case Then.MESSAGE:
            return twiml.take_message(style, answer.prompts)
        case Then.HANG_UP:
            return twiml.farewell(style, answer.prompts)
        case Then.REFUSE:
            return twiml.refuse()
        case Then.ASK if answer.question is not None:
            return twiml.ask(style, answer.prompts, answer.question)
        case Then.PUT_THROUGH if answer.question is not None:
            outside = twiml.Outside(answer.number, line.entry_point.address, line.settings.dial_s)
            return twiml.put_through(style, answer.prompts, answer.question, outside)
        case _:
            raise AssertionError(f"{answer.then} lacks its question")


def into_room(style: Style, connection: Connection, call: Call, heard: Answer) -> str:
    """Into the room, once the customer knows of the recording, or has answered."""
    if heard.then is Then.CONSENT:
        action = style.urls("customer-consent", connection.id)
        return twiml.ask_consent(style, heard.prompts, action)
    style = twiml.for_caller(style, call)
    return twiml.customer_room(style, connection, call.language, heard.prompts)
