"""What a key leads to in a menu. Pure: a place is the keys on the way to it.

A place is kept in the address that the provider asks next, so nothing is remembered between two
keys, a webhook told twice gives the same answer, and a restart loses nobody. "2o1": key 2, which
depends on hours and is open now, then key 1. A menu that was changed meanwhile begins anew where
a place is no more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from .model import Branch, Choice, Menu, PhoneMenu

PERSON = "0"
BACK = "*"
TRIES = 3  # the question and two repetitions
_OPEN, _CLOSED = "o", "c"
FIRST = ("", _CLOSED)  # from where nothing leads back
_PLACE = re.compile(r"^[1-9oc]{0,8}$")
IsOpen = Callable[[str], bool]
"""Are the hours of this name open now?"""


@dataclass(frozen=True, slots=True)
class Ask:
    """The caller is asked the menu at `place`. `tries`: how often they were asked in vain.

    `text`: what they hear first.
    """

    place: str
    tries: int = 0
    text: Branch | None = None


@dataclass(frozen=True, slots=True)
class Take:
    """The menu has ended here; `place`: the keys that were pressed."""

    branch: Branch
    place: str


def start(root: PhoneMenu, is_open: IsOpen) -> Ask | Take:
    """Return where a caller begins: at the choices, or where they come to while it is closed."""
    if root.closed is None or not root.hours or is_open(root.hours):
        return Ask("")
    if root.closed.does == "menu" and root.closed.menu is not None:
        return Ask(_CLOSED)
    return Take(root.closed, _CLOSED)


def menu_at(root: PhoneMenu, place: str) -> Menu | None:
    """Return the menu at a place; None where there is none (any more)."""
    if not _PLACE.match(place):
        return None
    menu: Menu | None = root
    branch: Branch | None = Branch(closed=root.closed)  # as it were one that goes by the hours
    for step in place:
        if step in (_OPEN, _CLOSED):
            sided = branch
            branch = None if sided is None else (sided.open if step == _OPEN else sided.closed)
        else:
            branch = None if menu is None else _choice(menu, step)
        menu = None if branch is None else branch.menu
    return menu


def press(root: PhoneMenu, ask: Ask, key: str, is_open: IsOpen) -> Ask | Take:
    """Return what follows when a caller who is asked presses `key`; "": they did nothing."""
    menu = menu_at(root, ask.place)
    if menu is None:
        return Ask("")
    if key == PERSON:
        return Take(Branch(), ask.place + PERSON)
    if key == BACK:
        return Ask(before(root, ask.place))
    chosen = _choice(menu, key) if key else None
    if chosen is None:
        if ask.tries + 1 >= TRIES:
            return _take(root, root.otherwise, ask.place, is_open)
        return Ask(ask.place, ask.tries + 1)
    return _follow(root, chosen, ask.place, ask.place + key, is_open)


def spoken_key(menu: Menu, language: str, words: str) -> str:
    """Return the key of the choice whose words a caller said; "" where none, or several, fit."""
    said = words.lower()
    fits = {
        choice.press
        for choice in menu.choices
        for word in choice.words.get(language, [])
        if word.strip() and word.strip().lower() in said
    }
    return fits.pop() if len(fits) == 1 else ""


def _follow(
    root: PhoneMenu, branch: Branch, came_from: str, place: str, is_open: IsOpen
) -> Ask | Take:
    if branch.does == "hours":
        side = _OPEN if is_open(branch.hours) else _CLOSED
        chosen = branch.open if side == _OPEN else branch.closed
        return _follow(root, chosen or Branch(), came_from, place + side, is_open)
    if branch.does == "menu" and branch.menu is not None:
        return Ask(place)
    if branch.does == "text":
        return Ask(came_from, text=branch)
    return Take(branch, place)


def _take(root: PhoneMenu, branch: Branch, place: str, is_open: IsOpen) -> Take:
    """Where callers go who choose nothing: never a question again."""
    found = _follow(root, branch, place, place, is_open)
    return found if isinstance(found, Take) else Take(Branch(), place)


def before(root: PhoneMenu, place: str) -> str:
    """Return the place of the menu from which one came here."""
    first = _CLOSED if place.startswith(_CLOSED) else ""
    while len(place) > len(first):
        place = place[:-1]
        if menu_at(root, place) is not None:
            return place
    return first


def label_of(root: PhoneMenu, place: str, language: str) -> str:
    """Return the words of the keys on the way to a place: "Repairs › Visit"."""
    labels: list[str] = []
    menu: Menu | None = root
    branch: Branch | None = Branch(closed=root.closed)  # as it were one that goes by the hours
    for step in place:
        if step in (_OPEN, _CLOSED):
            branch = None if branch is None else (branch.open if step == _OPEN else branch.closed)
        else:
            chosen = None if menu is None else _choice(menu, step)
            branch = chosen
            if chosen is not None:
                labels.append(chosen.label.get(language) or next(iter(chosen.label.values()), ""))
        menu = None if branch is None else branch.menu
    return " › ".join(filter(None, labels))


def _choice(menu: Menu, key: str) -> Choice | None:
    return next((choice for choice in menu.choices if choice.press == key), None)
