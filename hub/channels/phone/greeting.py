"""Between the menu and the waiting room: the greeting, the notice, the question of consent.

Who hears them is in no queue yet: their wait, and all that is counted of it, begins when the
provider asks what they hear while they wait. Who hangs up before has not
waited, so has not abandoned: the hub files that they called, as of those who hang up in a menu.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from hub.storage import Tx

from .line import Line
from .menus.kept import has_chosen
from .model import Call, Step, Todo
from .rows import add_steps, get_call, save_call
from .service import Choose

LONGEST = timedelta(minutes=1)
"""Greeted for longer than that, the provider's question was lost: they wait."""

LONGEST_ASKED = 3 * LONGEST
"""The same, where they were asked whether a callback holds: to hear all of it takes its time."""


def is_greeted(call: Call, line: Line) -> bool:
    """Say whether nothing more is asked of a caller of whom the hub does not know yet."""
    asked_nothing = call.chosen is None and not line.settings.menu.choices
    return call.in_menu and (asked_nothing or has_chosen(call))


def waits_unheard(call: Call, line: Line, now: datetime) -> bool:
    """Say whether a caller who is still on the line must be in the waiting room by now."""
    if not call.in_menu:
        return False
    so_far = now - call.started_at
    if is_greeted(call, line):
        return so_far >= LONGEST
    return not line.settings.menu.choices and so_far >= LONGEST_ASKED


def greet_in(tx: Tx, choice: Choose) -> Call:
    """A caller is spoken to in a language that we know of them."""
    call = get_call(tx, choice.call_id)
    if not call.in_menu or call.leg.ended:
        return call
    greeted = replace(call, language=choice.language)
    save_call(tx, greeted)
    return greeted


def come_in(tx: Tx, call_id: str) -> Call:
    """A caller has come to the waiting room: the call is to be handed to the hub. Once; one that
    has ended meanwhile is filed as one that did not wait.
    """
    call = get_call(tx, call_id)
    if not call.in_menu or call.leg.ended:
        return call
    waits = replace(call, in_menu=False)
    save_call(tx, waits)
    add_steps(tx, call.id, (Step(Todo.INTAKE, tx.now),))
    return waits
