"""What is wrong with a menu, each fault by its place in the settings. Pure.

Which queues, skills, reasons and hours there are is known to the set-up alone (hub/setup/menus.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hub.core.errors import Fault

from .model import DEEPEST, Branch, Choice, Menu, PhoneMenu

_MOST_BRANCHES = 100


def check_menu(menu: PhoneMenu, languages: Sequence[str]) -> list[Fault]:
    """Return the faults of a menu that is offered in `languages`; the path begins with "menu"."""
    if not menu.choices:
        return []
    faults = list(_menu(menu, "menu", languages, depth=1))
    faults += _branch(menu.otherwise, "menu.otherwise", languages, depth=1)
    if menu.otherwise.does in ("menu", "text"):
        faults.append(Fault("menu.otherwise.does", "must lead on: not to a menu or a text"))
    if menu.hours and menu.closed is None:
        faults.append(Fault("menu.closed", "is missing"))
    if menu.closed is not None:
        faults += _branch(menu.closed, "menu.closed", languages, depth=1)
        if menu.closed.does == "hours":
            faults.append(Fault("menu.closed.does", "cannot depend on hours again"))
    if _count(menu) > _MOST_BRANCHES:
        faults.append(Fault("menu", f"has more than {_MOST_BRANCHES} branches"))
    return faults


def _menu(menu: Menu, path: str, languages: Sequence[str], *, depth: int) -> Iterator[Fault]:
    if depth > DEEPEST:
        yield Fault(path, f"is more than {DEEPEST} menus deep: nobody keeps the way in mind")
        return
    if not menu.choices:
        yield Fault(f"{path}.choices", "is empty: a menu needs a choice")
    seen: set[str] = set()
    for index, choice in enumerate(menu.choices):
        there = f"{path}.choices[{index}]"
        if choice.press in seen:
            yield Fault(f"{there}.press", f"the key {choice.press} is used more than once")
        seen.add(choice.press)
        yield from _missing(choice.label, f"{there}.label", languages)
        yield from _branch(choice, there, languages, depth=depth)
    yield from _same_words(menu.choices, path)


def _branch(one: Branch, path: str, languages: Sequence[str], *, depth: int) -> Iterator[Fault]:
    match one.does:
        case "menu" if one.menu is None:
            yield Fault(f"{path}.menu", "is missing")
        case "menu" if one.menu is not None:
            yield from _menu(one.menu, f"{path}.menu", languages, depth=depth + 1)
        case "text":
            yield from _missing(one.text, f"{path}.text", languages)
        case "number" if not one.number:
            yield Fault(f"{path}.number", "is missing: a number in E.164, like +862155501000")
        case "hours":
            yield from _hours(one, path, languages, depth=depth)
        case _:
            return


def _hours(one: Branch, path: str, languages: Sequence[str], *, depth: int) -> Iterator[Fault]:
    if not one.hours:
        yield Fault(f"{path}.hours", "is missing: name the hours that decide")
    for name, side in (("open", one.open), ("closed", one.closed)):
        if side is None:
            yield Fault(f"{path}.{name}", "is missing")
        elif side.does == "hours":
            yield Fault(f"{path}.{name}.does", "cannot depend on hours again")
        else:
            yield from _branch(side, f"{path}.{name}", languages, depth=depth)


def _missing(texts: Mapping[str, str], path: str, languages: Sequence[str]) -> Iterator[Fault]:
    for language in languages:
        if not texts.get(language, "").strip():
            yield Fault(f"{path}.{language}", "is missing: callers are offered this language")


def _same_words(choices: Sequence[Choice], path: str) -> Iterator[Fault]:
    seen: set[tuple[str, str]] = set()
    for index, choice in enumerate(choices):
        for language, words in choice.words.items():
            for word in {word.strip().lower() for word in words}:
                if (language, word) in seen:
                    where = f"{path}.choices[{index}].words.{language}"
                    yield Fault(where, f"{word!r} is said for another choice, too")
                seen.add((language, word))


def _count(menu: Menu) -> int:
    return sum(1 + _below(choice) for choice in menu.choices)


def _below(one: Branch) -> int:
    inside = 0 if one.menu is None else _count(one.menu)
    return inside + sum(1 + _below(side) for side in (one.open, one.closed) if side is not None)
