"""Who has waited longest goes on: to another queue, to a number outside, or is to be called back.

Each once for a call. Who has waited as long again after that is asked for a message, or it is
goodbye. The contact keeps its place all the while: whoever is not reached outside, or confirms no
number, waits on as if nothing had been. A queue in which nobody works now is no way on.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from hub.channels.base import Door
from hub.contacts.inbound import Standing
from hub.contacts.model import ContactState
from hub.core.errors import NotFound
from hub.storage import Tx

from . import callback_talk
from .answer import Answer, Then
from .line import Line
from .model import Call, Step, Todo
from .rounds import News
from .rows import add_steps, find_newest_connection, get_call, save_call
from .sender import sender_of
from .service import start_voicemail
from .session import say

LONGEST = "longest"  # the question of a call outside that no menu led to


def is_too_long(line: Line, call: Call, standing: Standing, now: datetime) -> bool:
    """Say whether a caller has waited longer than anybody is to; never while somebody is asked."""
    most_s = line.settings.longest_wait_s
    if not most_s or standing.state != ContactState.QUEUED or call.outbound:
        return False
    if call.overflowed_at is not None:
        return (now - call.overflowed_at).total_seconds() >= most_s
    return standing.waited_s >= most_s


async def follow(door: Door, line: Line, call: Call, standing: Standing, news: News) -> Answer:
    """Return what comes for a caller who has waited longest."""
    rules = line.settings
    sorry = say(call.language, "long_wait")
    if call.overflowed_at is None:
        match rules.after_longest:
            case "queue" if await _is_open(door, line, call):
                await door.store.write(overflow, Overflow(call.id, rules.longest_queue))
                return Answer((say(call.language, "other_team"),), Then.WAIT, news=news)
            case "number" if rules.longest_number:
                await door.store.write(overflow, Overflow(call.id))
                return Answer((sorry,), Then.LEAVE, news=news)
            case "callback" if standing.callback is not None:
                await door.store.write(overflow, Overflow(call.id))
                number = call.callback_number or call.customer_address
                asked = callback_talk.ask(call.language, number, line.entry_point.address)
                return Answer((sorry, *asked), Then.ASK_NUMBER, news=news)
            case _:
                pass
    if rules.voicemail and rules.after_longest != "goodbye":
        await door.store.write(start_voicemail, call.id)
        return Answer((sorry,), Then.MESSAGE, news=news)
    return Answer((sorry, say(call.language, "bye")), Then.HANG_UP, news=news)


async def _is_open(door: Door, line: Line, call: Call) -> bool:
    """Say whether anybody could take the caller in the queue to go on to, in the present hours."""
    queue_id = line.settings.longest_queue
    if not queue_id:
        return False
    return (await door.recognise(line.id, sender_of(call), queue_id)).open_now


def goes_outside(line: Line, call: Call) -> bool:
    """Say whether a caller has left the waiting room for the number outside."""
    outside = line.settings.after_longest == "number" and bool(line.settings.longest_number)
    return outside and call.overflowed_at is not None and not call.voicemail


def back(call: Call) -> Answer:
    """Return what comes once the number outside has ended, or was not reached: then they wait on at
    their place.
    """
    if call.outside_at is not None or call.leg.ended:
        return Answer((), Then.HANG_UP)
    return Answer((say(call.language, "waits_on"),), Then.WAIT)


class Overflow(NamedTuple):
    """`queue_id`: where they wait from now on; "": where they do."""

    call_id: str
    queue_id: str = ""


def overflow(tx: Tx, order: Overflow) -> None:
    """Remember that a caller has waited longest; once for a call."""
    call = get_call(tx, order.call_id)
    if call.overflowed_at is not None or call.leg.ended:
        return
    save_call(tx, replace(call, overflowed_at=tx.now))
    if order.queue_id:
        add_steps(tx, call.id, (Step(Todo.TELL_OVERFLOWED, tx.now, detail=order.queue_id),))


class Outside(NamedTuple):
    entry_point_id: str
    call_id: str


def answer_outside(tx: Tx, named: Outside) -> bool:
    """The number outside has picked up: the caller is theirs, and no agent's. False: an agent has
    the caller by now, or they are gone, or nobody knows of them.
    """
    try:
        call = get_call(tx, named.call_id)
    except NotFound:
        return False
    if call.entry_point_id != named.entry_point_id:
        return False
    if call.outside_at is not None:
        return True
    agent = find_newest_connection(tx, call.id)
    if call.leg.ended or (agent is not None and not agent.over and not agent.released):
        return False
    save_call(tx, replace(call, outside_at=tx.now))
    add_steps(tx, call.id, (Step(Todo.TELL_OUTSIDE, tx.now),))
    return True
