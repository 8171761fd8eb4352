"""What Twilio posts of a caller in a menu, read: hostile values give the first menu, never a fault.

The question is in the address that we made, which is signed; it is read as if it were not.
"""

from __future__ import annotations

from collections.abc import Mapping

from hub.channels.phone import overflow
from hub.channels.phone.answer import Answer, Question, Then
from hub.channels.phone.front import Front
from hub.channels.phone.line import Line
from hub.channels.phone.menus.front import MENU, Said
from hub.channels.phone.model import Call

from .requests import Webhook

_LONGEST_WORDS = 200
_LONGEST_PLACE = 16


def question_in(query: Mapping[str, str], call: Call) -> Question:
    """Return the question that was asked, from the query of its address."""
    tries = query.get("tries", "")
    return Question(
        which=query.get("which", MENU),
        language=call.language,
        place=query.get("at", "")[:_LONGEST_PLACE],
        tries=int(tries) if len(tries) == 1 and tries.isascii() and tries.isdigit() else 0,
    )


def said_in(params: Mapping[str, str]) -> Said:
    """Return what the caller did: a key, or words as the provider heard them."""
    return Said(params.get("Digits", "")[:1], params.get("SpeechResult", "")[:_LONGEST_WORDS])


def was_reached(params: Mapping[str, str]) -> bool:
    """Say whether the number that was dialled has answered."""
    return params.get("DialCallStatus", "") in ("completed", "answered")


async def menu_answer(front: Front, line: Line, call: Call | None, webhook: Webhook) -> Answer:
    """What follows a key or words in a menu; goodbye to a call that is not ours."""
    if call is None:
        return Answer((), Then.HANG_UP)
    question, said = question_in(webhook.query, call), said_in(webhook.params)
    return await front.menus.answered(line, call, question, said)


async def through_answer(front: Front, line: Line, call: Call | None, webhook: Webhook) -> Answer:
    """What follows a talk outside, or that none came about."""
    if call is None:
        return Answer((), Then.HANG_UP)
    if webhook.query.get("which") == overflow.LONGEST:
        return overflow.back(call)
    place, reached = question_in(webhook.query, call).place, was_reached(webhook.params)
    return await front.menus.put_through(line, call, place, reached=reached)
