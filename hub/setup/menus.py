"""What menus of entry points refer to: queues, skills, reasons and hours of the set-up. Pure.

A menu is a channel's own setting; what is wrong with it by itself its channel says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from hub.core.errors import Fault

from .hours import named_hours
from .model import Setup
from .naming import refer
from .parts import Reason

_DEEPEST = 16  # of what is written; a channel refuses much less


def menu_problems(setup: Setup, path: str, settings: Mapping[str, object]) -> Iterator[Fault]:
    """Yield what a menu in the settings of an entry point names that is not there."""
    menu = settings.get("menu")
    if isinstance(menu, Mapping):
        known = _Known(setup)
        yield from _menu(known, f"{path}.menu", menu, _DEEPEST)
        for name in ("otherwise", "closed"):
            yield from _branch(known, f"{path}.menu.{name}", menu.get(name), _DEEPEST)
        if isinstance(hours := menu.get("hours"), str) and hours:
            yield from refer(f"{path}.menu.hours", "hours", [hours], known.hours)


class _Known:
    """What there is, by the word for it."""

    def __init__(self, setup: Setup) -> None:
        self.queues = [queue.key for queue in setup.queues]
        self.skills = [skill.key for skill in setup.skills]
        self.hours = list(named_hours(setup))
        self.reasons = list(_codes(setup.reasons, ""))


def _codes(reasons: Sequence[Reason], above: str) -> Iterator[str]:
    for reason in reasons:
        code = reason.code or (f"{above}/{reason.key}" if above else reason.key)
        yield code
        yield from _codes(reason.children, code)


def _menu(known: _Known, path: str, menu: object, deep: int) -> Iterator[Fault]:
    if not isinstance(menu, Mapping) or deep == 0:
        return
    choices = menu.get("choices")
    for index, choice in enumerate(choices if isinstance(choices, list) else []):
        yield from _branch(known, f"{path}.choices[{index}]", choice, deep)


def _branch(known: _Known, path: str, branch: object, deep: int) -> Iterator[Fault]:
    if not isinstance(branch, Mapping) or deep == 0:
        return
    for name, what, there in (
        ("queue", "queue", known.queues),
        ("hours", "hours", known.hours),
        ("reason", "reason", known.reasons),
    ):
        if isinstance(named := branch.get(name), str) and named:
            yield from refer(f"{path}.{name}", what, [named], there)
    if isinstance(skills := branch.get("skills"), Mapping):
        yield from refer(f"{path}.skills", "skill", [str(one) for one in skills], known.skills)
    yield from _menu(known, f"{path}.menu", branch.get("menu"), deep - 1)
    for side in ("open", "closed"):
        yield from _branch(known, f"{path}.{side}", branch.get(side), deep - 1)
