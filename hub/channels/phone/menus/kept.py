"""What a caller chose, kept with their call as JSON until the hub knows of it, and after."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import msgspec

from hub.channels.phone.model import Call, Step, Todo
from hub.channels.phone.rows import add_steps, get_call, save_call
from hub.contacts.inbound import Chosen, Scalar
from hub.storage import Tx


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`place`: the keys; `label`: their words in the line's language. `does`: what came of it.
    `speaks`: the caller chose the language. `matter`: the id of what they said they call about.
    `done`: they have chosen, and come to the waiting room once they have heard what is said first.
    """

    does: str = "queue"
    place: str = ""
    label: str = ""
    speaks: bool = False
    number: str = ""
    matter: str = ""
    chosen: Chosen = Chosen()
    done: bool = False


class Noted(NamedTuple):
    call_id: str
    kept: Kept
    language: str | None = None


def note_choice(tx: Tx, noted: Noted) -> Call:
    """Remember what a caller in the menu chose so far; who has left it, or is done,
    changes nothing.
    """
    call = get_call(tx, noted.call_id)
    if not call.in_menu or call.leg.ended or has_chosen(call):
        return call
    return _saved(tx, call, noted)


def leave_menu(tx: Tx, noted: Noted) -> Call:
    """The caller has chosen: the call is to be handed to the hub. Once; the first choice stands."""
    call = get_call(tx, noted.call_id)
    if not call.in_menu or call.leg.ended:
        return call
    left = _saved(tx, call, noted, in_menu=False)
    add_steps(tx, call.id, (Step(Todo.INTAKE, tx.now),))
    return left


def _saved(tx: Tx, call: Call, noted: Noted, *, in_menu: bool = True) -> Call:
    changed = replace(
        call,
        chosen=msgspec.json.encode(noted.kept).decode(),
        language=noted.language or call.language,
        in_menu=in_menu,
    )
    save_call(tx, changed)
    return changed


def chosen_of(call: Call) -> Kept | None:
    """Return what the caller chose; None: they were asked nothing, or said nothing."""
    return None if call.chosen is None else msgspec.json.decode(call.chosen, type=Kept)


def has_chosen(call: Call) -> bool:
    """Say whether a caller has chosen and only hears now what is said before the waiting room."""
    kept = chosen_of(call)
    return kept is not None and kept.done


def comes_to_queue(call: Call) -> bool:
    """Say whether a caller who has chosen comes to a queue."""
    kept = chosen_of(call)
    return kept is None or kept.does == "queue"


def waits_for_agent(call: Call) -> bool:
    """Say whether the caller comes to a queue: else the call is filed, and nobody is asked."""
    return not call.in_menu and comes_to_queue(call)


def queue_chosen(call: Call) -> Chosen | None:
    """Return the way that the caller chose, for what they leave besides: a message."""
    kept = chosen_of(call)
    return None if kept is None else kept.chosen


def menu_facts(call: Call, *, greeted: bool) -> dict[str, Scalar]:
    """Return what is kept on the timeline of the way through the menu, for screens to say.

    `greeted`: nothing more was asked of them when they hung up; they were on the way to wait.
    """
    kept = chosen_of(call)
    left = "greeting" if greeted else "left"
    if kept is None and not call.in_menu:
        return {}
    kept = kept or Kept()
    given = {
        "menu": left if call.in_menu and not kept.number else kept.does,
        "menu_keys": kept.place,
        "menu_label": kept.label,
        "menu_number": kept.number,
        "menu_matter": kept.matter,
    }
    facts: dict[str, Scalar] = {name: value for name, value in given.items() if value}
    if call.leg.ended_at is not None:
        facts["duration_s"] = max(0, round((call.leg.ended_at - call.started_at).total_seconds()))
    return facts
